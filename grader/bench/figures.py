"""The charts of a comparison, and the tables under them (page.py).

A number that is not there is "not measured", never 0.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable, NamedTuple, Optional, Sequence

from markupsafe import Markup

from grader.bench import chart
from grader.bench.chart import Bar, Mark, Point, Series
from grader.bench.compared import Compared, Data, waiting
from grader.bench.scale import number

SOME_KIB = 1.0          # less memory than this is none: pages come and go
NOISY = 0.05            # so far from itself the base is on a busy machine
TASKS = 12              # lines of a table of tasks
NOT, NONE, LITTLE = "not measured", "\N{MIDDLE DOT}", "about 0"
TO = "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"
STATES = {"R": "runs", "S": "sleeps", "D": "waits for a device", "Z": "ended, not yet waited for", "T": "stopped",
          "I": "idle"}


class Cell(NamedTuple):
    """A number of a table, with what is said in small letters below it."""

    text: str
    small: str = ""


class Table(NamedTuple):
    """Rows of cells, of which the first is the head."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class Figure(NamedTuple):
    """A chart and, in a table, the numbers in it."""

    title: str
    svg: Markup
    table: Table


def _or_not(value: float | None, note: str = "", unit: str = "") -> Cell:
    """A number as a cell, or that it was not measured, and why."""
    if value is None:
        return Cell(NOT, "" if note == NOT else note.removeprefix("not-measured: "))
    return Cell(f"{number(value)}{unit}")


def _times(value: float) -> str:
    """A ratio: 1.00 is as far from 1.01 as it looks."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def noise(of: Compared) -> list[str]:
    """How far the base is from itself, a sentence for each wait: half of its
    rounds were no further. Then what that means."""
    said, off = [], 0.0
    for ms in of.row_waits():
        parts = []
        for what, name in ("rate", "requests a second"), ("cpu", "CPU for a request"):
            r = of.row(of.again, f"wait{ms}.{what}")
            if r["ratio"] is not None:
                parts.append(f"{100 * max(abs(r['low'] - 1), abs(r['high'] - 1)):.0f} % in {name}")
                off = max(off, abs(r["ratio"] - 1))
        if parts:
            said.append(f"{waiting(ms).capitalize()}: {' and '.join(parts)}.")
    if off > NOISY:
        said.append(f"Even its median is off by {100 * off:.0f} %: this machine was busy. Try again later.")
    return said


def _against(r: Data) -> Cell:
    """A ratio, and the interval that holds it where there is one."""
    if r["ratio"] is None:
        return Cell("")
    return Cell(f"{_times(r['ratio'])} times", TO.join(_times(v) for v in r["interval"] or ()))


def overview(of: Compared, ms: int) -> Table:
    """What the paired rounds at one wait told of all servers."""
    rows = []
    for name in of.with_rows(f"wait{ms}.rate"):
        rate, p50, p99 = (of.row(name, f"wait{ms}.{what}") for what in ("rate", "p50", "p99"))
        bound = (of.row(name, f"wait{ms}.client_bound")["value"] or 0) > 0.5
        first = _or_not(rate["value"], rate.get("note", ""))
        rows.append([Cell(name), first._replace(small="the client was the limit") if bound else first,
                     _against(rate), *(_or_not(r["value"]) for r in (p50, p99)), Cell(number(rate["n"]))])
    return Table(f"Medians of paired rounds {waiting(ms)}",
                 ["server", "requests/s", f"against {of.base}", "p50, ms", "p99, ms", "rounds"], rows)


def _curve(of: Compared, ms: int, metric: str) -> dict[str, dict[int, Data]]:
    """The cells of a wait, by server and clients."""
    found: dict[str, dict[int, Data]] = defaultdict(dict)
    for c in of.data["curves"]:
        if c["wait"] == ms:
            found[c["server"]][c["clients"]] = {**(c[metric] or {"value": None}), "left_out": c["left_out"]}
    return found


def _spread(cell: Data | None) -> Cell:
    """A value with its lowest and highest."""
    if cell is None or cell["value"] is None:
        return _or_not(None, cell["left_out"] if cell else "")
    return Cell(number(cell["value"]), f"{number(cell['low'])}{TO}{number(cell['high'])}")


def _curve_table(cells: dict[str, dict[int, Data]], title: str, unit: str) -> Table:
    clients = sorted({n for found in cells.values() for n in found})
    counts = sorted({c["n"] for found in cells.values() for c in found.values() if c["value"] is not None})
    of_ = f"{' to '.join(str(n) for n in dict.fromkeys((counts[0], counts[-1])))} bursts" if counts else "no burst"
    return Table(f"{title}, {unit}: the median of {of_}, and their lowest and highest",
                 ["clients", *cells], [[Cell(number(n)), *(_spread(found.get(n)) for found in cells.values())]
                                       for n in clients])


def _from_to(s: Series, unit: str) -> str:
    """A line in words: where it begins and ends."""
    if not s.seen():
        return f"{s.name}: {NOT}"
    first, last = s.seen()[0], s.seen()[-1]
    return f"{s.name}: {number(first.y)} {unit} at {number(first.x)}, {number(last.y)} at {number(last.x)}"


def curve(of: Compared, ms: int, metric: str, what: str, unit: str) -> Figure:
    """A metric against clients; for the rate, with what a pool cannot surpass."""
    title, cells = f"{what} {waiting(ms)}", _curve(of, ms, metric)
    series = [Series(name, of.style(name), [Point(n, c["value"], c.get("low"), c.get("high"))
                                            for n, c in sorted(found.items())]) for name, found in cells.items()]
    top = 1000 * of.workers / ms if metric == "rate" and ms and of.workers else 0
    label = f"{title}, {unit}, against clients. " + "; ".join(_from_to(s, unit) for s in series)
    drawn = chart.lines(series, ("clients", unit), f"{label}.", metric != "rate" or ms > 0,
                        [Mark(top, f"{of.workers} workers: {number(top)}")] if top else [])
    return Figure(title, Markup(drawn), _curve_table(cells, title, unit))


def _bars(of: Compared, title: str, found: dict[str, tuple[str, float | None]], table: Table) -> Figure:
    """Bars for servers; each with its words and its value."""
    drawn = chart.bars([Bar(name, of.style(name), value, words) for name, (words, value) in found.items()],
                       f"{title}. {'; '.join(f'{name}: {words}' for name, (words, _) in found.items())}.")
    return Figure(title, Markup(drawn), table)


def _row_figure(of: Compared, what: str, title: str, unit: str) -> Figure:
    """Bars of one row a server, with ratios. Of a memory that is about 0 there
    is no ratio."""
    found, rows, versus, sure = {}, [], of.base, of.has_intervals(what)
    for name in of.with_rows(what):
        r = of.row(name, what)
        cell, ratios = _or_not(r["value"], r.get("note", "")), [r["ratio"], r["low"], r["high"]]
        words = cell.text if r["value"] is None else f"{cell.text} {unit}"
        if what == "held.memory" and r["value"] is not None and r["value"] < SOME_KIB:
            cell, words, ratios = Cell(LITTLE), LITTLE, [None] * 3
        if ratios[0] is not None:
            versus = r["versus"]
            words += f", {_times(ratios[0])} times {chart.cut(versus)}"
        if sure:
            ratios += r["interval"] if r["interval"] and ratios[0] is not None else (None, None)
        found[name] = words, r["value"]
        rows.append([Cell(name), cell, *(Cell("" if v is None else _times(v)) for v in ratios),
                     Cell(number(r["n"]))])
    return _bars(of, title, found, Table(
        f"{title}. Half of the ratios lie between the quartiles"
        + "; the interval holds their median with 95 % confidence" * sure,
        ["server", unit, f"times {versus}", "1st quartile", "3rd quartile", *["interval from", "interval to"] * sure,
         "rounds"],
        rows))


def cpu(of: Compared, ms: int) -> Figure:
    return _row_figure(of, f"wait{ms}.cpu", f"CPU for a request {waiting(ms)}", "\N{MICRO SIGN}s")


def cpu_table(of: Compared, ms: int) -> Table:
    """The CPU for a request with more and more clients."""
    return _curve_table(_curve(of, ms, "cpu"), f"CPU for a request {waiting(ms)}", "\N{MICRO SIGN}s")


def memory(of: Compared) -> Figure:
    return _row_figure(of, "held.memory", "Memory for each held client", "KiB")


def held(of: Compared) -> Table:
    """What a server is made of while it holds clients."""
    names = of.with_rows("held.accepted")
    kinds = "accepted", "processes", "threads"
    return Table("While the clients are held", ["server", "connections accepted", "processes", "threads"],
                 [[Cell(n), *(_or_not(of.row(n, f"held.{k}")["value"]) for k in kinds)] for n in names])


def over_time(of: Compared, what: str) -> Figure:
    """How many processes or threads there were while clients came."""
    series = [Series(run["server"], of.style(run["server"]), [Point(s["at"], s[what]) for s in run["samples"]])
              for run in of.data["live"]]
    most = (f"{s.name}: at most {number(max(p.y for p in s.seen()))}" if s.seen() else f"{s.name}: {NOT}"
            for s in series)
    title = what.capitalize()
    rows = [[Cell(s.name), Cell(number(p.x)), _or_not(p.y)] for s in series for p in s.points]
    return Figure(title, Markup(chart.steps(series, ("seconds", what), f"{title} over time. {'; '.join(most)}.")),
                  Table(f"{title} over time", ["server", "second", what], rows))


def _stack(kib: Optional[int]) -> Cell:
    return Cell(f"{kib:,}") if kib is not None else Cell("any", "there is no limit")


def tasks(of: Compared) -> list[tuple[Table, int]]:
    """The threads of each server when it was last asked, as ps -eL has them,
    and how many more there were."""
    found = []
    for run in of.data["live"]:
        last = max((t["at"] for t in run["tasks"]), default=0)
        now = [t for t in run["tasks"] if t["at"] == last]
        rows = [[Cell(t["name"]), Cell(str(t["tid"])), Cell(f"{t['state']}: {STATES.get(t['state'], 'other')}"),
                 Cell(str(t["priority"])), _stack(t["stack_kib"]), Cell(f"{100 * t['cpu']:.1f} %")]
                for t in now[:TASKS]]
        found.append((Table(f"{run['server']}, {chart.number(last)} s after the start", [
            "name", "id", "state", "priority", "stack, KiB", "CPU"], rows), max(0, len(now) - TASKS)))
    return found


def totals(of: Compared, what: str, title: str, unit: str) -> Figure:
    """A number of each whole run, as bars."""
    found = {run["server"]: (_or_not(run[what], unit=f" {unit}").text, run[what]) for run in of.data["live"]}
    rows = [[Cell(run["server"]), _or_not(run[what])] for run in of.data["live"]]
    return _bars(of, title, found, Table(title, ["server", unit], rows))


def syscalls(of: Compared) -> tuple[Table, list[str]]:
    """The system calls a request, the most frequent first, and who is not
    among them and why."""
    found = [s for s in of.data["syscalls"] if s["a_request"] is not None]
    lost = [f"{s['server']}: {s['note'] or 'for a reason that nobody told'}"
            for s in of.data["syscalls"] if s["a_request"] is None]
    calls = sorted({c for s in found for c in s["calls"]}, key=lambda c: (-max(s["calls"].get(c, 0) for s in found), c))
    rows = [[Cell("all together"), *(Cell(number(s["a_request"])) for s in found)]]
    rows += [[Cell(c), *(Cell(number(s["calls"][c]) if c in s["calls"] else NONE) for s in found)] for c in calls]
    return Table(f"System calls for a request ({NONE} is none)", ["call", *(s["server"] for s in found)], rows), lost


def _half(steps: Iterable[Sequence[float]]) -> float:
    """The end of the group that holds the middle one."""
    steps = list(steps)
    left = sum(n for _, n in steps) / 2
    for upper, n in steps:
        left -= n
        if left <= 0:
            return upper
    return 0.0


def histograms(of: Compared) -> list[Figure]:
    """The spread of latencies, a picture for each wait."""
    found: dict[tuple[int, int], list[Data]] = defaultdict(list)
    for h in of.data["histograms"]:
        found[h["wait"], h["clients"]].append(h)
    return [_histogram(of, *key, group) for key, group in sorted(found.items())]


def _histogram(of: Compared, ms: int, clients: int, group: Sequence[Data]) -> Figure:
    title = f"{clients} clients {waiting(ms)}"
    series = [Series(h["server"], of.style(h["server"]), [Point(*step) for step in h["steps"]]) for h in group]
    said = (f"{h['server']}: half within {number(_half(h['steps']))} ms, all within {number(h['steps'][-1][0])} ms"
            if h["steps"] else f"{h['server']}: {NOT}" for h in group)
    uppers = sorted({upper for h in group for upper, _ in h["steps"]})
    counts = [dict(map(tuple, h["steps"])) for h in group]
    table = Table(f"Requests by how long they took: {title}", ["up to, ms", *(h["server"] for h in group)], [
        [Cell(number(u)), *(Cell(number(c[u]) if c.get(u) else NONE) for c in counts)] for u in uppers])
    return Figure(title, Markup(chart.histogram(series, "ms", f"Latency of {title}. {'; '.join(said)}.")), table)

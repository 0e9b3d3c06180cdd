"""The page of a comparison: its charts, the numbers under them, and who can
read it. What is measured is invented here, so that every number is known."""

from __future__ import annotations

import copy
import math
import os
import re
from html import unescape
from pathlib import Path
from typing import Any, Iterator
from xml.etree import ElementTree

import pytest

from grader.bench import chart, figures, page
from grader.bench.chart import Bar, Mark, Point, Series
from grader.tests import test_pages as pages
from grader.tests.reported import Page, words

NAMES = ["serial", "fork", "thread", "pool", "pool again"]
RATES = {0: [33000, 7900, 15200, 21500, 21300], 20: [49.5, 3011, 3290, 391.5, 389.5]}
CPU = [28.4, 133.25, 61.5, 43.5, 43.25]
MEMORY = [0.25, 96.5, 11.75, 0.5, -0.125]
SOME = {"value": None, "unit": "", "versus": None, "ratio": None, "low": None, "high": None, "interval": None, "n": 0}
QUICK: dict[str, list] = {"curves": [], "live": [], "histograms": [], "syscalls": []}
HOSTILE = ["<b>x", '"><script>alert(1)</script>', "]]>&amp;{{ 7 * 7 }}", "a\x1b[2J' onload='x", "\u202e" + "W" * 300]


def _ratio(name: str, value: float, unit: str, of: float | None, versus: str = "pool") -> dict:
    ratio = value / of if of else None
    return {**SOME, "name": name, "value": value, "unit": unit, "n": 20, "versus": versus if of else None,
            "ratio": ratio, "low": ratio and ratio * 0.98, "high": ratio and ratio * 1.03,
            "interval": ratio and [ratio * 0.99, ratio * 1.01]}


def _rows() -> Iterator[dict]:
    for n, name in enumerate(NAMES):
        for wait, rates in RATES.items():
            yield _ratio(f"{name}.wait{wait}.rate", rates[n], "requests/s", rates[3] if n != 3 else None)
            yield _ratio(f"{name}.wait{wait}.p50", 8000 / rates[n], "ms", None)
            yield _ratio(f"{name}.wait{wait}.p99", 9000 / rates[n], "ms", None)
            yield _ratio(f"{name}.wait{wait}.cpu", CPU[n] + wait, "us/request", CPU[3] + wait if n != 3 else None)
            yield _ratio(f"{name}.wait{wait}.client_bound", float(n + wait == 0), "share", None)
        yield _ratio(f"{name}.held.memory", MEMORY[n], "KiB/client", MEMORY[2] if n != 2 else None, "thread")
        for what, value in ("accepted", 32), ("processes", 1 + 32 * (n == 1)), ("threads", [1, 33, 33, 9, 9][n]):
            yield _ratio(f"{name}.held.{what}", value, what, None)


def _cell(name: str, n: int, wait: int, clients: int) -> dict:
    where = {"server": name, "wait": wait, "clients": clients}
    if name == "serial" and wait and clients > 16:
        return {**where, "rate": None, "p50": None, "p99": None, "cpu": None,
                "left_out": "more than a second a burst"}
    rate = min(RATES[wait][n], clients * 49.5 if wait else 1e9) + clients / 8

    def of(value: float) -> dict:
        return {"value": value, "low": value * 0.97, "high": value * 1.04, "n": 3}
    return {**where, "rate": of(rate), "p50": of(1000 * clients / rate), "p99": of(1700 * clients / rate),
            "cpu": of(CPU[n] + clients / 16), "left_out": ""}


def _live(name: str, n: int) -> dict:
    many = [1, 65, 65, 9, 9][n]
    tasks = [{"at": at, "tid": 4000 + i, "name": name.split()[0], "state": "S", "priority": 20, "stack_kib": 8192,
              "cpu": 0.125} for at in (0.5, 1.0) for i in range(many)]
    return {"server": name, "clients": 64, "wait": 20, "tasks": tasks,
            "samples": [{"at": round(0.02 + i * 0.11, 3), "processes": many - i % 3 if n == 1 else 1, "threads": many,
                         "pss_kib": None} for i in range(12)],
            "switches": None if n == 1 else 310 + 77 * n, "peak_kib": 980 + 1500 * n}


def sample(names: list[str] = NAMES, **changes: Any) -> dict[str, Any]:
    """A run of five servers, called so, with these parts changed."""
    data = {
        "command": "make compare", "made": "2026-11-30T03:00:00Z", "seconds": 51.0, "base": "pool",
        "again": "pool again", "rows": list(_rows()),
        "machine": {"cores": 2, "load": 1.9, "tcp": "bbr", "cpu": "/proc", "kernel": "6.1", "compiler": "gcc 12.2.0"},
        "servers": [{"name": name, "files": f"lab/{name}.c", "why": ""} for name in NAMES],
        "curves": [_cell(name, n, wait, clients) for n, name in enumerate(NAMES) for wait in RATES
                   for clients in (1, 4, 16, 64, 256)],
        "live": [_live(name, n) for n, name in enumerate(NAMES)],
        "histograms": [{"server": name, "wait": 20, "clients": 8, "steps": [
            [16 * 1.25 ** i, 40 + 3 * n + i] for i in range(12)]} for n, name in enumerate(NAMES)],
        "syscalls": [{"server": name, "a_request": 5.25 + n, "calls": {"recvfrom": 2.0, "close": 3.25 + n},
                      "note": ""} for n, name in enumerate(NAMES)], **changes}
    return _renamed(data, dict(zip(NAMES, names)))


def _renamed(value: Any, to: dict[str, str]) -> Any:
    """The same data of servers with other names."""
    if isinstance(value, dict):
        return {k: _renamed(v, to) for k, v in value.items()}
    if isinstance(value, list):
        return [_renamed(v, to) for v in value]
    if not isinstance(value, str):
        return value
    name, dot, rest = value.partition(".")
    return to.get(name, name) + dot + rest


def charts(source: str) -> list[ElementTree.Element]:
    found = re.findall(r'<svg class="chart".*?</svg>', source, re.S)
    return [ElementTree.fromstring(svg) for svg in found]


def tables(source: str) -> dict[str, list[dict[str, list[str]]]]:
    """By caption, the rows of each table; of each cell, by head, the lines."""
    found = {}
    for table in re.findall(r"<table>.*?</table>", source, re.S):
        heads = [unescape(h) for h in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table)]
        rows = [re.findall(r"<(?:th|td)[ >][^>]*?>?(?<=>)(.*?)</(?:th|td)>", row, re.S)
                for row in re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.S)]
        caption = unescape(re.search(r"<caption[^>]*>(.*?)</caption>", table)[1]).replace("\xa0", " ")
        found[caption] = [{head: [unescape(part) for part in re.split(r"\s*<[^>]*>", cell) if part]
                           for head, cell in zip(heads, row)} for row in rows]
    return found


def table(source: str, caption: str) -> list[dict[str, list[str]]]:
    return next(rows for found, rows in tables(source).items() if found.startswith(caption))


def numbers(cell: list[str]) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"-?[\d,]*\.?\d+(?:e-\d+)?", " ".join(cell))]


def close(value: float) -> Any:
    """What a reader sees of it: three digits."""
    return pytest.approx(value, rel=0.006, abs=1e-9)


@pytest.fixture(scope="module")
def source() -> str:
    return page.render(sample())


# The charts

def test_every_chart_is_xml_and_says_its_numbers_in_a_sentence(source: str) -> None:
    found = charts(source)
    assert len(found) == 2 + 4 + 1 + 2 + 1 + 2 + 2
    assert all(svg.get("role") == "img" for svg in found)
    said = [svg.get("aria-label") or "" for svg in found]
    assert all(name in label for label in said for name in NAMES)
    assert any("pool: 49.6 requests/s at 1, 424 at 256" in label for label in said)
    assert any("fork: 133 \xb5s, 3.06 times pool" in label for label in said)
    assert any("fork: at most 65" in label for label in said)
    assert any("pool: half within 61.0 ms, all within 186 ms" in label for label in said)


def _names_at(svg: str) -> list[float]:
    return sorted(float(t.get("y")) for t in ElementTree.fromstring(svg) if t.get("class") == "name")


@pytest.mark.parametrize("ends", [[5] * 5, [0, 0, 0, 0, 90], [90, 90, 90, 0, 1], [1, 2, 3, 4, 5], [50] * 12,
                                  [100, 99, 98, 2, 1, 0]])
def test_names_beside_lines_do_not_overlap(ends: list[float]) -> None:
    series = [Series(f"server {n}", n % chart.STYLES, [Point(1, 40), Point(2, end)]) for n, end in enumerate(ends)]
    for svg in chart.lines(series, ("x", "y"), ""), chart.steps(series, ("x", "y"), ""):
        at = _names_at(svg)
        assert len(at) == len(ends)
        assert all(b - a >= chart.APART - 0.11 for a, b in zip(at, at[1:]))
        assert chart.TOP <= at[0] - 4.4 and at[-1] - 4.6 <= chart.BOTTOM


def test_a_name_is_beside_its_line_where_there_is_room() -> None:
    assert chart.spread([20, 100, 60], 16, 0, 200) == [20, 100, 60]
    assert chart.spread([50, 50, 49], 16, 0, 200) == [65, 81, 49]
    assert chart.spread([0, 0, 0], 16, 0, 16) == [0, 8, 16]


@pytest.mark.parametrize("values", [[0, 1], [3], [0.004, 0.009], [33000, 7900], [49, 3000], [0.02, 900], [1, 1e9]])
def test_ticks_are_one_two_or_five_and_hold_every_value(values: list[float]) -> None:
    scale = chart.fit(values, 0, 100)
    found = chart.ticks(scale)
    assert 2 <= len(found) <= 9 and found == sorted(found)
    assert scale.low <= min(values) and max(values) <= scale.high
    assert all(scale.low * (1 - 1e-9) <= t <= scale.high * (1 + 1e-9) for t in found)
    steps = [b / a if scale.log else b - a for a, b in zip(found, found[1:])]
    for step in found if scale.log else steps:
        assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in (1, 2, 5)


@pytest.mark.parametrize("values", [[], [0.0], [7.0], [0.0, 0.0, 0.0], [4.0, 4.0], [1e-6, 1e9], [None, None],
                                    [None, 3.0]])
def test_a_chart_of_little_is_drawn_all_the_same(values: list[float | None]) -> None:
    points = [Point(n + 1, v, v, v) for n, v in enumerate(values)]
    series = [Series("one", 0, points), Series("none", 1, [])]
    marks = [Mark(5, "five")]
    drawn = [chart.lines(series, ("x", "y"), "", log, marks) for log in (None, True, False)]
    drawn += [chart.steps(series, ("x", "y"), ""), chart.histogram(series, "x", ""),
              chart.bars([Bar("one", 0, v, "") for v in values], "")]
    for svg in drawn:
        height = float(ElementTree.fromstring(svg).get("viewBox").split()[3])
        assert not re.search(r"nan|inf|None", svg)
        for x, y in re.findall(r'[M"](-?[\d.]+) (-?[\d.]+)', re.sub(r'viewBox="[^"]*"', "", svg)):
            assert -1 <= float(x) <= chart.WIDE + 1 and -1 <= float(y) <= height + 1


def test_a_line_has_a_gap_where_nothing_was_measured() -> None:
    svg = chart.lines([Series("s", 0, [Point(1, 5), Point(2, None), Point(4, 7), Point(8, 9)])], ("x", "y"), "")
    line = next(p for p in ElementTree.fromstring(svg) if p.get("class") == "line s0")
    assert re.sub(r"[\d. ]", "", line.get("d")) == "MML"
    assert svg.count("<title>") == 3


def test_a_server_has_its_colour_dash_and_shape_in_every_chart(source: str) -> None:
    for svg in charts(source):
        shapes = [p.get("d").split("m", 1)[1] for p in svg if (p.get("class") or "").startswith("shape")]
        assert {chart.SHAPES[n].split("m", 1)[1] for n in range(5)} == set(shapes)
    css = (page.TEMPLATES / "compare.css").read_text()
    dashes = {n: re.findall(rf"\.line\.s{n} {{ (stroke-.*?)}}", css) for n in range(chart.STYLES)}
    assert len({str(d) for d in dashes.values()}) == len(set(chart.SHAPES)) == chart.STYLES


def test_the_bars_of_a_histogram_begin_where_the_one_before_ends_or_near() -> None:
    assert chart._groups([Point(1.0, 5), Point(1.2, 10), Point(4, 5)]) == [
        (0.8, 1.0, 0.25), (1.0, 1.2, 0.5), (3.2, 4, 0.25)]


# The numbers

def test_every_number_of_a_line_is_in_the_table_under_it(source: str) -> None:
    captions = {"rate": "Requests a second", "p50": "p50", "p99": "p99", "cpu": "CPU for a request"}
    for cell in sample()["curves"]:
        for metric, what in captions.items():
            wait = f"with a wait of {cell['wait']} ms" if cell["wait"] else "without waiting"
            rows = table(source, f"{what} {wait}, ")
            shown = next(r for r in rows if r["clients"] == [str(cell["clients"])])[cell["server"]]
            if cell[metric] is None:
                assert shown == ["not measured", "more than a second a burst"]
            else:
                assert numbers(shown) == [close(cell[metric][key]) for key in ("value", "low", "high")]


@pytest.mark.parametrize("what, caption", [
    ("wait0.cpu", "CPU for a request without waiting. "), ("held.memory", "Memory for each held client"),
    ("wait20.cpu", "CPU for a request with a wait of 20 ms. ")])
def test_every_number_of_a_bar_is_in_the_table_under_it(what: str, caption: str, source: str) -> None:
    rows = {row["server"][0]: row for row in table(source, caption)}
    for name in NAMES:
        r = next(r for r in sample()["rows"] if r["name"] == f"{name}.{what}")
        shown = list(rows[name].values())[1:]
        if r["value"] < 1:
            assert shown == [["about 0"], [], [], [], [], [], ["20"]]
            continue
        assert numbers(shown[0]) == [close(r["value"])]
        told = [r["ratio"], r["low"], r["high"], *(r["interval"] or [None, None])]
        assert [numbers(cell) for cell in shown[1:6]] == [[close(v)] if v is not None else [] for v in told]


def test_the_page_speaks_of_intervals_only_where_there_are_some(source: str) -> None:
    assert "The small numbers below a ratio are the interval" in words(source)
    data = sample()
    for r in data["rows"]:
        r["interval"] = None
    few = page.render(data)
    assert "interval" not in words(few)
    fork = next(r for r in table(few, "CPU for a request without waiting. ") if r["server"] == ["fork"])
    assert list(fork) == ["server", "\xb5s", "times pool", "1st quartile", "3rd quartile", "rounds"]


def test_every_number_of_a_run_over_time_is_in_a_table(source: str) -> None:
    for run in sample()["live"]:
        for what in "processes", "threads":
            rows = [r for r in table(source, f"{what.capitalize()} over time") if r["server"] == [run["server"]]]
            assert [numbers(r["second"] + r[what]) for r in rows] == [
                [close(s["at"]), s[what]] for s in run["samples"]]
        for what, caption, unit in ("switches", "Context switches", "switches"), ("peak_kib", "Most memory", "KiB"):
            shown = next(r for r in table(source, caption) if r["server"] == [run["server"]])[unit]
            assert shown == ["not measured"] if run[what] is None else numbers(shown) == [run[what]]


def test_every_number_of_a_histogram_is_in_the_table_under_it(source: str) -> None:
    rows = table(source, "Requests by how long they took: 8 clients with a wait of 20 ms")
    for h in sample()["histograms"]:
        assert [numbers(r["up to, ms"] + r[h["server"]]) for r in rows] == [[close(u), n] for u, n in h["steps"]]


def test_system_calls_are_counted_a_request_and_none_is_no_number() -> None:
    calls = [{"server": "fork", "a_request": 3.25, "calls": {"wait4": 1.25, "read": 2.0}, "note": ""},
             {"server": "pool", "a_request": 2.0, "calls": {"read": 2.0}, "note": ""},
             {"server": "serial", "a_request": None, "calls": {}, "note": "strace is not installed"}]
    source = page.render(sample(syscalls=calls))
    assert table(source, "System calls") == [
        {"call": ["all together"], "fork": ["3.25"], "pool": ["2"]}, {"call": ["read"], "fork": ["2"], "pool": ["2"]},
        {"call": ["wait4"], "fork": ["1.25"], "pool": ["\xb7"]}]
    assert "Not measured: serial: strace is not installed" in words(source).replace(" :", ":").replace("  ", " ")


def test_what_was_not_measured_is_said_with_its_reason_and_is_not_0() -> None:
    data = sample()
    for r in data["rows"]:
        if r["name"].startswith("fork."):
            r.update(SOME, note="not-measured: fork does not compile")
    data["servers"][1]["why"] = "fork does not compile"
    source = page.render(data)
    assert "Left out: fork does not compile" in words(source)
    for caption in "CPU for a request without waiting. ", "Memory for each held":
        fork = next(r for r in table(source, caption) if r["server"] == ["fork"])
        assert list(fork.values())[1:] == [["not measured", "fork does not compile"], [], [], [], [], [], ["0"]]
    for svg in charts(source):
        if (svg.get("aria-label") or "").startswith(("CPU", "Memory for")):
            assert "fork: not measured" in svg.get("aria-label")
            assert len([p for p in svg if (p.get("class") or "").startswith("bar")]) == 4


def test_a_cell_that_nobody_measured_says_so_once() -> None:
    data = sample()
    data["curves"][0].update(rate=None, left_out="not measured")
    del data["curves"][11]
    rows = table(page.render(data), "Requests a second without waiting")
    assert rows[0]["serial"] == ["not measured"] and rows[1]["fork"] == ["not measured"]


def test_the_noise_is_how_far_the_base_is_from_itself(source: str) -> None:
    assert "Without waiting: 3 % in requests a second and 3 % in CPU for a request." in words(source)
    assert "busy" not in words(source.partition("noise")[2].partition("</section>")[0])
    data = sample()
    for r in data["rows"]:
        if r["name"] == "pool again.wait20.rate":
            r.update(ratio=0.75, low=0.625, high=1.5)
    noisy = words(page.render(data))
    assert "With a wait of 20 ms: 50 % in requests a second" in noisy
    assert "its median is off by 25 %: this machine was busy" in noisy
    alone = sample(rows=[r for r in data["rows"] if not r["name"].startswith("pool again")])
    assert "Not measured: there is no second pool" in words(page.render(alone)).replace("  ", " ")


def test_the_pool_has_a_level_that_its_workers_cannot_pass(source: str) -> None:
    def levels(source: str) -> list[str | None]:
        return [t.text for svg in charts(source) for t in svg if t.get("class") == "mark"]
    assert levels(source) == ["8 workers: 400"]
    assert "8 \xd7 50 = 400" in unescape(words(source))
    assert levels(page.render(sample(workers=4))) == ["4 workers: 200"]


def test_a_pool_that_is_none_yet_has_no_workers() -> None:
    why = "your pool is still the server with a thread for each client"
    data = sample(workers=None)
    data["servers"][2]["why"] = why
    source = page.render(data)
    assert "workers" not in words(source) and 'class="mark"' not in source
    assert "Here pool is still one of these." in words(source).replace("  ", " ") and f"Left out: {why}" in words(source)


def test_a_client_that_was_the_limit_is_marked(source: str) -> None:
    assert source.count("the client was the limit") == 1
    assert table(source, "Medians of paired rounds without")[0]["requests/s"] == ["33,000", "the client was the limit"]


def test_the_last_tasks_are_listed_and_those_beyond_are_counted(source: str) -> None:
    rows = table(source, "fork, 1 s after the start")
    assert len(rows) == figures.TASKS and source.count("and 53 more") == 2
    assert rows[0] == {"name": ["fork"], "id": ["4000"], "state": ["S: sleeps"], "priority": ["20"],
                       "stack, KiB": ["8,192"], "CPU": ["12.5 %"]}
    assert len(table(source, "pool, 1 s after the start")) == 9


# The page

def _every_source() -> list[str]:
    return [page.render(sample()), page.render(sample(HOSTILE)), page.render(sample(**QUICK)),
            page.render(sample(rows=[], servers=[], **QUICK))]


def test_a_quick_run_says_what_it_did_not_measure() -> None:
    quick, nothing = _every_source()[2:]
    assert quick.count("Not measured in a quick run.") == 7 and len(charts(quick)) == 3
    assert nothing.count("Not measured in a quick run.") == 10 and charts(nothing) == []


def test_the_page_says_what_was_measured_where_and_when(source: str) -> None:
    for part in ("make compare", "51 s", "2026-11-30 03:00:00 UTC", "2 cores", "load 1.90", "Linux 6.1", "TCP bbr",
                 "gcc 12.2.0", *NAMES, *(f"lab/{name}.c" for name in NAMES)):
        assert part in words(source)


def test_the_page_is_built_as_those_of_a_report_are() -> None:
    for source in _every_source():
        built = Page(source)
        assert built.open == [] and built.all("html") == [{"lang": "en"}] and len(built.all("style")) == 1
        heads = [int(t[1]) for t, _ in built.found if re.match(r"h\d$", t)]
        assert heads[0] == 1 and heads.count(1) == 1 and all(b - a <= 1 for a, b in zip(heads, heads[1:]))
        assert all(svg.get("aria-hidden") or svg.get("aria-label") for svg in built.all("svg"))
        ids = [a["id"] for _, a in built.found if "id" in a]
        assert len(ids) == len(set(ids))
        links = {a["href"] for _, a in built.found if "href" in a} - {"data:,"}
        assert links == {f"#{id_}" for id_ in ids}
        assert {a["aria-labelledby"] for a in built.all("section")} == set(ids)
        assert all(th.get("scope") in ("col", "row") for th in built.all("th"))
        assert len(built.all("table")) == len(built.all("caption"))
        wide = [a for a in built.all("div") if a.get("class") == "wide"]
        assert len(wide) == len(built.all("table"))
        assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in wide)


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    for source in _every_source():
        built = Page(source)
        assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in built.found}
        assert not [a for _, attrs in built.found for a in attrs if a.startswith("on") or a in ("style", "src")]
        assert "http://" not in source and "https://" not in source and "url(" not in source
        policy = next(m["content"] for m in built.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        assert "script-src" not in policy


def test_a_hostile_name_is_shown_and_not_obeyed() -> None:
    plain, hostile = (Page(source) for source in _every_source()[:2])
    assert [tag for tag, _ in plain.found] == [tag for tag, _ in hostile.found]
    source = page.render(sample(HOSTILE))
    assert "&lt;b&gt;x" in source and "{{ 7 * 7 }}" in source and "\x1b" not in source and "\u202e" not in source
    for svg in charts(source):
        shown = [t.text for t in svg if t.get("class") == "name"]
        assert all(len(name) <= 12 for name in shown) and "<b>x" in shown


def test_the_page_is_never_half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "compare.html"
    page.write(sample(), target)
    before = target.read_text(encoding="utf-8")
    assert before == page.render(sample())
    with pytest.raises(KeyError):
        page.write({"rows": []}, target)

    def full(*_: Any) -> None:
        raise OSError("no space left on device")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        page.write(sample(**QUICK), target)
    assert target.read_text(encoding="utf-8") == before and list(tmp_path.iterdir()) == [target]


def test_the_data_is_as_it_was() -> None:
    data = sample(HOSTILE)
    before = copy.deepcopy(data)
    page.render(data)
    assert data == before


def _luminance(colour: str) -> float:
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= .03928 else ((c + .055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((.2126, .7152, .0722), parts))


@pytest.mark.parametrize("theme, card", [(0, "#ffffff"), (1, "#1b2028"), (2, "#ffffff")])
def test_a_line_stands_out_from_its_paper(theme: int, card: str) -> None:
    css = (page.TEMPLATES / "compare.css").read_text()
    colours = re.findall(r"--c: (#[0-9a-f]{6})", css)[chart.STYLES * theme:][:chart.STYLES]
    assert len(set(colours)) == chart.STYLES
    for colour in colours:
        a, b = sorted((_luminance(colour), _luminance(card)))
        assert (b + .05) / (a + .05) >= 4.5, colour


# In a browser

browser = pages.browser
WIDTHS = [(320, 1), (550, 2), (1200, 1)]
WIDE = "return document.documentElement.scrollWidth"
OVERLAPS = """
    return [...document.querySelectorAll("svg.chart")].flatMap(svg => {
        const texts = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
        const frame = svg.closest("figure").getBoundingClientRect();
        const out = texts.filter(([, r]) => r.left < frame.left || r.right > frame.right || r.bottom > frame.bottom);
        return [...out.map(([t]) => [t, "frame"]), ...texts.flatMap(([t, r], n) => texts.slice(n + 1).filter(
            ([, q]) => r.left < q.right && q.left < r.right && r.top + 2 < q.bottom && q.top + 2 < r.bottom)
            .map(([u]) => [t, u]))];
    });"""


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Any:
    """show(data) opens its page in the browser."""
    def show(data: dict[str, Any]) -> Any:
        page.write(data, tmp_path / "compare.html")
        browser.get((tmp_path / "compare.html").as_uri())
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        return browser
    pages.emulate(browser)
    pages.window(browser, 1200)
    return show


@pytest.mark.slow
@pytest.mark.parametrize("width, scale", WIDTHS)
@pytest.mark.parametrize("names", [NAMES, HOSTILE], ids=["plain", "hostile"])
def test_the_page_is_no_wider_than_the_window(names: list[str], width: int, scale: float, shown: Any) -> None:
    chrome = shown(sample(names))
    pages.window(chrome, width, scale)
    assert chrome.execute_script(WIDE) <= width


@pytest.mark.slow
def test_the_page_is_no_wider_than_paper(shown: Any) -> None:
    chrome = shown(sample())
    pages.emulate(chrome, "print")
    pages.window(chrome, 670)
    assert chrome.execute_script(WIDE) <= 670
    chrome.execute_script("document.querySelectorAll('details').forEach(d => d.open = false)")
    assert pages.style(chrome, "details", "display") == "none"


@pytest.mark.slow
@pytest.mark.parametrize("width, scale", WIDTHS)
@pytest.mark.parametrize("names", [NAMES, ["W" * 18 + str(n) for n in range(5)]], ids=["plain", "wide"])
def test_no_words_of_a_chart_lie_upon_others(names: list[str], width: int, scale: float, shown: Any) -> None:
    chrome = shown(sample(names))
    pages.window(chrome, width, scale)
    assert chrome.execute_script(OVERLAPS) == []


@pytest.mark.slow
def test_dark_is_dark_print_is_paper_and_nobody_is_asked(shown: Any) -> None:
    chrome = shown(sample())
    pages.requested(chrome), chrome.get_log("browser")
    chrome.refresh()
    assert all(url.startswith(("file:", "data:")) for url in pages.requested(chrome))
    assert chrome.get_log("browser") == []
    paint = {}
    for media, scheme in ("", "light"), ("", "dark"), ("print", "dark"):
        pages.emulate(chrome, media, scheme)
        paint[media or scheme] = (pages.style(chrome, "figure", "backgroundColor"),
                                  pages.style(chrome, ".chart .line.s3", "stroke"),
                                  pages.style(chrome, ".chart .name", "fill"))
    assert paint["light"] == ("rgb(255, 255, 255)", "rgb(0, 104, 168)", "rgb(28, 36, 48)")
    assert paint["dark"] == ("rgb(27, 32, 40)", "rgb(99, 184, 240)", "rgb(230, 228, 222)")
    assert paint["print"] == ("rgb(255, 255, 255)", "rgb(0, 104, 168)", "rgb(0, 0, 0)")

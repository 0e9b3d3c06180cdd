"""The comparison in figures: rows for programs, a table for people."""

import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Callable, List, Optional, Sequence

from grader.bench import cgroup
from grader.bench.rounds import CLIENTS, HELD, Burst, Contender, Hold
from grader.pace.spread import LEAST, interval, quartiles
from grader.pace.verdict import paired

FEW_BLOCKS = 4  # of rounds, where these are too few for an interval anyway
NOISY = 0.05
SOME_KIB = 1.0  # less memory than this is none: pages come and go


def row(name: str, value: Optional[float], unit: str, n: int = 1,
        versus: Optional[str] = None,
        ratios: Sequence[float] = ()) -> dict:
    """One line of the JSON; a value of None is not-measured."""
    middle = low = high = sure = None
    if value is not None and ratios:
        middle = statistics.median(ratios)
        low, high = quartiles(ratios)
        sure = interval(ratios)
    return {"name": name, "value": value, "unit": unit, "versus": versus,
            "ratio": middle, "low": low, "high": high, "interval": sure,
            "n": n if value is not None else 0}


def burst_row(c: Contender, base: Contender, wait: int, metric: str,
              unit: str) -> dict:
    """A metric that every burst has a value of: the median of all rounds."""
    def values(of: Contender) -> List[Optional[float]]:
        return [b and getattr(b, metric) for b in of.bursts.get(wait, [])]

    found = [v for v in values(c) if v is not None]
    ratios = [] if c is base else paired(values(c), values(base))
    return row(f"{c.name}.wait{wait}.{metric}",
               statistics.median(found) if found else None, unit, len(found),
               None if c is base else base.name, ratios)


def bound_row(c: Contender, wait: int) -> dict:
    """In which share of the bursts the client was the slower side."""
    bound = [b.client_bound for b in c.bursts.get(wait, []) if b]
    return row(f"{c.name}.wait{wait}.client_bound",
               sum(bound) / len(bound) if bound else None, "share",
               len(bound))


def cpu_a_request(bursts: Sequence[Optional[Burst]]) -> Optional[float]:
    """Microseconds over some rounds together; None if one lacks its CPU.

    Together, because ended children are told in ticks of 10 ms.
    """
    there = [b for b in bursts if b]
    if not there or any(b.cpu is None for b in there):
        return None
    return 1e6 * sum(b.cpu or 0 for b in there) / sum(b.requests
                                                      for b in there)


def cpu_row(c: Contender, base: Contender, wait: int) -> dict:
    """CPU per request: of all rounds; its ratios of blocks of rounds."""
    def blocks(of: Contender) -> List[Optional[float]]:
        bursts = of.bursts.get(wait, [])
        count = LEAST if len(bursts) >= LEAST else FEW_BLOCKS
        return [cpu_a_request(bursts[i::count]) for i in range(count)]

    bursts = c.bursts.get(wait, [])
    ratios = [] if c is base else paired(blocks(c), blocks(base))
    return row(f"{c.name}.wait{wait}.cpu", cpu_a_request(bursts),
               "us/request", len([b for b in bursts if b]),
               None if c is base else base.name, ratios)


def hold_row(c: Contender, base: Contender, metric: str, unit: str,
             get: Callable[[Hold], Optional[float]]) -> dict:
    """Something about the held clients: the median of all rounds."""
    found = [v for v in map(get, c.holds) if v is not None]
    ratios = [] if c is base else paired(list(map(get, c.holds)),
                                         list(map(get, base.holds)))
    return row(f"{c.name}.held.{metric}",
               statistics.median(found) if found else None, unit, len(found),
               None if c is base else base.name, ratios)


def memory_row(c: Contender, contenders: Sequence[Contender]) -> dict:
    """Memory a held client, against a thread for each client where that was
    measured. In a pool a waiting client costs next to nothing, and by that
    one cannot divide; nor is less than nothing a multiple of anything."""
    thread = next((t for t in contenders if t.name == "thread" and t is not c
                   and any((h.kib or 0) >= SOME_KIB for h in t.holds)), None)
    ratios = [max(0.0, ours.kib) / theirs.kib
              for ours, theirs in zip(c.holds, thread.holds)
              if ours.kib is not None and (theirs.kib or 0) >= SOME_KIB
              ] if thread else []
    found = [h.kib for h in c.holds if h.kib is not None]
    return row(f"{c.name}.held.memory",
               statistics.median(found) if found else None, "KiB/client",
               len(found), "thread" if thread else None, ratios)


def rows(contenders: Sequence[Contender], waits: Sequence[int],
         base_name: str) -> List[dict]:
    """All that was measured, for compare.json. What could not be had is there
    too, with value null and a note."""
    base = next(c for c in contenders if c.name == base_name)
    found = []
    for c in contenders:
        its = []
        for wait in waits:
            its += [burst_row(c, base, wait, "rate", "requests/s"),
                    burst_row(c, base, wait, "p50", "ms"),
                    burst_row(c, base, wait, "p99", "ms"),
                    cpu_row(c, base, wait),
                    bound_row(c, wait)]
        its += [memory_row(c, contenders),
                hold_row(c, base, "accepted", "connections",
                         lambda h: h.shape.accepted),
                hold_row(c, base, "processes", "processes",
                         lambda h: h.shape.processes),
                hold_row(c, base, "threads", "threads",
                         lambda h: h.shape.threads)]
        for r in its:
            if r["value"] is None:
                r["note"] = "not-measured: " + (c.why or "not to be had here")
        found += its
    return found


def machine() -> dict:
    """What the numbers depend on and a reader may want to know."""
    try:
        congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control"
                          ).read_text().strip()
    except OSError:
        congestion = "unknown"
    gcc = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True,
                         text=True, check=False)
    return {"cores": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 2), "tcp": congestion, "cpu": cgroup.source(),
            "kernel": platform.release(), "compiler": f"gcc {gcc.stdout.strip()}"}


def progress(text: str) -> None:
    """A line on the terminal that overwrites itself; "" takes it away."""
    print(f"\r{'  ' + text if text else '':60}", end="" if text else "\r",
          file=sys.stderr, flush=True)


def heading(programs: Sequence, missing: Sequence[str],
            seconds: int) -> str:
    """Which files are measured and how long that takes, before it begins."""
    lines = ["Measured are these servers, all alive together, in about "
             f"{seconds} seconds:", ""]
    lines += [f"  {p.name:<12}{p.files()}" for p in programs]
    lines += [f"  not-measured: {m}" for m in missing]
    return "\n".join(lines)


def _number(value: Optional[float], width: int) -> str:
    if value is None:
        return "-".rjust(width)
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}".rjust(width)


def _ratio(r: dict) -> str:
    """The ratio with its quartiles, 20 columns."""
    if r["ratio"] is None:
        return " " * 20
    digits = 1 if r["high"] >= 10 else 2
    middle, low, high = (f"{round(r[key], digits) + 0.0:.{digits}f}"
                         for key in ("ratio", "low", "high"))
    text = f" x{middle} [{low}-{high}]"
    return text.ljust(20)


def _find(found: Sequence[dict], name: str) -> dict:
    return next(r for r in found if r["name"] == name)


def _burst_lines(found: Sequence[dict], contenders: Sequence[Contender],
                 wait: int) -> List[str]:
    title = f"wait {wait} ms, {CLIENTS} clients" if wait else \
        f"no wait, {CLIENTS} clients"
    lines = ["", f"{title:<22}{'requests/s':>10}  {'against pool':<19}"
             f"{'p50 ms':>7}{'p99 ms':>7}{'CPU us':>9} against pool"]
    for c in contenders:
        def get(metric: str, name: str = c.name) -> dict:
            return _find(found, f"{name}.wait{wait}.{metric}")
        if get("rate")["value"] is None:
            lines.append(f"  {c.name:<18}not-measured")
            continue
        star = "*" if get("client_bound")["value"] > 0.5 else " "
        cpu = get("cpu")
        lines.append(f"  {c.name:<18}{_number(get('rate')['value'], 12)}{star}"
                     f"{_ratio(get('rate'))}{_number(get('p50')['value'], 7)}"
                     f"{_number(get('p99')['value'], 7)}"
                     + (f"{_number(cpu['value'], 9)}{_ratio(cpu)}"
                        if cpu["value"] is not None else "  not-measured"))
    return lines


def _held_lines(found: Sequence[dict],
                contenders: Sequence[Contender]) -> List[str]:
    title = f"{HELD} clients held"
    lines = ["", f"{title:<22}{'accepted':>10}{'processes':>11}{'threads':>9}"
             f"{'KiB/client':>13}" + (" against thread" if any(
                 r["versus"] == "thread" and r["ratio"] is not None
                 for r in found) else "")]
    for c in contenders:
        get = {metric: _find(found, f"{c.name}.held.{metric}")
               for metric in ("accepted", "processes", "threads", "memory")}
        if get["accepted"]["value"] is None:
            lines.append(f"  {c.name:<18}not-measured")
            continue
        memory = get["memory"]
        lines.append(
            f"  {c.name:<18}{get['accepted']['value']:>12.0f}"
            f"{get['processes']['value']:>11.0f}"
            f"{get['threads']['value']:>9.0f}"
            + _memory(memory))
    return lines


def _memory(r: dict) -> str:
    """KiB a client; less than one is no more than noise, with no ratio."""
    if r["value"] is None:
        return "  not-measured"
    if r["value"] < SOME_KIB:
        return "~0".rjust(13)
    return _number(r["value"], 13) + _ratio(r)


def _noise(found: Sequence[dict], waits: Sequence[int],
           again: str) -> List[str]:
    """How far the base is from itself: half of its rounds were no further."""
    lines, off = ["noise: pool, measured twice, differs from itself in the "
                  "wider quartile by"], 0.0
    for wait in waits:
        parts = []
        for metric, label in (("rate", "requests/s"), ("cpu", "CPU us")):
            r = _find(found, f"{again}.wait{wait}.{metric}")
            if r["ratio"] is None:
                continue
            half = max(abs(r["low"] - 1), abs(r["high"] - 1))
            parts.append(f"{label} {100 * half:.0f} %")
            off = max(off, abs(r["ratio"] - 1))
        if parts:
            lines.append(f"       wait {wait} ms: " + ", ".join(parts))
    if len(lines) == 1:
        return ["noise: not-measured, and no ratios: pool is their base"]
    lines.append("       A difference that is not larger than this is none.")
    if off > NOISY:
        lines.append(f"       Even its median is off by {100 * off:.0f} %: "
                     "this machine is busy. Try again later.")
    return lines


def text(found: Sequence[dict], contenders: Sequence[Contender],
         waits: Sequence[int], base: str, again: str, count: int,
         where: dict) -> str:
    """The whole table, at most 100 columns; `where` is machine()."""
    lines: List[str] = []
    for wait in waits:
        lines += _burst_lines(found, contenders, wait)
    lines += _held_lines(found, contenders)
    lines += ["", f"x: against {base}, the median of {count} paired rounds "
              "[quartiles]",
              "CPU us: the server's for one request; its ratios are those of "
              "blocks of rounds"]
    if any((r["value"] or 0) > 0.5 for r in found
           if r["name"].endswith("client_bound")):
        lines.append("*: the client was the bottleneck: this server can do "
                     "more")
    lines += _noise(found, waits, again)
    lines.append(f"machine: {where['cores']} cores, load {where['load']:.1f}, "
                 f"TCP {where['tcp']}, Linux {where['kernel']}, CPU from {where['cpu']}, "
                 f"{where['compiler']}")
    lines += [f"not-measured: {c.name}: {c.why}" for c in contenders if c.why]
    return "\n".join(line.rstrip() for line in lines)

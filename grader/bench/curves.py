"""The curves of grid.py, for compare.json and for a terminal."""

import statistics
from typing import List, Optional, Sequence

from grader.bench.grid import Curve

BARS = " ▁▂▃▄▅▆▇█"


def _spread(values: Sequence[Optional[float]]) -> Optional[dict]:
    found = [v for v in values if v is not None]
    if not found:
        return None
    return {"value": statistics.median(found), "low": min(found), "high": max(found), "n": len(found)}


def _cell(curve: Curve, wait: int, clients: int) -> dict:
    bursts = curve.bursts.get((wait, clients), [])
    cpu = [b.cpu and 1e6 * b.cpu / b.requests for b in bursts]
    return {"server": curve.contender.name, "wait": wait, "clients": clients,
            "rate": _spread([b.rate for b in bursts]), "p50": _spread([b.p50 for b in bursts]),
            "p99": _spread([b.p99 for b in bursts]), "cpu": _spread(cpu),
            "left_out": "" if bursts else curve.left_out.get((wait, clients), "not measured")}


def table(curves: Sequence[Curve], clients: Sequence[int], waits: Sequence[int]) -> List[dict]:
    """The cells for compare.json."""
    return [_cell(curve, wait, count) for curve in curves for wait in waits for count in clients]


def _bars(rates: Sequence[Optional[float]], most: float) -> str:
    """A small picture of a curve; what was left out is a gap."""
    return "".join(BARS[max(1, round(r / most * (len(BARS) - 1)))] if r is not None else BARS[0] for r in rates)


def _line(name: str, cells: Sequence[dict], most: float, bars: bool) -> str:
    rates = [c["rate"]["value"] if c["rate"] else None for c in cells]
    numbers = "".join("-".rjust(9) if r is None else f"{r:9,.0f}" for r in rates)
    return f"  {name:<18}{numbers}" + (f"   {_bars(rates, most)}" if bars else "")


def text(cells: Sequence[dict], bars: bool) -> str:
    """Requests/s with more and more clients, a table for each wait."""
    lines: List[str] = []
    for wait in dict.fromkeys(c["wait"] for c in cells):
        here = [c for c in cells if c["wait"] == wait]
        counts = list(dict.fromkeys(c["clients"] for c in here))
        title = f"wait {wait} ms" if wait else "no wait"
        lines += ["", f"{title + ': requests/s':<20}" + "".join(f"{n:>9}" for n in counts) + " clients"]
        most = max([c["rate"]["value"] for c in here if c["rate"]], default=1.0)
        for name in dict.fromkeys(c["server"] for c in here):
            lines.append(_line(name, [c for c in here if c["server"] == name], most, bars))
    if any(c["left_out"] for c in cells):
        lines += ["", "-: left out; a burst would have taken more than a second, or failed"]
    return "\n".join(lines)

"""What a comparison measured, invented so that every number is known, and what a
page of it shows."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, Iterator
from xml.etree import ElementTree

import pytest

from grader.bench import page

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
    """The page of that run."""
    return page.render(sample())

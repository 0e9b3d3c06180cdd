"""What is measured around the scored points: curves, threads, system calls."""

import csv
import io
import json
import os
import random
import statistics
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Optional

import pytest

from grader.bench import compare, curves, gathered, grid, live, report, rounds, syscalls, table
from grader.bench.grid import Curve
from grader.bench.rounds import Burst, Contender
from grader.bench.servers import ROOT, Program, Server, build, part, serial
from grader.pace import spread
from grader.pace.tool import CannotMeasure, build_load

NICE = os.nice(0)      # ours, which a server of ours has as well
NOTHING = Program("p", (ROOT / "lab/serial.c",))


def running(name: str) -> Contender:
    """One whose server seems to run."""
    c = Contender(name, NOTHING)
    c.server = object()     # nobody looks at it
    return c


def at(rate: float) -> Burst:
    return Burst(100, rate, 1000 / rate, 2000 / rate, 0.001, False)


def one_at_a_time(_: Path, __: object, requests: int, wait: int, clients: int) -> Burst:
    return at(1000 / wait if wait else 30_000)


def test_a_cell_that_would_take_too_long_is_left_out_and_says_so(monkeypatch) -> None:
    monkeypatch.setattr(rounds, "burst", one_at_a_time)
    [curve] = grid.measure([running("serial")], Path(), 3, time.monotonic() + 9, lambda _: None)
    cells = {(c["wait"], c["clients"]): c for c in curves.table([curve], grid.CLIENTS, grid.WAITS)}
    assert cells[0, 256]["rate"] == {"value": 30_000, "low": 30_000, "high": 30_000, "n": 3}
    assert cells[20, 16]["rate"]["value"] == 50, "32 requests take 0.64 s"
    late = cells[20, 64]
    assert late["rate"] is late["p50"] is late["cpu"] is None and late["left_out"] == grid.TOO_LONG
    assert cells[1, 256]["left_out"] == "", "256 requests of 1 ms"


def test_the_clients_are_as_many_as_a_pool_has_workers_and_then_more() -> None:
    assert {rounds.WORKERS, 2 * rounds.WORKERS} <= set(grid.CLIENTS)


@pytest.mark.parametrize("wait", [wait for wait in grid.WAITS if wait])
def test_where_requests_wait_all_clients_have_as_many(wait: int) -> None:
    """With 24 requests 16 clients go once and a half: 600 a second, not 800."""
    assert [n for n in grid.CLIENTS if grid.size(wait, n) % n] == []


def clock_of(monkeypatch, module: object) -> list:
    """A clock that a module looks at; it goes only when a burst is made."""
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def burst(*_: object) -> Burst:
        now[0] += 1
        return at(9000)

    monkeypatch.setattr(rounds, "burst", burst)
    return now


@pytest.mark.parametrize("until, made", [(5.9, 2), (6.0, 3), (0.0, 1)])
def test_no_round_begins_that_would_end_too_late_but_one(monkeypatch, until: float, made: int) -> None:
    clock_of(monkeypatch, grid)
    [curve] = grid.measure([running("pool")], Path(), 3, until, lambda _: None, (1, 4), (0,))
    assert [len(b) for b in curve.bursts.values()] == [made, made]


@pytest.mark.parametrize("until, made", [(5.9, 3), (6.0, 4), (0.0, 2)])
def test_no_scored_round_begins_that_would_end_too_late_but_the_least(monkeypatch, until: float, made: int) -> None:
    now = clock_of(monkeypatch, rounds)
    monkeypatch.setattr(rounds, "burst_size", lambda *_: now.__setitem__(0, 2.0) or 400)
    monkeypatch.setattr(rounds, "forget_lost_cpu", lambda c: None)
    assert rounds.burst_rounds([running("pool")], Path(), (0,), 9, until, 2, lambda _: None) == made


def test_a_server_that_fails_with_many_clients_keeps_what_it_did_with_few(monkeypatch) -> None:
    def fragile(load: Path, server: object, requests: int, wait: int, clients: int) -> Burst:
        if clients > 4:
            raise CannotMeasure("3 reset in 512 requests")
        return at(100)

    monkeypatch.setattr(rounds, "burst", fragile)
    [curve] = grid.measure([running("pool")], Path(), 2, time.monotonic() + 9, lambda _: None, (1, 4, 16), (1,))
    cells = curves.table([curve], (1, 4, 16), (1,))
    assert [c["left_out"] for c in cells] == ["", "", "3 reset in 512 requests"]


def test_the_curves_are_a_table_with_small_pictures() -> None:
    curve = Curve(running("pool"), {(20, 1): [at(50)], (20, 16): [at(400)]}, {(20, 64): grid.TOO_LONG})
    cells = curves.table([curve], (1, 16, 64), (20,))
    plain, drawn = curves.text(cells, False).splitlines(), curves.text(cells, True).splitlines()
    assert plain[1].split() == ["wait", "20", "ms:", "requests/s", "1", "16", "64", "clients"]
    assert plain[2].split() == ["pool", "50", "400", "-"]
    assert drawn[2].endswith("   ▁█ ") and plain[-1].startswith("-: left out")


@pytest.fixture(scope="module")
def load() -> Path:
    return build_load(compare.BUILT)


def calls(load: Path, program: Program) -> syscalls.Calls:
    return syscalls.measure(program.name, build(program, compare.BUILT), load)


def test_the_calls_of_a_request_are_counted_without_those_of_a_start(load: Path) -> None:
    found = calls(load, serial())
    assert found.note == "" and found.calls["accept4"] == 1 and found.calls["sendto"] == 2
    assert found.a_request == pytest.approx(sum(found.calls.values()))
    assert not {"execve", "mmap", "listen"} & set(found.calls)


def test_a_process_for_each_client_is_a_clone_for_each_request(load: Path) -> None:
    found = calls(load, part(ROOT / "solutions", "fork", "fork"))
    assert 0.8 < found.calls["clone"] < 3, "one that a SIGCHLD meets is made again"


def test_calls_are_not_measured_where_strace_is_missing(load: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    found = syscalls.measure("serial", Path("/nonexistent/serial"), load)
    assert (found.a_request, found.calls, found.note) == (None, {}, "strace is not installed")


def watched(load: Path, program: Program) -> live.Live:
    with Server(build(program, compare.BUILT), rounds.OPTIONS) as server:
        return live.watch(program.name, server, load, 1.5)


def test_a_pool_has_its_threads_all_the_time_and_they_switch(load: Path) -> None:
    found = watched(load, part(ROOT / "solutions", "pool", "pool"))
    assert {s["threads"] for s in found.samples[1:]} == {9} and {s["processes"] for s in found.samples} == {1}
    assert found.switches and found.switches > 50 and found.peak_kib and found.peak_kib > 50
    last = [t for t in found.tasks if t.at == found.tasks[-1].at]
    assert len(last) == 9 and all(t.name == "pool" and t.state in "RSD" and t.priority == 20 + NICE for t in last)
    json.dumps(live.record(found))


def test_processes_that_come_and_go_are_seen_and_their_switches_are_not_claimed(load: Path) -> None:
    found = watched(load, part(ROOT / "solutions", "fork", "fork"))
    assert max(s["processes"] for s in found.samples) > 32
    assert found.switches is None and "took the count" in found.note


def test_threads_that_come_and_go_take_their_switches_along(load: Path) -> None:
    assert watched(load, part(ROOT / "starter", "pool", "thread")).switches is None


@pytest.mark.parametrize("shift, inside", [(0.0, True), (0.4, False)])
def test_the_interval_holds_the_true_median_about_as_often_as_it_says(shift: float, inside: bool) -> None:
    source = random.Random(3)
    held = 0
    for _ in range(100):
        low, high = spread.interval([source.gauss(1, 0.1) for _ in range(20)])
        held += low <= 1 + shift <= high
    assert held > 88 if inside else held == 0


def test_few_values_have_quartiles_and_no_interval() -> None:
    assert spread.quartiles([2.0]) == (2.0, 2.0) and spread.interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert spread.interval(values) == spread.interval(values)
    low, high = spread.interval(values)
    assert low <= statistics.median(values) <= high


def test_json_and_csv_lie_beside_each_other_and_say_the_same(tmp_path: Path, monkeypatch) -> None:
    sure = table.row("c", 3.0, "ms", 6, "pool", [1.0, 1.0, 1.0, 1.0, 1.0, 1.5])
    row = {"name": "a,b", "value": None, "unit": "ms", "versus": None, "ratio": None, "low": None, "high": None,
           "interval": None, "n": 0, "note": 'not-measured: "no"'}
    monkeypatch.setattr(report, "page", None)
    assert "python3-jinja2 is not installed" in report.write({"rows": [row, sure]}, tmp_path / "c.json")
    told, there = csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text()))
    assert told["name"] == "a,b" and told["value"] == "" and told["note"] == row["note"]
    assert told["interval_low"] == told["interval_high"] == ""
    assert (float(there["interval_low"]), float(there["interval_high"])) == sure["interval"]
    assert json.loads((tmp_path / "c.json").read_text())["rows"][0] == row
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.csv", "c.json"]


def test_latencies_of_all_bursts_are_one_histogram() -> None:
    c = running("pool")
    c.bursts = {20: [Burst(3, 1, 1, 1, None, False, ((20.5, 2), (25.0, 1))), None,
                     Burst(1, 1, 1, 1, None, False, ((20.5, 1),))]}
    [found] = gathered.histograms([c], compare.AGAIN)
    assert found["steps"] == [[20.5, 3], [25.0, 1]] and found["wait"] == 20
    empty: Optional[list] = gathered.histograms([running("fork")], compare.AGAIN)
    assert empty == []

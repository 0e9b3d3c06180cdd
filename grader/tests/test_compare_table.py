"""How the comparison pairs its rounds, and the table that it makes of them."""

from typing import List, Optional

import pytest

from grader.bench import compare, measure, rounds, table
from grader.bench.rounds import Burst, Contender, Hold
from grader.bench.servers import ROOT, Program


def burst(rate: float, cpu: Optional[float] = 0.01, n: int = 100,
          bound: bool = False) -> Burst:
    return Burst(n, rate, 1000 / rate, 2000 / rate, cpu, bound)


def contender(name: str, bursts: list, kib: Optional[float] = 1.0,
              processes: int = 1) -> Contender:
    c = Contender(name, Program(name, (ROOT / "lab/serial.c",)))
    c.bursts = {0: bursts}
    c.holds = [Hold(measure.Shape(processes, 9, 25), kib, True)] * 2
    return c


def found(contenders: List[Contender], name: str) -> dict:
    rows = table.rows(contenders, [0], "pool")
    return next(r for r in rows if r["name"] == name)


def test_ratios_are_medians_of_paired_rounds() -> None:
    """The machine was ten times slower in the last two rounds; fork was twice
    as slow as pool in each, which no quotient of two averages shows."""
    pool = contender("pool", [burst(r) for r in (100, 110, 90, 10, 11)])
    fork = contender("fork", [burst(r) for r in (50, 55, 45, 5, 6.6)])
    row = found([fork, pool], "fork.wait0.rate")
    assert row == {"name": "fork.wait0.rate", "value": 45, "unit":
                   "requests/s", "versus": "pool", "ratio": 0.5, "low": 0.5,
                   "high": 0.5, "interval": None, "n": 5}
    assert found([fork, pool], "pool.wait0.rate")["versus"] is None


def test_a_round_that_one_side_missed_is_not_compared() -> None:
    pool = contender("pool", [burst(100), None, burst(100)])
    fork = contender("fork", [burst(50), burst(1), None])
    row = found([fork, pool], "fork.wait0.rate")
    assert (row["ratio"], row["n"]) == (0.5, 2)


def test_cpu_is_added_up_before_it_is_divided() -> None:
    """Ticks of 10 ms: most bursts of 5 ms seem to cost nothing."""
    pool = contender("pool", [burst(9, 0.001)] * 8)
    fork = contender("fork", [burst(9, c) for c in
                              (0, 0, 0, 0, 0.01, 0.01, 0.01, 0.01)])
    row = found([fork, pool], "fork.wait0.cpu")
    assert row["value"] == pytest.approx(50)
    assert row["ratio"] == pytest.approx(5)


def test_a_whole_run_has_an_interval_wherever_it_has_a_ratio() -> None:
    n = compare.WHOLE.least
    pool, fork, thread = (contender(name, [burst(100)] * n, kib) for name, kib in
                          (("pool", 1.0), ("fork", 50.0), ("thread", 10.0)))
    for c in (pool, fork, thread):
        c.holds = c.holds[:1] * compare.WHOLE.holds
    rows = table.rows([fork, thread, pool], [0], "pool")
    assert {r["name"] for r in rows if r["ratio"] is not None} >= {"fork.wait0.cpu", "fork.held.memory"}
    assert [r["name"] for r in rows if r["ratio"] is not None and r["interval"] is None] == []


def test_what_could_not_be_had_is_not_measured_and_never_zero() -> None:
    pool = contender("pool", [burst(100, None)], kib=None)
    broken = contender("fork", [None])
    broken.holds = []
    broken.leave_out("3 reset in 400 requests")
    rows = table.rows([broken, pool], [0], "pool")
    nothing = [r for r in rows if r["name"].startswith("fork.")]
    assert {r["value"] for r in nothing} == {None}
    assert {r["n"] for r in nothing} == {0}
    assert all(r["note"] == "not-measured: 3 reset in 400 requests"
               for r in nothing)
    for name in ("pool.wait0.cpu", "pool.held.memory"):
        assert found([broken, pool], name)["value"] is None
    again = contender("pool again", [burst(100, None)], kib=None)
    text = table.text(table.rows([broken, pool, again], [0], "pool"),
                      [broken, pool, again], [0], "pool",
                      "pool again", 1, table.machine())
    assert "fork              not-measured\n" in text
    assert "not-measured: fork: 3 reset in 400 requests" in text
    assert text.splitlines()[3].endswith("not-measured"), "CPU of pool"


def test_cpu_that_proc_cannot_have_seen_is_dropped() -> None:
    strangers = contender("fork", [burst(9)])
    strangers.holds = [Hold(measure.Shape(3, 3, 32), 1, False)]
    rounds.forget_lost_cpu(strangers)
    assert strangers.bursts[0][0].cpu is None
    no_trace = contender("fork", [burst(9)], processes=33)
    rounds.forget_lost_cpu(no_trace)
    assert no_trace.bursts[0][0].cpu is None
    pool = contender("pool", [burst(9)])
    rounds.forget_lost_cpu(pool)
    assert pool.bursts[0][0].cpu == 0.01


def test_a_base_that_differs_from_itself_is_called_noise() -> None:
    pool = contender("pool", [burst(100)] * 3)
    again = contender("pool again", [burst(120, bound=True)] * 3)
    both = [pool, again]
    text = table.text(table.rows(both, [0], "pool"), both,
                      [0], "pool", "pool again", 3, table.machine())
    assert "wait 0 ms: requests/s 20 %, CPU us 0 %\n" in text
    assert "its median is off by 20 %" in text
    assert "*: the client was the bottleneck" in text


def held(contenders: List[Contender]) -> tuple:
    """The rows of memory by server, and the part of the table on it."""
    waits: List[int] = []
    rows = table.rows(contenders, waits, "pool")
    text = table.text(rows, contenders, waits, "pool",
                      "pool again", 1, table.machine())
    memory = {r["name"].split(".")[0]: r for r in rows
              if r["name"].endswith("held.memory")}
    return memory, text.split("\n\n")[0].strip()


def test_memory_has_no_ratio_without_a_thread_per_client() -> None:
    servers = [contender("fork", [], 61.4), contender("serial", [], -0.03),
               contender("pool", [], 1.2), contender("pool again", [], 0.5)]
    memory, text = held(servers)
    assert {r["versus"] for r in memory.values()} == {None}
    assert {r["ratio"] for r in memory.values()} == {None}
    assert "against" not in text and " x" not in text
    assert text.splitlines()[1].endswith(" 61.4")
    assert text.splitlines()[2].endswith(" ~0")
    assert text.splitlines()[3].endswith(" 1.20")
    assert text.splitlines()[4].endswith(" ~0")
    assert set(memory["fork"]) == {"name", "value", "unit", "versus", "ratio",
                                   "low", "high", "interval", "n"}


def test_no_memory_is_a_negative_multiple() -> None:
    servers = [contender("fork", [], 50), contender("thread", [], 10),
               contender("pool", [], -0.5), contender("pool again", [], 1.0)]
    memory, text = held(servers)
    assert (memory["fork"]["versus"], memory["fork"]["ratio"]) == ("thread", 5)
    assert memory["thread"]["versus"] is None
    assert (memory["pool"]["value"], memory["pool"]["ratio"]) == (-0.5, 0)
    assert text.splitlines()[0].endswith("KiB/client against thread")
    assert text.splitlines()[3].endswith(" ~0")


@pytest.mark.parametrize("kib", [None, 0.0, 0.5, -1.0])
def test_a_thread_that_cost_nothing_is_no_base(kib: Optional[float]) -> None:
    servers = [contender("fork", [], 50), contender("thread", [], kib),
               contender("pool", [], 0), contender("pool again", [], 0)]
    memory, text = held(servers)
    assert memory["fork"]["ratio"] is None
    assert "against" not in text

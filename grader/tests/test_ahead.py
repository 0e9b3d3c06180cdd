"""A quick look measures ahead: the records are those of one check after the other."""
import threading
from typing import Callable

import pytest

from grader.checks.ahead import Ahead
from grader.core.record import Record

SOON = 10       # seconds until somebody who should come is given up


def record(name: str, outcome: str = "pass", **more) -> Record:
    return Record(name, "pool", name, outcome, 0, 0, False, "", "", [], "", "", [], 0, 0.0, **more)


def taken(ahead: Ahead, n: int) -> list[str]:
    return [ahead.next().observed for _ in range(n)]


def told(name: str, what: str, outcome: str = "pass", **more) -> Record:
    made = record(name, outcome, **more)
    made.observed = what
    return made


def test_records_come_in_order_though_later_ones_are_measured_sooner():
    second = threading.Event()

    def measure(n: int) -> Record:
        if n == 0:
            assert second.wait(SOON)
        if n == 1:
            second.set()
        return told(str(n), str(n))
    assert taken(Ahead(range(9), measure, 2), 9) == [str(n) for n in range(9)]


def test_never_more_than_so_many_are_measured_together():
    together, most = threading.Semaphore(3), []

    def measure(n: int) -> Record:
        most.append(together.acquire(blocking=False))
        together.release()
        return told(str(n), str(n))
    taken(Ahead(range(40), measure, 3), 40)
    assert all(most)


@pytest.mark.parametrize("first", [lambda: told("0", "0", "fail"), lambda: told("0", "0", "not-measured"),
                                   lambda: told("0", "0", suspects={"queue.c": "seen"})])
def test_what_was_measured_beside_a_failure_is_thrown_away_and_measured_again(first: Callable[[], Record]):
    known, begun = [], [threading.Event() for _ in range(4)]

    def measure(n: int) -> Record:
        begun[n].set()
        if n == 0:
            assert begun[1].wait(SOON) and begun[2].wait(SOON)
            return first()
        return told(str(n), f"{n} after {' '.join(known)}")
    ahead = Ahead(range(4), measure, 3)
    known.append(ahead.next().observed)
    assert [ahead.next().observed for _ in range(3)] == ["1 after 0", "2 after 0", "3 after 0"]


def test_what_is_thrown_away_has_ended_before_it_is_measured_again():
    begun, again, busy, alone = threading.Event(), threading.Event(), threading.Lock(), []

    def measure(n: int) -> Record:
        if n == 0:
            assert begun.wait(SOON)
            return told("0", "0", "fail")
        alone.append(busy.acquire(blocking=False))
        (again if begun.is_set() else begun).set()
        again.wait(0.3)         # as long as there might be two of us
        if alone[-1]:
            busy.release()
        return told("1", "1")
    assert taken(Ahead(range(2), measure, 2), 2) == ["0", "1"] and alone == [True, True]


def test_one_at_a_time_stays_in_the_callers_thread_where_a_timeout_reaches_it():
    threads = set()

    def measure(n: int) -> Record:
        threads.add(threading.current_thread())
        return told(str(n), str(n))
    assert taken(Ahead(range(3), measure, 1), 3) == ["0", "1", "2"]
    assert threads == {threading.main_thread()}


def test_what_nobody_waits_for_is_known():
    on, off = threading.Event(), threading.Event()

    def measure(n: int) -> Record:
        on.set() if n == 1 else None
        assert off.wait(SOON) if n == 1 else on.wait(SOON)
        return told(str(n), str(n))
    ahead = Ahead(range(2), measure, 2)
    ahead.next()
    assert ahead.unfinished()
    off.set()
    ahead.next()
    assert not ahead.unfinished()

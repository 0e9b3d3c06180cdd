"""What is measured side by side: all of it, two at a time, and the first failure in order."""
import threading

import pytest

from grader.checks.common import SIDES, side_by_side
from grader.core.record import Failed

SOON = 10       # seconds until somebody who should come is given up


def test_all_are_done_and_their_words_come_in_order():
    assert side_by_side(*(lambda n=n: n * n for n in range(7))) == [0, 1, 4, 9, 16, 25, 36]


def test_two_are_measured_at_the_same_time_and_never_three():
    together, count, most = threading.Barrier(SIDES), threading.Semaphore(SIDES), []

    def meet() -> None:
        most.append(count.acquire(blocking=False))
        together.wait(SOON)         # breaks where one is alone
        count.release()
    side_by_side(*[meet] * (3 * SIDES))
    assert most == [True] * (3 * SIDES)


def test_of_two_that_fail_the_earlier_one_is_told_though_the_later_was_faster():
    later = threading.Event()

    def slow() -> None:
        assert later.wait(SOON)
        raise Failed("the earlier one", [])

    def fast() -> None:
        later.set()
        raise Failed("the later one", [])
    with pytest.raises(Failed, match="the earlier one"):
        side_by_side(slow, fast)


def test_after_a_failure_nobody_else_begins():
    begun: list[int] = []

    def fail() -> None:
        raise Failed("it fails", [])
    with pytest.raises(Failed, match="it fails"):
        side_by_side(fail, fail, *(lambda n=n: begun.append(n) for n in range(5)))
    assert not begun


def test_what_stops_the_grader_stops_them_all():
    begun: list[int] = []

    def stop() -> None:
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        side_by_side(stop, stop, lambda: begun.append(1))
    assert not begun

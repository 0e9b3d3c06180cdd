"""Runs that come to a state that was reached before are ended: nothing is missed for it."""
import json

import pytest

from grader.tests.explored import POOL, Program, build, scenario
from grader.tests.planted.bugs import RIGHT, source
from grader.tests.test_explore_calls import case

SMALL = ["a counter with a lock", "a flag", "locks in one order", "semaphores", "news", "an account", "atomics", "a pipe"]
CALLS = ["mutex TRY", "cond SIGNAL", "cond CHOICE=3", "locks READERS", "locks BARRIER", "locks ONCE", "locks KEYS", "sem TRY",
         "atomics FENCES", "atomics SPINLOCK", "threads RESULT", "threads DETACH", "streams SOCKET", "clock ORDER"]


def small(name: str) -> Program:
    file, *flags = RIGHT[name]
    return build(str(source(file)), *flags)


def traces(program: Program, bound: int, *options: str) -> tuple[int, list]:
    """How many runs there were, and what happened: how many different traces,
    and a sum of their hashes."""
    told = json.loads(program.run("--only", str(bound), "--schedules", "3000000", "--traces", *options).stdout)
    assert (told["verdict"], told["exhausted"], told["unchecked"]) == ("fine", bound, 0)
    return told["runs"], told["traces"]


def assert_the_same_is_reached(program: Program) -> None:
    for bound in 0, 1, 2:
        runs, reached = traces(program, bound)
        every, all_there_is = traces(program, bound, "--every")
        assert reached == all_there_is and runs <= every, bound


@pytest.mark.parametrize("name", SMALL)
def test_all_happens_that_would_happen_in_every_order(name: str) -> None:
    assert_the_same_is_reached(small(name))


@pytest.mark.parametrize("words", CALLS)
def test_all_happens_whatever_the_calls(words: str) -> None:
    assert_the_same_is_reached(case(words))


@pytest.mark.full
def test_all_happens_in_the_queue_and_in_a_ring() -> None:
    assert_the_same_is_reached(small("a ring, one and two"))
    assert_the_same_is_reached(scenario("queue", "-DPRODUCERS=2", str(POOL / "queue.c")))


def test_most_orders_of_a_queue_come_to_states_that_were_reached_before() -> None:
    queue = scenario("queue", "-DPRODUCERS=2", str(POOL / "queue.c"))
    assert traces(queue, 1)[0] * 3 < traces(queue, 1, "--every")[0]

"""The counter of task 2a: each student's numbers, and all orders of two increments.

An increment is two steps that others can see: it reads the counter, and
writes what it has read plus one. That is all there is to know of
scenarios/counter.c, so orders can be counted without running them; what a
schedule of the student's leads to is always run.
"""
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterator, Optional

from grader.explore.schedule import stretches
from grader.params import COURSE, params

STEPS = 2               # of an increment
COUNTING = 2            # threads whose orders are counted by hand


@dataclass(frozen=True)
class Numbers:
    """threads of so many increments are to end at target; by_hand: the
    increments of each of two threads, in the question about all orders."""

    threads: int
    increments: int
    target: int
    by_hand: int

    @property
    def flags(self) -> tuple[str, str]:
        """For the compiler of scenarios/counter.c."""
        return f"-DTHREADS={self.threads}", f"-DTIMES={self.increments}"

    @property
    def whole(self) -> int:
        """Where it ends when nothing is lost."""
        return self.threads * self.increments

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.increments} increments each, to end at {self.target}"


def numbers(student: str, course: Optional[dict] = None) -> Numbers:
    """A student's numbers; "" for what everybody has who gives no id.

    The target stays below the number of increments: a thread that overslept
    all the others ends at that number, which is the run that a search finds."""
    drawn = params(student, "2a", course)
    increments = drawn["increments"]
    return Numbers(drawn["threads"], increments, min(drawn["target"], increments - 1), drawn["by_hand"])


def read_numbers(answers: Path) -> tuple[str, Numbers]:
    """The id in an answers.toml, "" where it has none, and its numbers. Raises
    ValueError for a file that cannot be read: whose numbers they are is then not
    known, and nobody's would be taken for one's own."""
    try:
        student = tomllib.loads(answers.read_text("utf-8")).get("student", "")
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else f"{str(error):.200}"
        raise ValueError(f"{answers} cannot be read: {why}") from error
    student = student.strip() if isinstance(student, str) else ""
    return student, numbers(student)


@lru_cache(maxsize=None)
def endings(threads: int, increments: int) -> Counter:
    """Where the orders of so many threads end: value -> how many orders."""
    start = (0, (0,) * threads, (0,) * threads)      # the counter; steps made and value read, of each
    return _from(start, STEPS * increments)


@lru_cache(maxsize=None)
def _from(state: tuple, last: int) -> Counter:
    """The endings of all orders that begin here."""
    value, made, read = state
    found: Counter = Counter()
    for thread, steps in enumerate(made):
        if steps < last:
            found += _from(_step(value, made, read, thread), last)
    return found or Counter({value: 1})


def _step(value: int, made: tuple, read: tuple, thread: int) -> tuple:
    """The state after one step of a thread."""
    reads = made[thread] % STEPS == 0
    after = made[:thread] + (made[thread] + 1,) + made[thread + 1:]
    seen = read[:thread] + (value,) + read[thread + 1:] if reads else read
    return value if reads else read[thread] + 1, after, seen


def orders_without_loss(increments: int) -> tuple[int, int]:
    """Of all orders of two threads: in how many nothing is lost, and how many there are."""
    all_of_them = endings(COUNTING, increments)
    return all_of_them[COUNTING * increments], sum(all_of_them.values())


def ends_at(line: str, threads: int, increments: int) -> Optional[int]:
    """Where a line would lead with these numbers; None if it is impossible."""
    last = STEPS * increments
    value, made, read = 0, (0,) * threads, (0,) * threads
    order = [t - 1 for t, steps in stretches(line) for _ in range(min(steps, last + 1))]
    running = order[-1] if order else 0
    rest = [running, *(t for t in range(threads) if t != running)]      # who runs goes on, then the lowest
    for thread in order:
        if not 0 <= thread < threads or made[thread] == last:
            return None
        value, made, read = _step(value, made, read, thread)
    for thread in rest:
        while made[thread] < last:
            value, made, read = _step(value, made, read, thread)
    return value


def others(mine: Numbers, course: Optional[dict] = None) -> Iterator[tuple[int, int]]:
    """The threads and increments that students with other ids may have."""
    course = course if course is not None else tomllib.loads(COURSE.read_text("utf-8"))
    ranges = course["params"]["2a"]
    for threads in range(ranges["threads"][0], ranges["threads"][1] + 1):
        for increments in range(ranges["increments"][0], ranges["increments"][1] + 1):
            if (threads, increments) != (mine.threads, mine.increments):
                yield threads, increments


def made_for(line: str, mine: Numbers) -> Optional[tuple[int, int]]:
    """Other numbers for which a line ends below their increments, as every
    target does, and with a step for each that it names; None if there are none."""
    for threads, increments in others(mine):
        end = ends_at(line, threads, increments)
        if end is not None and end < increments and _uses_all(line, threads, increments):
            return threads, increments
    return None


def _uses_all(line: str, threads: int, increments: int) -> bool:
    given = Counter()
    for thread, steps in stretches(line):
        given[thread] += steps
    return any(given[t] >= STEPS * increments - 1 for t in range(1, threads + 1))

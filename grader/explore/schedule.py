"""The student is the scheduler: a line of stretches, run and told.

A line is "T1:1 T2:4": T1 takes one step, then T2 four. T0 goes first until it
waits, and after the last stretch everybody finishes (lab/explore/schedule.h).
"""
import re
from dataclasses import dataclass
from typing import Callable, Iterator, Optional, Sequence

from grader.explore import tell
from grader.explore.finding import Event, Explored
from grader.explore.symbols import Symbols

STRETCH = re.compile(r"T(\d{1,4}):(\d{1,7})")
BUILD = re.compile(r"\s*\bbuild:[0-9a-f]*")
REFUSED = "diverged"
FINE = "fine", "data-race"      # the order did no harm, whether there is a race or not
MOST_THREADS = 32

Run = Callable[[str], Explored]     # runs a line; ValueError for one that is none


@dataclass(frozen=True)
class Replay:
    """A line that was run. made: the steps of the line itself; rest: those by
    which everybody finished."""

    line: str
    found: Explored
    made: tuple[Event, ...]
    rest: tuple[Event, ...]

    @property
    def refused(self) -> bool:
        """Whether it asks for an impossible move."""
        return self.found.verdict == REFUSED

    def last_value(self, variable: str, symbols: Symbols) -> Optional[int]:
        """What was written to a variable last, or None if nothing was."""
        written = [e.value for e in (*self.made, *self.rest) if e.action in ("writes", "stores", "updates")
                   and symbols.memory(e.address, self.found) == variable]
        return written[-1] if written else None


@dataclass(frozen=True)
class Next:
    """What a thread stands before: a step, or (step None) why it cannot move."""

    thread: int
    step: Optional[Event]
    why: str
    found: Explored


def stretches(line: str) -> list[tuple[int, int]]:
    """The threads and their numbers of steps. Whether it is a line at all is
    for the explorer to say."""
    return [(int(thread), int(steps)) for thread, steps in STRETCH.findall(line)]


def joined(parts: Sequence[tuple[int, int]]) -> str:
    """Stretches as a line; neighbours of one thread become one."""
    merged: list[tuple[int, int]] = []
    for thread, steps in parts:
        if merged and merged[-1][0] == thread:
            steps += merged.pop()[1]
        merged.append((thread, steps))
    return " ".join(f"T{thread}:{steps}" for thread, steps in merged)


def of_any_build(line: str) -> str:
    """A line without the name of the build that it was found on."""
    return BUILD.sub("", line).strip()


def replay(run: Run, line: str) -> Replay:
    """Run a line. Raises ValueError, with a sentence, for one that is none."""
    found = run(line)
    end = _end_of_line(found.events, stretches(line))
    return Replay(line, found, found.events[:end], found.events[end:])


def _end_of_line(events: Sequence[Event], parts: Sequence[tuple[int, int]]) -> int:
    """How many of the events belong to the line: T0's before the others
    begin, and then of each thread as many steps as it was given."""
    given: dict[int, int] = {}
    for thread, steps in parts:
        given[thread] = given.get(thread, 0) + steps
    first = next((n for n, e in enumerate(events) if e.thread), len(events))
    if not parts or parts[0][0]:
        given[0] = given.get(0, 0) + max((e.step for e in events[:first]), default=0)
    return next((n for n, e in enumerate(events) if e.step > given.get(e.thread, 0)), len(events))


def begun(run: Run) -> int:
    """The steps that T0 makes unasked, before a line that does not begin with it."""
    return max((e.step for e in replay(run, "").made), default=0)


def next_steps(run: Run, line: str) -> Iterator[Next]:
    """What each thread stands before once the line has been run, T0 first.

    It is asked by letting it go one step further."""
    for thread in range(MOST_THREADS):
        one = 1 if thread or stretches(line) else begun(run) + 1
        found = run(f"{line} T{thread}:{one}".strip())
        if thread >= len(found.threads) or found.text.startswith("there is no"):
            return
        past = found.events[_end_of_line(found.events, stretches(line)):]
        step = next((e for e in past if e.thread == thread), None)
        if step is None or found.verdict == REFUSED:
            yield Next(thread, None, why(thread, found), found)
        else:
            yield Next(thread, step, "", found)


def why(thread: int, found: Explored) -> str:
    """Why a thread cannot move: its sentence among those of a verdict."""
    told = next((l for l in found.text.splitlines() if l.startswith(f"T{thread} ")), f"T{thread} cannot move")
    return told.replace(f"T{thread} cannot move: it", f"T{thread}", 1)


def steps_told(events: Sequence[Event], found: Explored, symbols: Symbols, line: str = "") -> list[str]:
    """A line for each step that others can see; of the threads that are named
    in a line of stretches for every step, as each of theirs is counted there."""
    counted = {thread for thread, _ in stretches(line)}
    shown = [e for e in events if e.thread in counted or tell.visible([e], found)]
    return tell.lines(shown, found, symbols)


def outcome(replayed: Replay, symbols: Symbols) -> list[str]:
    """What became of it, in a few lines."""
    found = replayed.found
    if found.verdict in FINE:
        return ["all that the scenario expects holds in this order"]
    said = symbols.words(found.text, found).strip().splitlines()
    return [f"{'refused' if replayed.refused else tell.VERDICTS.get(found.verdict, found.verdict)}: {said[0]}",
            *(f"  {line}" for line in said[1:])]

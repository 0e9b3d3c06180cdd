"""The explorer as a second witness: are two accesses ordered by anything, and
can two threads wait for each other's locks?

It compares accesses by vector clocks, so it understands atomics and needs no
luck: a race shows in nearly every order. It sees a file alone, called as the
scenarios call it; so it only answers when that file is accused, and what it
finds without an accuser is for the checks that look for a consequence.
"""
import re
import subprocess
from dataclasses import replace
from typing import Optional

from grader.box.box import BoxError
from grader.explore import finding as explored
from grader.explore.boxed import Broken, Found, Unknown
from grader.explore.scenarios import CannotBuild
from grader.explore.symbols import Symbols as Places
from grader.explore.waits import STOPPED, Wait, circle
from grader.witness.finding import Access, Finding, confirm, merge
from grader.witness.helgrind_text import heap_name
from grader.witness.run import Program, Search, Testimony
from grader.witness.symbols import Symbols

NAME = "explorer"
CELL = 8                # bytes: the explorer tells a wide access in such parts
TAKES = "locks", "read-locks", "write-locks"
GIVES = "unlocks", "rwlock-unlocks"
# What scenarios/stats.c says of each number.
NUMBERS = {"served": "requests are counted|were served", "bytes": r"\bbytes\b", "active": "are active",
           "peak": r"\bpeak\b|were at most"}
FAILURES = Broken, BoxError, CannotBuild, OSError, ValueError, subprocess.SubprocessError


def answer(program: Program, accusations: list[Finding]) -> Optional[Testimony]:
    """What it says of races and lock orders that somebody has reported; None
    where no scenario is about one of their files. It searches until all are
    confirmed, and where orders are kept, until each has one that shows it."""
    accused = {(f.kind, a.file) for f in accusations for a in f.accesses}
    searches = [s for s in program.searches if (s.kind, s.file) in accused]
    return _testify(program, searches, accusations) if searches else None


def _testify(program: Program, searches: list[Search], accusations: list[Finding]) -> Testimony:
    findings, silent = [], ""
    try:
        for search in searches:
            found = search.call()
            if isinstance(found, Unknown):      # the next scenario has the same file
                silent = found.why
                break
            findings += _told_again(found, program, search)
            silent = silent or _why_silent(found)
            if all(f.confirmed_by and (f.replay or not search.again) for f in confirm(accusations, findings)):
                break
    except FAILURES as error:
        return Testimony([], False, f"the explorer does not work here: {error}")
    if silent and not findings:
        return Testimony([], False, f"orders are not explored: {silent}")
    return Testimony(merge(findings), True, races_in=tuple(sorted({s.file for s in searches})))


def _why_silent(found: Found) -> str:
    """Why a search without a race proves nothing, or ""."""
    seen = found.explored
    if seen.verdict == "fine" or seen.races and seen.failed:
        return ""
    return f"{found.scenario.name}: {found.symbols.words(seen.text, seen).strip()}"


def _told_again(found: Found, program: Program, search: Search) -> list[Finding]:
    """What a search has shown; what its replay shows as it is there, with the
    replay's name, where it is kept."""
    findings = told(found, program)
    again = search.again(found) if findings and search.again else None
    if not again:
        return findings
    shown = told(replace(found, explored=again.explored), program, again.id)
    return shown + [f for f in findings if f.key not in {s.key for s in shown}]


def consequences(program: Program, wanted: set[frozenset[str]]) -> dict[frozenset[str], str]:
    """For numbers that go wrong, alone or against each other, the name of an
    order that ends with just these, whether there is a data race or not. Empty
    where none is kept, or the explorer does not work."""
    kept: dict[frozenset[str], str] = {}
    try:
        for search in (s for s in program.searches if s.kind == "race" and s.again):
            if wanted <= set(kept):
                break
            found = search.call()
            again = search.again(found) if isinstance(found, Found) else None
            if again and again.explored.verdict == "wrong-result":
                kept.setdefault(_numbers(again.explored.about), again.id)
    except FAILURES:
        pass
    return kept


def _numbers(about: str) -> frozenset[str]:
    """Which of the four numbers a failure's words are about."""
    return frozenset(name for name, words in NUMBERS.items() if re.search(words, about))


def told(found: Found, program: Program, replay: str = "") -> list[Finding]:
    """The races of a search, or of the replay of that name, and the circle in
    which it stands still, that touch the student's files."""
    seen = found.explored
    races = [r for r in seen.races if seen.failed and not (r.first.atomic and r.second.atomic)]
    stopped = circle(seen) if seen.verdict == STOPPED else []
    if not races and len(stopped) < 2:      # one alone has taken its own lock twice
        return []
    found.symbols.resolve([*(a.pc for r in races for a in (r.first, r.second)), *(mine.pc for mine, _ in stopped)])
    teller = _Teller(found, program, Symbols(found.symbols.program), replay)
    made = [teller.finding(race) for race in races] + [teller.circle(stopped)] * (len(stopped) > 1)
    return [f for f in made if any(a.file for a in f.accesses)]


class _Teller:
    """Makes findings of the races of one run."""

    def __init__(self, found: Found, program: Program, names: Symbols, replay: str):
        self.replay = replay
        self.seen, self.scenario, self.program, self.names = found.explored, found.scenario, program, names
        self.places: Places = found.symbols

    def finding(self, race: explored.Race) -> Finding:
        sides = [self._access(a) for a in (race.first, race.second)]
        name, declared = self._variable(race)
        return Finding(NAME, "race", name, declared, sides, self._words(sides, "and nothing orders the two."),
                       replay=self.replay)

    def circle(self, stopped: list[tuple[Wait, Wait]]) -> Finding:
        """What each holds and stands for, of those who wait for each other."""
        lock = lambda at: self.places.memory(at, self.seen)
        sides = [self._side(f"lock of {lock(mine.lock)}", mine.pc, mine.thread, (lock(other.lock),))
                 for mine, other in stopped]
        names = " and ".join(sorted({lock(mine.lock) for mine, _ in stopped}))
        return Finding(NAME, "lock-order", names, None, sides, self._words(sides, "and each waits for the other."),
                       replay=self.replay)

    def _words(self, sides: list[Access], end: str) -> str:
        words = [f"The explorer agrees ({self.scenario.name}: {self.scenario.about or 'a scenario'}):",
                 *(f"    {side.sentence()}" for side in sides), f"    {end}"]
        if self.replay:
            words.append(f"To step through it: make replay ID={self.replay} STEP=1")
        elif self.seen.schedule:
            words.append(f"To step through it: make explore SCENARIO={self.scenario.name} finds an order and "
                         "prints its ID, and make replay ID=... repeats exactly that.")
        return "\n".join(words)

    def _variable(self, race: explored.Race) -> tuple[Optional[str], Optional[str]]:
        """What both accesses touch, and where it is declared."""
        start, end = self._shared(race)
        variable = self.names.at(start)
        if variable:
            file, _, line = variable.declared.rpartition(":")
            shown = self.program.shown(file) or file.rsplit("/", 1)[-1]
            return " and ".join(self.names.fields(variable, start - variable.address, end - start)), f"{shown}:{line}"
        for block in self.seen.blocks:
            if block.start <= start < block.start + max(block.size, 1):
                place = self.places.line(block.pc)
                return heap_name(self.program, [(place.function, place.file, place.line)], start - block.start), None
        return None, None

    def _shared(self, race: explored.Race) -> tuple[int, int]:
        """The bytes of both. The address of a race is that of the later
        access, or of the part of it that is in the same 8 bytes; a part that
        was not told by itself narrows nothing."""
        start, end = race.address, race.address - race.address % CELL + CELL
        for access in race.first, race.second:
            for event in self.seen.events:
                if (event.thread, event.step, event.pc) == (access.thread, access.step, access.pc):
                    low, high = max(start, event.address), min(end, event.address + event.size)
                    if low < high:
                        start, end = low, high
        return start, end

    def _access(self, access: explored.Access) -> Access:
        return self._side("write" if access.write else "read", access.pc, access.thread, self._locks(access))

    def _side(self, op: str, pc: int, thread: int, locks: tuple[str, ...]) -> Access:
        """Threads bear the explorer's numbers, which are those of a replay."""
        place = self.places.line(pc)
        file = self.program.shown(place.file)
        return Access(op, place.function or None, file, place.line if file else None, thread, self._role(thread), locks)

    def _role(self, number: int) -> Optional[str]:
        thread = next((t for t in self.seen.threads if t.id == number), None)
        if number == 0:
            return "main thread"
        return thread and (thread.role or self.places.function_at(thread.start)) or None

    def _locks(self, access: explored.Access) -> tuple[str, ...]:
        """What its thread held then, by the events before it."""
        held: list[int] = []
        for event in self.seen.events:
            if event.thread != access.thread or event.step >= access.step:
                continue
            if event.action in TAKES:
                held.append(event.address)
            elif event.action in GIVES and event.address in held:
                held.remove(event.address)
        return tuple(self.places.memory(at, self.seen) for at in held)

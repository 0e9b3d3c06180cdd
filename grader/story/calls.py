"""Which steps of a run belong together: a thread's stay in a function of the
student's is a *call*, and what it does in one go a *piece* of it."""
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from grader.explore.finding import Event, Explored
from grader.explore.symbols import Symbols

WAITS = {"cond-woken", "cond-timeout"}      # steps that come after a wait, whatever it was for
WORD = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


@dataclass
class Call:
    """A thread's stay in one function, or outside of all that are told."""

    thread: int
    function: str                   # "" for the scenario's own doings
    events: list[Event] = field(default_factory=list)


@dataclass
class Piece:
    """Steps of one call that nobody interrupted."""

    call: Call
    events: list[Event]
    whole: bool = True              # all of the call
    waits: bool = False             # it ends where its thread has to wait
    preempted: bool = False         # it ends where its thread could have gone on
    stays: bool = False             # its thread is there when another one fails
    before: Optional[Event] = None  # the step that its thread takes next
    holds: tuple[int, ...] = ()     # mutexes that its thread then has
    matters: frozenset[int] = frozenset()   # what interrupted calls have touched by then


class Places:
    """Whose code a step is in."""

    def __init__(self, symbols: Symbols, part: str):
        """part: the directory of the student's files; "" where the scenario
        itself is what is told of."""
        self._symbols, self._part = symbols, part

    def function(self, event: Event) -> Optional[str]:
        """The student's function of a step, "" for the scenario's own, None
        for what belongs to whoever has called it: a header's."""
        where = self._symbols.line(event.pc)
        if event.pc and where.file.endswith(".h"):
            return None
        if not event.pc or self._part and Path(where.file).parent.name != self._part:
            return ""
        return where.function

    def called(self, event: Event) -> str:
        """The function that a scenario's line calls as its last, if any."""
        words = [w for w in WORD.findall(self._symbols.source(event.pc)) if w.startswith(("queue_", "stats_"))]
        return words[-1] if words else ""


def calls(events: list[Event], places: Places) -> dict[int, Call]:
    """The call of each step, by the step's place in the list."""
    found: dict[int, Call] = {}
    for thread in {e.thread for e in events}:
        mine = [(i, e) for i, e in enumerate(events) if e.thread == thread]
        now: Optional[Call] = None
        for n, (i, event) in enumerate(mine):
            function = places.function(event)
            if function is None:
                function = _of_header(mine, n, now, places)
            if now is None or function != now.function or not function:
                now = Call(thread, function)
            now.events.append(event)
            found[i] = now
    return found


def _of_header(mine: list, n: int, now: Optional[Call], places: Places) -> str:
    """Of whom a step in a header is: of the function that this thread is in,
    or of the next one, which the scenario has just called."""
    if now and now.function:
        return now.function
    following = next((f for _, e in mine[n:] if (f := places.function(e)) is not None), "")
    return following or (places.called(mine[n - 1][1]) if n else "") or "?"


def pieces(events: list[Event], of: dict[int, Call], found: Explored) -> list[Piece]:
    """The run as it was: piece after piece, and how each ends."""
    made: list[Piece] = []
    for i, event in enumerate(events):
        if not made or made[-1].call is not of[i]:
            made.append(Piece(of[i], []))
        made[-1].events.append(event)
    following: dict[int, Event] = {}
    for piece in reversed(made):
        piece.before = following.get(piece.call.thread)
        following[piece.call.thread] = piece.events[0]
    locks = Locks()
    open: dict[int, set[int]] = {}      # what interrupted calls have touched, by thread
    for piece, next_one in zip(made, made[1:] + [None]):
        open.pop(piece.call.thread, None)
        piece.matters = frozenset().union(*open.values())
        for event in piece.events:
            locks.take(event)
        # Who takes no step after it may be in the middle of a call.
        piece.whole = len(piece.events) == len(piece.call.events) and piece.before is not None
        if next_one is None or next_one.call.thread != piece.call.thread:
            _ends(piece, locks, found)
        if piece.preempted and piece.call.function:
            open[piece.call.thread] = {e.address for e in piece.call.events if e.address}
    return made


def _ends(piece: Piece, locks: "Locks", found: Explored) -> None:
    """Note how a piece ends after which another thread goes on."""
    thread, last = piece.call.thread, piece.events[-1].action
    piece.holds = locks.of(thread)
    piece.waits = locks.must_wait(piece.before) if piece.before else _waits_at_last(piece, found)
    piece.preempted = not piece.waits and piece.before is not None
    piece.stays = bool(thread and found.text) and not piece.waits and piece.before is None and last != "ends" and \
        not re.search(rf"\bT{thread}\b", found.text)


def _waits_at_last(piece: Piece, found: Explored) -> bool:
    """Whether a thread that takes no further step waits, and has not ended."""
    return piece.events[-1].action == "cond-wait" or \
        piece.events[-1].action != "ends" and f"T{piece.call.thread} waits" in found.text


class Locks:
    """Who could go on: what is held, and what semaphores are at."""

    def __init__(self) -> None:
        self._owner: dict[int, int] = {}
        self._times: dict[int, int] = {}        # a recursive one is locked more than once
        self._taken: dict[int, list[int]] = {}  # by thread, the last last
        self._asleep: dict[int, int] = {}       # by thread, the mutex that it gave up to wait
        self._count: dict[int, int] = {}
        self._ended: set[int] = set()

    def take(self, event: Event) -> None:
        if event.action in ("locks", "write-locks"):
            self._lock(event.address, event.thread)
        elif event.action in ("unlocks", "rwlock-unlocks"):
            self._unlock(event.address, event.thread)
        elif event.action == "cond-wait" and self._taken.get(event.thread):
            self._asleep[event.thread] = self._taken[event.thread][-1]
            self._unlock(self._asleep[event.thread], event.thread)
        elif event.action in WAITS and event.thread in self._asleep:
            self._lock(self._asleep.pop(event.thread), event.thread)
        elif event.action in ("sem-wait", "sem-post", "sem-value") and event.value is not None:
            self._count[event.address] = event.value
        elif event.action == "ends":
            self._ended.add(event.thread)

    def _lock(self, address: int, thread: int) -> None:
        self._times[address] = self._times.get(address, 0) + 1
        self._owner[address] = thread
        self._taken.setdefault(thread, []).append(address)

    def _unlock(self, address: int, thread: int) -> None:
        self._times[address] = max(self._times.get(address, 1) - 1, 0)
        if address in self._taken.get(thread, ()):
            self._taken[thread].remove(address)
        if not self._times[address]:
            self._owner.pop(address, None)

    def of(self, thread: int) -> tuple[int, ...]:
        """The mutexes that a thread has."""
        return tuple(address for address, owner in self._owner.items() if owner == thread)

    def must_wait(self, event: Event) -> bool:
        """Whether that step could not be taken now."""
        if event.action in ("locks", "write-locks", "read-locks"):
            return self._owner.get(event.address, event.thread) != event.thread
        if event.action == "sem-wait":
            return self._count.get(event.address, 1) == 0
        if event.action == "joins":
            return event.about not in self._ended
        return event.action in WAITS

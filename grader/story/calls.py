"""Which steps of a run belong together: a thread's stay in a function of the
student's is a *call*, and what it does in one go a *piece* of it."""
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Optional

from grader.explore.finding import Event, Explored
from grader.explore.symbols import Symbols
from grader.story.stacks import Called, Stacks

WAITS = {"cond-woken", "cond-timeout"}      # steps that come after a wait, whatever it was for


@dataclass
class Call:
    """A thread's stay in one function, or outside of all that are told."""

    thread: int
    function: str                   # "" for the scenario's own doings
    frame: int = 0
    events: list[Event] = field(default_factory=list)


@dataclass
class Piece:
    """Steps of one call that nobody interrupted and that no other call's are
    among."""

    call: Call
    events: list[Event]
    whole: bool = True              # all of the call, which has returned
    calls: Optional[Called] = None  # it ends where its call has called another, whose steps come next
    crossed: bool = False           # others come before its call goes on or returns
    again: bool = False             # others have come since its call's last one
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

    def function(self, event: Event) -> str:
        """The student's function of a step, or "" for the scenario's own."""
        where = self._symbols.line(event.pc)
        if not event.pc or self._part and Path(where.file).parent.name != self._part:
            return ""
        return where.function


def calls(events: list[Event], places: Places) -> dict[int, Call]:
    """The call of each step, by the step's place in the list."""
    found: dict[int, Call] = {}
    stays: dict[tuple[int, int, str], Call] = {}
    now: dict[int, Call] = {}           # by thread
    for i, event in enumerate(events):
        thread, function = event.thread, places.function(event)
        if not function:
            call = Call(thread, "")
        elif event.frame:
            call = stays.setdefault((thread, event.frame, function), Call(thread, function, event.frame))
        else:                           # without hooks nobody knows where one ends
            call = now[thread] if thread in now and now[thread].function == function else Call(thread, function)
        call.events.append(event)
        found[i] = now[thread] = call
    return found


def pieces(events: list[Event], of: dict[int, Call], stacks: Stacks, found: Explored) -> list[Piece]:
    """The run as it was: piece after piece, and how each ends."""
    made: list[Piece] = []
    for i, event in enumerate(events):
        if not made or made[-1].call is not of[i]:
            made.append(Piece(of[i], []))
        made[-1].events.append(event)
    following: dict[int, Piece] = {}
    for piece in reversed(made):
        _left(piece, following.get(piece.call.thread), stacks)
        following[piece.call.thread] = piece
    for n, piece in enumerate(made):
        if piece.before and not piece.whole:
            _cross(piece, (made[i] for i in range(n + 1, len(made))), stacks)
    _end(made, stacks, found)
    return made


def _left(piece: Piece, following: Optional[Piece], stacks: Stacks) -> None:
    """Whether a piece is all of its call, or where it is left for another."""
    if following is None:       # who takes no step after it may be in the middle of a call
        piece.whole = False
        return
    piece.before = following.events[0]
    inside = piece.call.frame in stacks.of(piece.before)
    if inside and piece.call.function and following.call is not piece.call:
        piece.calls = stacks.called(piece.call.frame, piece.before)
    piece.whole = len(piece.events) == len(piece.call.events) and not inside


def _cross(piece: Piece, rest: Iterable[Piece], stacks: Stacks) -> None:
    """Note whether others come before its call goes on or returns."""
    for other in rest:
        if other.call is piece.call:
            other.again = piece.crossed
            return
        if other.call.thread != piece.call.thread:
            piece.crossed = True
        elif piece.call.frame not in stacks.of(other.events[0]):
            return


def _end(made: list[Piece], stacks: Stacks, found: Explored) -> None:
    """Note how each stretch of a thread ends, and who is interrupted then."""
    locks = Locks()
    open: dict[int, set[int]] = {}      # what interrupted calls have touched, by thread
    told: dict[tuple[int, int], Call] = {}
    shown: Optional[Piece] = None       # the last of this stretch that is told
    for piece, next_one in zip(made, [*made[1:], None]):
        thread = piece.call.thread
        open.pop(thread, None)
        piece.matters = frozenset().union(*open.values())
        for event in piece.events:
            locks.take(event)
        if piece.call.function:
            shown = piece
            told[thread, piece.call.frame] = piece.call
        if next_one is None or next_one.call.thread != thread:
            _ends(piece, locks, found)
            inside = stacks.of(piece.before or piece.events[-1])
            if not piece.call.function and shown and shown.call.frame in inside:
                _as_of(piece, shown)
            if piece.preempted:
                within = [told[thread, f] for f in inside if (thread, f) in told] + [piece.call] * bool(piece.call.function)
                open[thread] = {e.address for call in within for e in call.events if e.address}
            shown = None


def _as_of(piece: Piece, shown: Piece) -> None:
    """What is not told happens inside of the call that was told last."""
    shown.waits, shown.preempted, shown.stays = piece.waits, piece.preempted, piece.stays
    shown.holds, shown.before = piece.holds, piece.before


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

"""What one call of an explored program printed, as records."""
import json
from dataclasses import dataclass, field
from typing import Optional

SAYS_NOTHING = "unsupported", "inconclusive", "diverged"


@dataclass(frozen=True)
class Access:
    """One of the two accesses of a race."""

    thread: int
    pc: int
    step: int
    write: bool
    atomic: bool


@dataclass(frozen=True)
class Race:
    address: int
    first: Access
    second: Access


@dataclass(frozen=True)
class Event:
    """One step of a told run. about: another thread's number, or a descriptor;
    frame: the number of the function's frame that it is in, or 0."""

    thread: int
    action: str
    step: int
    pc: int
    address: int
    size: int
    value: Optional[int]
    about: int
    frame: int = 0


@dataclass(frozen=True)
class Frame:
    """A stay in a function: where it was called, a place inside it, and the
    number of the frame that called it. Numbers begin at 1; 0 is none."""

    called_at: int
    inside: int
    by: int


@dataclass(frozen=True)
class Thread:
    id: int
    start: int
    role: str


@dataclass(frozen=True)
class Block:
    """A block of the heap, and where it was taken."""

    start: int
    size: int
    pc: int


@dataclass(frozen=True)
class Name:
    start: int
    size: int
    name: str


@dataclass(frozen=True)
class Explored:
    """What was found. exhausted: preemptions of which all orders were tried,
    or -1. schedule: "" where nothing was found."""

    verdict: str
    about: str
    text: str
    runs: int
    exhausted: int
    replays: int
    confirmed: int
    switches: tuple[int, int]
    points: int
    unchecked: int
    hash: str
    steps_per_run: float = 0.0
    switches_per_run: float = 0.0
    schedule: str = ""
    races: tuple[Race, ...] = ()
    threads: tuple[Thread, ...] = ()
    stacks: tuple[int, int] = (0, 0)
    blocks: tuple[Block, ...] = ()
    names: tuple[Name, ...] = ()
    events_lost: int = 0
    events: tuple[Event, ...] = field(default=(), repr=False)
    frames: tuple[Frame, ...] = field(default=(), repr=False)

    @property
    def failed(self) -> bool:
        return self.verdict != "fine" and self.verdict not in SAYS_NOTHING

    @property
    def searched(self) -> str:
        """How far a search went, in words."""
        if self.exhausted >= 0:
            return f"all orders with at most {preemptions(self.exhausted)} and {self.runs} runs in all"
        return f"{self.runs} runs"


def preemptions(n: int) -> str:
    return f"{n} preemption{'' if n == 1 else 's'}"


def parse(line: str) -> Explored:
    """Read the program's line of JSON. Raises ValueError for anything else."""
    try:
        told = json.loads(line)
        races = tuple(Race(r["address"], Access(**r["first"]), Access(**r["second"]))
                      for r in told.pop("races", []))
        return Explored(
            races=races, switches=tuple(told.pop("switches")), stacks=tuple(told.pop("stacks", (0, 0))),
            threads=tuple(Thread(**t) for t in told.pop("threads", [])),
            blocks=tuple(Block(*b) for b in told.pop("blocks", [])),
            names=tuple(Name(**n) for n in told.pop("names", [])),
            events=tuple(Event(*e) for e in told.pop("events", [])),
            frames=tuple(Frame(*f) for f in told.pop("frames", [])), **told)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not what the explorer prints: {error}") from error

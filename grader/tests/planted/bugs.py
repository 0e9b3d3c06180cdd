"""Which bug is planted where, and how it shows itself."""
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"


@dataclass(frozen=True)
class Planted:
    """A bug: the program's file without .c, the flags that plant it, and how
    it shows itself."""

    file: str
    flags: tuple[str, ...]
    verdict: str
    about: str


SIGNAL = "lost-wakeup", "a wait for a signal that never comes"
SUM = "wrong-result", "the numbers' sum is %d"
BUGS = {
    "a racy counter": Planted("counter", (), "wrong-result", "the counter is %d"),
    "put writes where get reads": Planted("ring", ("-DSAME_SLOT",), *SUM),
    "if instead of while": Planted("ring", ("-DIF",), "wrong-result", "something is taken from an empty ring"),
    "looked and waited apart": Planted("news", ("-DAPART",), *SIGNAL),
    "locks in two orders": Planted("locks", ("-DCROSSED",), "deadlock", "a circle of threads"),
    "a lock that begins with 0": Planted("slots", ("-DMUTEX=0",), "deadlock", "a wait for a post that never comes"),
    "a lock that begins with 2": Planted("slots", ("-DMUTEX=2",), *SUM),
    "room for one too many": Planted("slots", ("-DROOM=3",), *SUM),
    "a signal only when empty": Planted("ring", ("-DWHEN_EMPTY",), *SIGNAL),
    "one condition for all": Planted("ring", ("-DONE_FOR_ALL", "-DSIZE=1"), *SIGNAL),
    "a return that keeps the lock": Planted("account", ("-DKEEPS",), "deadlock", "a lock that an ended thread holds"),
    "one sent home, not all": Planted("stop", ("-DSIGNAL",), *SIGNAL),
    "an atomic counter in two steps": Planted("atomics", ("-DSPLIT",), "wrong-result", "the atomic counter is %d"),
    "a message in two writes": Planted("pipe", ("-DHALVES",), "wrong-result", "the halves are %c and %c"),
}
RIGHT = {
    "a counter with a lock": ("counter", "-DLOCKED"),
    "a flag": ("flag",),
    "locks in one order": ("locks",),
    "a ring, one and two": ("ring",),
    "a ring of one": ("ring", "-DSIZE=1"),
    "a ring, two and one": ("ring", "-DPRODUCERS=2", "-DCONSUMERS=1"),
    "semaphores": ("slots",),
    "news": ("news",),
    "an account": ("account",),
    "workers who are sent home": ("stop",),
    "atomics": ("atomics",),
    "a pipe": ("pipe",),
}


def source(file: str) -> Path:
    """The C file of that name: one that lies here, or one of the scenarios
    that are for teaching."""
    here = HERE / f"{file}.c"
    return here if here.exists() else SCENARIOS / here.name

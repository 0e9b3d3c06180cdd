"""Which tasks a course has: the profiles, and what needs what."""
from dataclasses import dataclass

PARTS = {
    "fork": ("1a", "1b", "1c", "1d", "1e"),
    "pool": ("2a", "2b", "2c", "2d", "2e"),
    "locks": ("3a", "3b", "3c"),
    "comparison": ("q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "e1", "e2", "e3", "e4"),
}
TASKS = tuple(task for tasks in PARTS.values() for task in tasks)
LATER = "reactor", "coroutines", "async", "semester"    # parts and a profile that there may be one day

# A task is left out with what it needs: it would be measured on nothing. A queue
# is measured in the pool, which students write in 2d.
BOTH = "1a", "2d"       # make compare measures against the pool
NEEDS = {
    "1b": ("1a",), "1c": ("1a",), "1d": ("1a",), "1e": ("1a",), "2c": ("2d",), "2d": ("2c",), "2e": ("2d",),
    "q1": ("2d",), "q2": ("2d",), "q3": BOTH, "q4": BOTH, "q5": BOTH, "q6": BOTH, "q7": ("3c",), "q8": ("2d",),
    "e1": ("q2",), "e2": ("q3",), "e3": ("q6",), "e4": ("q4",),
    # and checks that ask about another task as well
    "2b.fork": ("1d",), "q2.predicted": ("q1",), "q4.predicted": ("q3",), "q6.predicted": ("q5",), "q8.predicted": ("q7",),
}
# The numbers that a task draws for each student, and the ends between which they make sense.
PARAMS = {
    "2a": {"threads": (2, 4), "increments": (2, 9), "target": (1, 9), "by_hand": (1, 3)},
    "2b": {"zoo": (0, 719)},
    "2c": {"capacity": (1, 1000)},
    "2d": {"workers": (1, 32), "clients": (1, 1000)},
    "q1": {"clients": (1, 1000), "workers": (1, 100), "capacity": (1, 1000)},
    "q2": {"wait": (1, 1000)},
    "q6": {"clients": (1, 100)},
}


@dataclass(frozen=True)
class Profile:
    """The tasks of a course; `total`: their points are brought to so many, 0 for as they are."""

    tasks: tuple[str, ...]
    total: int = 0


PROFILES = {
    "full": Profile(TASKS),
    "week": Profile(("1a", "1b", "1d", "2a", "2b", "2c", "2d", "q1", "q2", "q3", "q4"), 100),
    "threads": Profile((*PARTS["pool"], *PARTS["locks"], "q1", "q2", "q7", "q8"), 100),
    "workshop": Profile(("2a", "2b", "3a")),
}

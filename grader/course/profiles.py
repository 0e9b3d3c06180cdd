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

# A task is left out with what it needs: it would be measured on nothing.
NEEDS = {
    "1b": "1a", "1c": "1a", "1d": "1a", "1e": "1a", "2d": "2c", "2e": "2d",
    "q1": "2d", "q2": "2d", "q3": "1a", "q4": "1a", "q5": "1a", "q6": "1a", "q7": "3c", "q8": "2d",
    "e1": "q2", "e2": "q3", "e3": "q6", "e4": "q4",
}
# And checks that ask about the task before as well.
ALSO = {"2b.fork": "1d", "q2.predicted": "q1", "q4.predicted": "q3", "q6.predicted": "q5", "q8.predicted": "q7"}


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

"""What a course asks, as its rubric has it."""
from dataclasses import dataclass
from typing import AbstractSet

from grader.course import profiles

FIRST = "0a"        # the task that has no checks, and is in every course


@dataclass(frozen=True)
class Asked:
    """The tasks that have points, 0a, and the checks that are told of."""

    tasks: AbstractSet[str]
    checks: AbstractSet[str]

    @property
    def parts(self) -> list[str]:
        """The parts of which a task is asked, in their order."""
        return [part for part, tasks in profiles.PARTS.items() if self.tasks & set(tasks)]

    @property
    def names(self) -> AbstractSet[str]:
        """All that a mark of marks.py may be about."""
        return {*self.tasks, *self.checks, *self.parts}


def asked(rubric: dict) -> Asked:
    """Of a rubric, as TOML has it."""
    checks = rubric["check"]
    return Asked({c["task"] for c in checks if c.get("points")} | {FIRST},
                 {c["id"] for c in checks if not c.get("condition")})

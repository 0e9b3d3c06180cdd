"""The facts of make status: a row a task, and what comes next."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional

from lab.way import record
from lab.way.tasks import Check, Task

REASON = 200            # characters of what a check has seen
FIRST = re.compile(r"first make (\S+) pass")


@dataclass(frozen=True)
class Row:
    """A task, and what is known of its checks. older: those that were measured
    in other files than there are now. said: what one expects was kept; asked:
    there is a question about that. seen: how many of its hints."""

    task: Task
    known: Dict[str, dict]
    older: List[Check]
    said: bool
    seen: int
    hints: int
    asked: bool = True

    def outcome(self, check: Check) -> str:
        """pass, fail, blocked or not-measured; "" when it never ran."""
        return self.known.get(check.id, {}).get("outcome", "")

    def observed(self, check: Check) -> str:
        """What its last run has seen."""
        return str(self.known.get(check.id, {}).get("observed", ""))

    def of(self, *outcomes: str) -> List[Check]:
        """Its checks with one of these outcomes."""
        return [c for c in self.task.checks if self.outcome(c) in outcomes]

    @property
    def points(self) -> float:
        return sum(c.points for c in self.of("pass"))

    @property
    def old_points(self) -> float:
        """Those of its points that were found in other files."""
        return sum(c.points for c in self.of("pass") if c in self.older)

    @property
    def worth(self) -> float:
        return sum(c.points for c in self.task.checks)

    @property
    def open(self) -> List[Check]:
        """What the student has still to reach. What this machine cannot measure is not."""
        return self.of("", "fail", "blocked")

    @property
    def done(self) -> bool:
        return bool(self.task.checks) and not self.open


def row(task: Task, directory: Path, known: Dict[str, dict], said: bool, seen: int, hints: int,
        asked: bool = True) -> Row:
    """The facts of one task. Raises OSError."""
    now = {part: record.digest(directory, part, task.id) for part in task.parts}
    own = {c.id: known[c.id] for c in task.checks if c.id in known}
    older = [c for c in task.checks if c.id in own and own[c.id].get("files") != now[c.part]]
    return Row(task, own, older, said, seen, hints, asked)


def following(rows: List[Row]) -> Optional[Row]:
    """The first task with a check that is not reached."""
    return next((r for r in rows if r.task.checks and r.open), None)


def reason(row: Row) -> str:
    """What is known of its first check that is not reached."""
    check = row.open[0]
    if not row.outcome(check):
        return f"{check.id} has not been checked yet."
    # What a check has seen may quote the student's server, whatever that prints.
    seen = "".join(c if c.isprintable() else " " for c in row.observed(check))
    text = " ".join(seen.split())
    if len(text) > REASON:
        text = text[:REASON].rsplit(" ", 1)[0] + " ..."
    if row.outcome(check) == "fail":
        return f"{check.id} failed: {text}" if text else f"{check.id} failed; your course keeps back what it saw."
    return f"{check.id} is {text}"


def waits_for(row: Row) -> str:
    """The check of another task that has to pass before any that is left here, or ""."""
    if any(row.outcome(c) != "blocked" for c in row.open):
        return ""
    found = [m[1] for c in row.open if (m := FIRST.search(row.observed(c)))]
    return next((f for f in found if f.partition(".")[0] != row.task.id), "")

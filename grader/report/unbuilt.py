"""A part that does not build, told once.

Each check of such a part has a record of its own, which files and pages keep.
To somebody at a terminal they are one fact: what the compiler said, and that
nothing behind it was reached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grader.report import view
from grader.report.view import Record

REFUSED = "the compiler says: "     # how what was seen begins
GUARD = ".builds"       # how the id of a guard ends that asks for nothing else
_FIRST = re.compile(r"not reached: first make (\S+) pass")


@dataclass
class Unbuilt:
    """Of one part: the check that says what the compiler said, and those that
    were not reached for it."""

    said: Record
    behind: list[Record] = field(default_factory=list)

    def line(self) -> str:
        """The checks that nobody has tried, in a sentence."""
        n, worth = len(self.behind), sum(c["max"] for c in self.behind)
        return (f"{n} {'check' if n == 1 else 'checks'}" + (f", {view.points(worth)}" if worth else "")
                + f": not reached, because {self.said['part']}/ does not build")


def refused(check: Record) -> bool:
    """Whether what a check saw is that there is no program."""
    return check["outcome"] == "fail" and (
        check["check"].endswith(GUARD)
        or check["observed"].startswith(REFUSED)
        or check["observed"] == f"there is no {check['part']}/ with C files in the submission")


def of(checks: list[Record]) -> list[Unbuilt]:
    """What did not build of one part's checks: one for each thing that the
    compiler said."""
    found: dict[str, Unbuilt] = {}
    through: dict[str, Unbuilt] = {}        # by the checks that have failed for it
    for check in checks:
        if refused(check):
            if check["observed"] in found:
                found[check["observed"]].behind.append(check)
            else:
                found[check["observed"]] = Unbuilt(check)
            through[check["check"]] = found[check["observed"]]
    left = [c for c in checks if c["check"] not in through]
    while more := [(c, through[first]) for c in left if (first := _waits_for(c, checks)) in through]:
        for check, why in more:
            why.behind.append(check)
            through[check["check"]] = why
        left = [c for c in left if c["check"] not in through]
    return list(found.values())


def _waits_for(check: Record, checks: list[Record]) -> str:
    """The check that has to pass before this one is tried, or ""."""
    blocked = _FIRST.match(check["observed"]) if check["outcome"] == "blocked" else None
    return blocked[1] if blocked else view.broken_guard(check, checks) if check["outcome"] == "fail" else ""


def elsewhere(check: Record, checks: list[Record]) -> str:
    """The check that this one waits for, where that is the building of a part
    and was not asked for: nothing here says what the compiler says of it."""
    first = _waits_for(check, checks)
    return first if first.endswith(GUARD) and all(c["check"] != first for c in checks) else ""

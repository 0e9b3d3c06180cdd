"""What a terminal reminds a student of, beside the record: what that student
has predicted, the handout's section, and a line for each task that is done.

None of it is in result.json. A prediction is shown to whoever has made it and
to nobody else, so it is read only where the work is said to be one's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Mapping, Optional

from grader.report import view
from grader.report.text import visible
from grader.report.view import Record, Result
from lab.predict.answers import Unfit, kept
from lab.predict.questions import titles
from lab.predict.seen import ABOUT

WIDTH = 80
# How a check begins that has passed and has seen nothing of the student's own.
NOTHING_SEEN = ("does not apply", "with EchoCo's", "as expected")


@dataclass(frozen=True)
class Reminders:
    """By task: what was predicted, the titles of the handout's sections, and
    the ids of the checks with points."""

    predicted: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    scored: Mapping[str, list[str]] = field(default_factory=dict)

    def prediction(self, check: Record, result: Result) -> str:
        """What stands beside a failed check; "" where it stands at another of
        the task, or nowhere. It stands at the check that looks at what was
        asked, or else at the first that failed."""
        task = view.task(check)
        failed = [c for c in result["checks"] if view.task(c) == task and _tells(c, result)]
        place = next((c for c in failed if c["check"] == ABOUT.get(task)), failed[0] if failed else None)
        if check is not place or task not in self.predicted:
            return ""
        said = self.predicted[task]
        return said if check["check"] == ABOUT.get(task) else _with_question(said, task)

    def section(self, check: Record) -> str:
        """"1b Nobody stays behind", or "" for a guard: it is about no task."""
        task = view.task(check)
        return f"{task} {self.titles[task]}" if task in self.titles else ""

    def done(self, result: Result) -> Iterable[tuple[str, str]]:
        """For each task all of whose checks have passed: a line, and what was
        predicted, or ""."""
        for task, ids in self.scored.items():
            passed = [c for c in result["checks"] if c["check"] in ids and c["outcome"] == "pass" and c["max"]]
            if len(passed) == len(ids):
                said = self.predicted.get(task, "")
                yield _praise(task, passed), said and _with_question(said, task)


def _tells(check: Record, result: Result) -> bool:
    """Whether a check has failed and says itself what it saw."""
    return check["outcome"] == "fail" and not view.told(check) and not view.broken_guard(check, result["checks"])


def _with_question(said: str, task: str) -> str:
    """For where the question is not plain from what stands beside it."""
    return f"{said} (the question: make predict TASK={task})"


def _praise(task: str, passed: list[Record]) -> str:
    """One line in the words of a check: of the one that looks at what was
    asked, if they fit into a line, and rather with numbers than without."""
    first = sorted(passed, key=lambda c: c["check"] != ABOUT.get(task))
    told = [c["observed"] for c in first if not c["observed"].startswith(NOTHING_SEEN)]
    lines = [f"{task} done: {text}" for text in told if "\n" not in text]
    short = sorted((line for line in lines if len(line) <= WIDTH),
                   key=lambda line: not any(c.isdigit() for c in line.partition(":")[2]))
    return next(iter(short), f"{task} done: {len(passed)} of {len(passed)} checks pass")


def read(handout: Path, scored: Mapping[str, list[str]], own: Optional[Path]) -> Reminders:
    """own: the directory of the one whose terminal it is; None for anybody
    else's. What cannot be read is not shown: others say what is wrong with it."""
    return Reminders(_predicted(own), _titles(handout), scored)


def _predicted(own: Optional[Path]) -> dict[str, str]:
    try:
        said = kept(own / "answers.toml") if own else {}
    except (Unfit, OSError, ValueError):
        return {}
    return {task: " ".join(visible(text).split()) for task, text in said.items()}


def _titles(handout: Path) -> dict[str, str]:
    try:
        return titles(handout)
    except (OSError, ValueError):
        return {}

"""What came of what was expected: in the words of the check that looks at it,
or, in the comparison, the student's own number."""

from pathlib import Path
from typing import Dict

from lab.predict.answers import QUESTIONS, Unfit
from lab.way import record, tasks

# The check whose words are about a task's question. 0a and 2a have none.
ABOUT = {
    "1a": "1a.parent-fd", "1b": "1b.coalesced", "1c": "1c.fork-fails", "1d": "1d.shared", "1e": "1e.no-orphan",
    "2b": "2b.race-check", "2c": "2c.exact", "2d": "2d.backpressure", "2e": "2e.idle",
    "3a": "3a.no-deadlock", "3b": "3b.bounded", "3c": "3c.together",
}
NOT_YET = -1        # in answers.toml
LONGEST = 200


def seen(directory: Path) -> Dict[str, str]:
    """By task, of what was measured in this directory. Raises OSError."""
    known = record.read(directory)
    found = {task: known[check] for task, check in ABOUT.items() if check in known}
    told = {task: _plain(check["observed"]) for task, check in found.items() if check["outcome"] in ("pass", "fail")}
    return {**told, **_numbers(directory / "answers.toml")}


def _numbers(answers: Path) -> Dict[str, str]:
    """What stands under a question of the comparison."""
    try:
        said = tasks.table(answers)
    except (Unfit, OSError, UnicodeDecodeError):
        return {}
    found = {}
    for task in QUESTIONS:
        own = said.get(task, {})
        numbers = {k: v for k, v in own.items() if k not in record.ASIDE and v != NOT_YET} if isinstance(own, dict) else {}
        if numbers:
            found[task] = _plain(", ".join(f"{name} = {value}" for name, value in numbers.items()))
    return found


def _plain(text: str) -> str:
    """In one line that a terminal can show: a check may quote a server."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST else line[:LONGEST - 3] + "..."

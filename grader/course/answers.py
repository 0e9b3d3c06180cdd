"""answers.toml of a course: a place for each answer that it asks, and for no other."""
import re

from grader.course import examples, profiles
from grader.course.asked import Asked

PIECE = re.compile(r"(?<=\n\n)(?=(?:#[^\n]*\n)*\n?\[)")     # a table, or the comment before some
NAME = re.compile(r"^\[(\w+)\]", re.MULTILINE)
DESIGN = re.compile(r"^(design = .*?) *#.*\n(?: +#.*\n)*", re.MULTILINE)
# Keys that are there for some of a task's checks; the others' are there with the task.
KEYS = {
    "2a": {"count": ("2a.count",), "schedule": ("2a.schedule",), r"report_\w+": ("2a.report", "2a.report-whole")},
    "2b": {"ant|bee|cat|dog|eel|fox": ("2b.zoo",)},
    "3a": {"cycle": ("3a.cycle",), "schedule": ("3a.schedule",)},
}


def fitted(text: str, asked: Asked) -> str:
    """Without what is not asked. A comment before tables stays with the first
    of them that does."""
    head, *pieces = PIECE.split(text)
    out, left, above = set(profiles.TASKS) - asked.tasks, [_head(head, asked)], ""
    for piece in pieces:
        name = NAME.search(piece)
        if not name:
            above = piece
        elif name[1] not in out:
            left += [above, _table(piece, name[1], asked)]
            above = ""
    return examples.fitted("".join(left), asked)


def _head(text: str, asked: Asked) -> str:
    """Without another design than the given one, where there is no queue to do without."""
    return text if "2c" in asked.tasks else DESIGN.sub(r"\1\n", text)


def _table(piece: str, task: str, asked: Asked) -> str:
    """One table, without the keys of checks that are off, and what is said above them."""
    for keys, checks in KEYS.get(task, {}).items():
        if not asked.checks & set(checks):
            piece = re.sub(rf"(?:^ +#.*\n)*^(?:{keys}) = .*\n", "", piece, flags=re.MULTILINE)
    return piece

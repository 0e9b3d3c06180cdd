"""The questions of the handout: in each task, the paragraph under Predict, and
those of the comparison, which are rows of a table."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

TASK = re.compile(r"^### (\w+) · (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| ([qe]\d) \| \*\*(.+?)\*\* (.+?) \| .+ \|$", re.MULTILINE)
MARK = re.compile(r"^<!-- .* -->(?:\n|\Z)| *<!-- .* -->$", re.MULTILINE)     # of what is in some courses only
PREDICT = re.compile(r"^\*\*Predict\*\* (.+?)(?=\n\n|\n\*\*|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Question:
    """Of a task; its text is a paragraph, as the handout has it."""

    task: str
    title: str
    text: str


def read(handout: Path) -> List[Question]:
    """All questions, in the handout's order. Raises OSError."""
    text = handout.read_text(encoding="utf-8")
    heads = list(TASK.finditer(text))
    found = []
    for head, end in zip(heads, [h.start() for h in heads[1:]] + [len(text)]):
        asked = PREDICT.search(text, head.end(), end)
        if asked:
            found.append(Question(head[1], head[2], MARK.sub("", asked[1])))
    rows = (Question(*row) for row in ROW.findall(text))
    return found + [row for row in rows if row.task.startswith("q")]       # an explanation is no guess


def titles(handout: Path) -> Dict[str, str]:
    """The title of each task and question, in the handout's order. Raises OSError."""
    text = handout.read_text(encoding="utf-8")
    return {**dict(TASK.findall(text)), **{task: title for task, title, _ in ROW.findall(text)}}

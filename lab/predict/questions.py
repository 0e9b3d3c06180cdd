"""The questions of the handout: in each task, the paragraph under Predict."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import List

TASK = re.compile(r"^### (\w+) · (.+)$", re.MULTILINE)
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
            found.append(Question(head[1], head[2], asked[1]))
    return found

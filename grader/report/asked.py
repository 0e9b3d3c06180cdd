"""What the handout asks before each task, and what comes, as TA.md has it.

Students have no TA.md, and so no report of theirs can give an answer away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lab.predict import questions

ROOT = Path(__file__).resolve().parents[2]
HANDOUT, TA = ROOT / "handout.md", ROOT / "grader" / "TA.md"
TASK = re.compile(r"^## (\w+) · .+?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
COMES = re.compile(r"^\*\*The prediction\*\*:? (.+?)(?=\n\n)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (q\d) \| (.+?) \| .+ \|$", re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """A question, and what comes; "" where that is not told here."""

    task: str
    title: str
    text: str
    comes: str


def all_questions(handout: Path = HANDOUT, ta: Path = TA) -> list[Asked]:
    """The questions in the handout's order. Raises OSError."""
    known = _comes(ta.read_text(encoding="utf-8")) if ta.exists() else {}
    return [Asked(q.task, _plain(q.title), _plain(q.text), known.get(q.task, ""))
            for q in questions.read(handout)]


def titles(handout: Path = HANDOUT) -> dict[str, str]:
    """The title of each task and question. Raises OSError."""
    return {task: _plain(title) for task, title in questions.titles(handout).items()}


def _comes(text: str) -> dict[str, str]:
    """What comes of each question, by its task."""
    told = {page[1]: COMES.search(page[0]) for page in TASK.finditer(text)}
    found = {task: match[1] for task, match in told.items() if match}
    found.update(ROW.findall(text))
    return {task: _sentence(_plain(said)) for task, said in found.items()}


def _plain(text: str) -> str:
    """Markdown of these two pages without its marks, in one line."""
    return " ".join(re.sub(r"[`*]", "", text).split())


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

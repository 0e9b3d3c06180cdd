"""What a person says of the explanations: marks, and what follows from them.

An explanation has two checks, e1.mechanism and e1.number. It stands in the evidence
of the first, with the student's own numbers beside it. A mark is kept under a hash of all of
that: it holds no name, and a changed explanation has none. Marks are put on a
result after it was measured, each time anew, so that nothing is measured again
for them.
"""
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterable, Optional

from grader.core.record import Record, read_line, text_evidence
from grader.report.files import write_text

CHECK = re.compile(r"(e[1-4])\.(mechanism|number)")
LEAST = {"mechanism": 1, "number": 2}       # the mark with which it passes
SAID = ("a person has read it: no mechanism, or one that its own number contradicts",
        "a person has read it: the right mechanism, and no own number that shows it",
        "a person has read it: the right mechanism, and an own number that shows it")
UNREAD = "a person reads this"
TEXT, NUMBERS = "the explanation", "the numbers beside it"
Marks = dict[str, int]


@dataclass(frozen=True)
class Explanation:
    """What is read: the task, what was asked, and what somebody wrote."""

    task: str
    asked: str
    text: str
    numbers: str

    @property
    def key(self) -> str:
        told = json.dumps([self.task, self.text, self.numbers])
        return hashlib.sha256(told.encode()).hexdigest()[:24]


def evidence(text: str, numbers: str) -> list[dict]:
    """What the record of the first check of an explanation holds."""
    return [text_evidence(TEXT, text), text_evidence(NUMBERS, numbers)]


def explanation(record: Record) -> Optional[Explanation]:
    """The one that a record holds, or None."""
    check = CHECK.fullmatch(record.check)
    told = {e.get("title"): e.get("text", "") for e in record.evidence}
    if not check or TEXT not in told:
        return None
    return Explanation(check[1], record.expected, told[TEXT], told.get(NUMBERS, ""))


def put_on(records: list[Record], marks: Marks) -> list[Record]:
    """The records as the marks have them: an explanation without one is not
    measured. What is about no explanation that was written stays as it is."""
    read = {e.task: e for e in map(explanation, records) if e}

    def judged(record: Record) -> Record:
        check = CHECK.fullmatch(record.check)
        known = check and read.get(check[1])
        return _judged(record, check[2], marks.get(known.key)) if known else record
    return [judged(record) for record in records]


def _judged(record: Record, what: str, mark: Optional[int]) -> Record:
    if mark is None:
        return replace(record, outcome="not-measured", points=0, observed=UNREAD)
    if what == "number" and mark == 0:
        first = record.check.replace("number", "mechanism")
        return replace(record, outcome="blocked", points=0, observed=f"not reached: first make {first} pass")
    good = mark >= LEAST[what]
    return replace(record, outcome="pass" if good else "fail", points=record.max if good else 0, observed=SAID[mark])


def to_read(results: Iterable[dict]) -> list[Explanation]:
    """All explanations in these results, each once. The order is by task, and
    within one by a hash: whose they are cannot be told from it."""
    found = {}
    for result in results:
        for check in result.get("checks", ()):
            record = read_line(json.dumps(check))       # None for one of an older grader
            read = record and explanation(record)
            if read:
                found[read.key] = read
    return sorted(found.values(), key=lambda e: (e.task, e.key))


def load(path: Path, missing: bool = False) -> Marks:
    """The marks in a file; none where it may be missing and is.

    Raises ValueError for a file that holds something else, OSError."""
    if missing and not path.exists():
        return {}
    try:
        if path.exists() and not path.is_file():    # nobody may ever write into a FIFO
            raise ValueError("not a regular file")
        marks = json.loads(path.read_text("utf-8"))["marks"]
        good = all(type(m) is int and 0 <= m < len(SAID) for m in marks.values())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        good = False
    if not good:
        raise ValueError(f"{path} holds no marks: a file that --mark has written is needed")
    return marks


def save(path: Path, marks: Marks) -> None:
    """Keep them, whole or not at all. Raises OSError."""
    write_text(path, json.dumps({"schema": 1, "marks": marks}, indent=1, sort_keys=True) + "\n")

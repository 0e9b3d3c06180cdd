"""What a check says: one line of JSON, written as it happens."""
import dataclasses
import json
from typing import Any, Iterable, Optional


class Failed(Exception):
    """The student's code broke the property.

    observed says what was seen; causes are ids of the rubric's closed list,
    most likely first; evidence is a list of JSON objects."""

    def __init__(self, observed: str, causes: Iterable[str] = (), evidence: Iterable[dict] = ()):
        super().__init__(observed)
        self.observed = observed
        self.causes = list(causes)[:3]
        self.evidence = list(evidence)


class NotMeasured(Exception):
    """We could not measure: a tool, the machine or the grader, and not the student."""


class Passed(Exception):
    """Raised by a check that passes and has something to say about it."""

    def __init__(self, observed: str, evidence: Iterable[dict] = ()):
        super().__init__(observed)
        self.observed = observed
        self.evidence = list(evidence)


@dataclasses.dataclass
class Record:
    """One graded claim. outcome is pass, fail, blocked or not-measured."""

    check: str
    part: str
    title: str
    outcome: str
    points: float
    max: float
    guard: bool
    observed: str
    expected: str
    causes: list[str]
    hint: str
    reproduce: str
    evidence: list[dict]
    seed: int
    seconds: float

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)


def text_evidence(title: str, text: str) -> dict[str, Any]:
    """Evidence that is to be read as it stands."""
    return {"kind": "text", "title": title, "text": text}


def read_line(line: str) -> Optional[Record]:
    """The record on one line, or None if the line is not whole (killed half way)."""
    try:
        return Record(**json.loads(line))
    except (ValueError, TypeError):
        return None

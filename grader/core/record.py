"""What a check says: one line of JSON, written as it happens."""
import dataclasses
import json
from typing import Any, Iterable, Optional


class Failed(Exception):
    """The student's code broke the property.

    observed says what was seen; causes are ids of the rubric's closed list,
    most likely first; evidence is a list of JSON objects. hang: the lines at
    which the server stood still with nobody in service, or ""."""

    def __init__(self, observed: str, causes: Iterable[str] = (), evidence: Iterable[dict] = ()):
        super().__init__(observed)
        self.observed = observed
        self.causes = list(causes)[:3]
        self.evidence = list(evidence)
        self.hang = ""


class NotMeasured(Exception):
    """We could not measure: a tool, the machine or the grader, and not the student.

    Or nobody has yet: evidence is then what there is to look at."""

    def __init__(self, reason: str, evidence: Iterable[dict] = ()):
        super().__init__(reason)
        self.evidence = list(evidence)


class Passed(Exception):
    """Raised by a check that passes and has something to say about it.

    suspects: another module -> what was seen with it that is not seen with
    EchoCo's in its place."""

    def __init__(self, observed: str, evidence: Iterable[dict] = (),
                 suspects: Optional[dict[str, str]] = None):
        super().__init__(observed)
        self.observed = observed
        self.evidence = list(evidence)
        self.suspects = suspects or {}


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
    hang: str = ""      # where the server stood still, "pool/queue.c:31"
    suspects: dict[str, str] = dataclasses.field(default_factory=dict)     # as of Passed

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

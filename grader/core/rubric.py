"""The rubric: what is graded, in which order, for how many points."""
import hashlib
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Optional

from grader.course.profiles import TASKS
from grader.course.tailor import rubric_text

RUBRIC = Path(__file__).parent.parent / "rubric.toml"


@dataclass(frozen=True)
class Part:
    id: str
    title: str
    modules: dict[str, list[str]]       # file -> the tasks it is the answer to
    answers: dict[str, str]             # file -> the check in which it answers for suspicions
    company: list[str] = field(default_factory=list)    # tasks that say nothing without good company


@dataclass(frozen=True)
class Check:
    id: str
    part: str
    title: str
    expected: str
    hint: str
    points: float = 0
    task: str = ""
    after: str = ""
    guards: tuple[str, ...] = ()        # tasks; not empty: a guard
    condition: bool = False             # left out by the course, and measured for those that come after it
    factor: float = 0                   # so many times as slow as EchoCo's server, at most; not 0: it times

    @property
    def guard(self) -> bool:
        return bool(self.guards)

    @property
    def times(self) -> bool:
        """Whether it compares speeds, which is told and has no points."""
        return self.factor > 0


@dataclass(frozen=True)
class Rubric:
    parts: dict[str, Part]
    checks: dict[str, Check]            # in the order of measuring
    boxes: list[dict]
    causes: dict[str, str]
    digest: str = field(default="")
    off: dict[str, str] = field(default_factory=dict)   # what the instructor has left out, and why

    def check(self, id: str) -> Optional[Check]:
        return self.checks.get(id)

    def directories(self) -> list[str]:
        """The parts that are directories of C files, in a submission."""
        return [p.id for p in self.parts.values() if any(m.endswith(".c") for m in p.modules)]

    def scored(self) -> dict[str, list[str]]:
        """The ids of the checks with points, by task."""
        found: dict[str, list[str]] = {}
        for check in self.checks.values():
            if check.points and check.task:
                found.setdefault(check.task, []).append(check.id)
        return found

    def guards_of(self, task: str) -> list[Check]:
        return [c for c in self.checks.values() if task in c.guards]


def load(path: Path = RUBRIC, timing: bool = False) -> Rubric:
    """Read the rubric, the kit's own as course.toml has it; the checks that
    time only if they are asked for, since these need the machine for
    themselves. Raises ValueError, with the entry's id or the line of
    course.toml, if it is wrong."""
    text = rubric_text(path) if path == RUBRIC else path.read_text("utf-8")
    table = tomllib.loads(text)
    parts = {p["id"]: Part(**p) for p in table["part"]}
    checks = {}
    for entry in _entries(text, table):
        check = Check(**{**entry, "guards": tuple(entry.get("guards", ()))})
        if check.id in checks or check.part not in parts:
            raise ValueError(f"rubric: {check.id}: named twice, or of an unknown part")
        checks[check.id] = check
    checks = _with_something_to_guard(checks)
    _validate(checks)
    parts = {p.id: _answering(p, checks) for p in parts.values() if any(c.part == p.id for c in checks.values())}
    asked = {c.task for c in checks.values()}
    boxes = [{**box, "tasks": [t for t in box["tasks"] if t in asked]} for box in table["box"]]
    return Rubric(parts, {id: c for id, c in checks.items() if timing or not c.times}, [b for b in boxes if b["tasks"]],
                  table["causes"], hashlib.sha256(text.encode()).hexdigest()[:16], table.get("off", {}))


def _with_something_to_guard(checks: dict[str, Check]) -> dict[str, Check]:
    """Without the guards of tasks that are all left out."""
    out = set(TASKS) - {c.task for c in checks.values()}
    found = {}
    for check in checks.values():
        guards = tuple(task for task in check.guards if task not in out)
        if guards or not check.guard:
            found[check.id] = replace(check, guards=guards)
    return found


def _answering(part: Part, checks: dict[str, Check]) -> Part:
    """A part in which each module answers for suspicions in a check that there
    is: in the last of its own, where the rubric's is left out."""
    answers = {}
    for module, check in part.answers.items():
        own = [c.id for c in checks.values() if c.part == part.id and c.task in part.modules[module] and c.points]
        if own:
            answers[module] = check if check in own else own[-1]
    return replace(part, answers=answers)


def _entries(text: str, table: dict) -> list[dict]:
    """Guards and checks in the order in which they stand in the file."""
    queue = {"[[guard]]": iter(table["guard"]), "[[check]]": iter(table["check"])}
    return [next(queue[line.strip()]) for line in text.splitlines() if line.strip() in queue]


def _validate(checks: dict[str, Check]) -> None:
    order = list(checks)
    for check in checks.values():
        if not check.guard and (not check.task or not check.id.startswith(check.task + ".")):
            raise ValueError(f"rubric: {check.id}: needs a task it is named after")
        if not check.guard and not check.condition and (check.points > 0) == check.times:
            raise ValueError(f"rubric: {check.id}: needs either points, or a factor to time by")
        if check.times and check.factor <= 1:
            raise ValueError(f"rubric: {check.id}: its factor is at most 1: EchoCo's server itself would fail")
        if check.after in checks and order.index(check.after) > order.index(check.id):
            raise ValueError(f"rubric: {check.id}: stands before {check.after}, which it needs")

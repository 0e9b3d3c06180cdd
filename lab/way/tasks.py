"""The lab's tasks: titles from the handout; checks, points, files from the rubric."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Collection, Dict, List, Tuple

from lab.predict.answers import Unfit
from lab.predict.questions import titles

try:
    import tomllib
except ImportError:     # a Python before 3.11
    tomllib = None

ANSWERS = "answers"     # the part whose only file is answers.toml


@dataclass(frozen=True)
class Check:
    """A claim that is graded; its part is the directory it is about."""

    id: str
    part: str
    points: float


@dataclass
class Task:
    """files: the (part, name) that the student writes it in."""

    id: str
    title: str
    checks: List[Check] = field(default_factory=list)
    files: List[Tuple[str, str]] = field(default_factory=list)

    @property
    def parts(self) -> List[str]:
        """The parts that its checks look at."""
        return list(dict.fromkeys(c.part for c in self.checks))


def table(path: Path) -> dict:
    """A TOML file. Raises Unfit, OSError."""
    if tomllib is None:
        raise Unfit("Python 3.11 or newer is needed (Debian 12, Ubuntu 24.04)")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Unfit(f"{path} is not valid TOML: {error}") from error


def tasks(handout: Path, rubric: Path) -> Dict[str, Task]:
    """All tasks, in the handout's order. Raises Unfit, OSError."""
    found = {id: Task(id, title) for id, title in titles(handout).items()}
    rules = table(rubric)
    for check in rules["check"]:
        if check["task"] in found and check.get("points"):      # others are only told
            found[check["task"]].checks.append(Check(check["id"], check["part"], check["points"]))
    for part in rules["part"]:
        for name, ids in part["modules"].items():
            for id in ids:
                if id in found:
                    found[id].files.append((part["id"], name))
    return found


def choose(task: str, have: Collection[str], known: Collection[str], what: str) -> None:
    """Raises Unfit, which says which there are, unless task is one of `have`.

    known: all tasks; what: of which `have` have some, such as "hints"."""
    there = f"there are {what} for {', '.join(have)}"
    if not task:
        raise Unfit(f"of which task? Write TASK={next(iter(have), '2c')}; {there}")
    if task not in known:
        raise Unfit(f"there is no task '{task}'; {there}")
    if task not in have:
        raise Unfit(f"task {task} has no {what}; {there}")

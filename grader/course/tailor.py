"""The rubric of a course: what is left out of it, and the points of the rest."""
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import AbstractSet, Iterable, Mapping

from grader.course import profiles
from grader.course.lines import places
from grader.course.points import shared
from grader.course.read import COURSE, Course, read

BLOCK = re.compile(r"^(?=\[\[|\[\w+\])", re.MULTILINE)
ID = re.compile(r'^id = "(.+)"', re.MULTILINE)
POINTS = re.compile(r"^points = .*$", re.MULTILINE)
ANSWERS = re.compile(r'(?<=^id = "answers"\ntitle = ").*(?="$)', re.MULTILINE)
NOTHING = "it has no points in this course"


@dataclass(frozen=True)
class Left:
    """What a course leaves of a rubric: points by check; why by task or check
    that is not in it; conditions: the checks that are measured all the same."""

    points: Mapping[str, float]
    why: Mapping[str, str]
    conditions: AbstractSet[str] = frozenset()


def leave(table: dict, course: Course) -> Left:
    """Decide. table: the rubric, as TOML has it. Raises ValueError where the
    points cannot be divided."""
    checks = {c["id"]: c for c in table.get("check", ())}
    why = {**_unwanted(course), **course.off}
    if course.points.get("predictions") == 0:
        why.update({id: NOTHING for id in checks if id.endswith(".predicted")})
    while more := _further(checks, why):
        why.update(more)
    points = {id: check.get("points", 0) for id, check in checks.items() if id not in why and check["task"] not in why}
    if not any(points.values()):
        raise ValueError("course.toml: nothing is left that has points")
    return Left(_worth(points, checks, course), why, _conditions(checks, points, why))


def _conditions(checks: Mapping[str, dict], points: Mapping[str, float], why: Mapping[str, str]) -> set[str]:
    """The checks that are off and behind which others come: a starter, or who
    does nothing, would pass these else."""
    found: set[str] = set()
    while more := {checks[id]["after"] for id in {*points, *found} if checks[id].get("after") in checks} - {*points, *found}:
        inside = {id for id in more if checks[id]["task"] not in why}
        if not inside:
            break
        found |= inside
    return found


def _unwanted(course: Course) -> dict[str, str]:
    """The tasks that a course does not want, each with the reason."""
    chosen, why = profiles.PROFILES[course.profile].tasks, {}
    for part, tasks in profiles.PARTS.items():
        for task in tasks:
            if not course.parts.get(part, task in chosen):
                why[task] = f"the part {part} is not in this course" if part in course.parts else \
                    f"it is not in the profile {course.profile}"
            elif course.points.get("explanations" if task.startswith("e") else task) == 0:
                why[task] = NOTHING
    return why


def _further(checks: Mapping[str, dict], why: Mapping[str, str]) -> dict[str, str]:
    """What has to go as well: what needs something that is out, and a task of
    which no check with points is left."""
    gone = {name: f"it needs {first}" for name, needs in profiles.NEEDS.items() for first in needs if first in why}
    for task in profiles.TASKS:
        own = [id for id, check in checks.items() if check["task"] == task and check.get("points")]
        if own and all(id in why for id in own):
            gone[task] = why[own[0]]
    return {name: reason for name, reason in gone.items() if name not in why}


def _worth(points: dict[str, float], checks: Mapping[str, dict], course: Course) -> dict[str, float]:
    """The points of the checks that are left."""
    graded = {id: n for id, n in points.items() if n}
    if course.points.get("explanations") == 0:      # the eight numbers take their place
        graded.update({id: 2 * n for id, n in graded.items() if id[0] == "q" and not id.endswith(".predicted")})
    total = profiles.PROFILES[course.profile].total
    if total and graded:
        graded = shared(total, graded)
    for name, worth in course.points.items():
        own = {id: n for id, n in graded.items() if worth and _belongs(id, checks[id]["task"], name)}
        try:
            graded.update(shared(worth, own) if own else {})
        except ValueError as error:
            raise ValueError(f"course.toml: [points] {name}: {error}") from error
    return {**points, **graded}


def _belongs(check: str, task: str, name: str) -> bool:
    """Whether a check is of the task or group of that name."""
    predicted = check.endswith(".predicted")
    if name == "predictions":
        return predicted
    return task.startswith("e") if name == "explanations" else task == name and not predicted


def tailored(text: str, course: Course) -> str:
    """The text of a rubric as it is in a course: without the checks that are
    left out, with other points, and with what an instructor has left out, and
    why. The same text where nothing is decided. Raises ValueError."""
    table = tomllib.loads(text)
    left = leave(table, course)
    answers = [c["id"] for c in table["check"] if c["part"] == "answers" and c["id"] in left.points]
    blocks = []
    for block in BLOCK.split(text):
        id = ID.search(block)
        if block.startswith("[[part]]"):
            block = ANSWERS.sub(lambda m: _answers(m[0], answers), block)
        if block.startswith("[[check]]") and id:
            if id[1] in left.conditions:
                block = POINTS.sub("condition = true", block)
            elif id[1] not in left.points:
                continue
            elif left.points[id[1]]:
                block = POINTS.sub(f"points = {left.points[id[1]]:g}", block)
        blocks.append(block)
    said = "".join(f"{json.dumps(name)} = {json.dumps(reason, ensure_ascii=False)}\n"
                   for name, reason in course.off.items())
    return "".join(blocks) + ("\n[off]\n" + said if said else "")


def _answers(title: str, asked: Iterable[str]) -> str:
    """The title of the answers, where one of the two that it names is not asked."""
    found = {id[0] in "qe" for id in asked}
    return title if len(found) != 1 else "Answers from the comparison" if True in found else "Answers by hand"


def rubric_text(path: Path, course: Path = COURSE) -> str:
    """The rubric in that file, as the course has it. Raises CourseError,
    ValueError, OSError."""
    text = path.read_text("utf-8")
    checks = {c["id"]: c["task"] for c in tomllib.loads(text)["check"]}
    decided = read(course, checks)
    try:
        return tailored(text, decided)
    except ValueError as error:
        key = re.search(r"\[points\] (\w+)", str(error))
        line = places(course.read_text("utf-8")).get(("points", key[1]), "") if key else ""
        raise ValueError(str(error).replace("course.toml:", f"course.toml:{line}:") if line else str(error)) from error

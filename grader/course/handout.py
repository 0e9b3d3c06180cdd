"""The handout of a course: its table of points, what a failed check says, its
dates and rules, and only the tasks that are asked.

The first three are written into the handout, whose tasks all stay; dist leaves
out the others, and what marks.py says.

Exit status: 0; 1 with --check, when something is out of date; 2 for a handout
that cannot be read, or names what there is not, and for a wrong course.toml.
"""
import argparse
import re
import sys
import tomllib
from pathlib import Path
from typing import Collection, Optional, Sequence

from grader.course import examples, marks, profiles
from grader.course.asked import Asked, asked
from grader.course.read import ASSISTANTS, LEVELS, Course, read

ROOT = Path(__file__).resolve().parents[2]
POINTS, FAILED, RULES = (re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL) for name in ("points", "failed", "course"))
TITLE = re.compile(r"^### (\w+) · (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| ([qe]\d) \| \*\*(.+?)\*\* .*\n", re.MULTILINE)
SECTION = re.compile(r"^(?=#{1,3} )", re.MULTILINE)
PART = {"# Part 1": "fork", "# Part 2": "pool", "# Part 3": "locks", "# What it costs": "comparison"}
HELPED = dict(zip(ASSISTANTS, (
    "Programs that write code or answers for you are not allowed.",
    "You may ask a program that writes code. Keep a log of what you asked and of what you took, and show it when you are asked.",
    "You may use any program that helps you. You answer for every line that you hand in.")))

SAYS = dict(zip(LEVELS, (
    "A failed check says what you predicted, what it observed and expected, what usually causes that, and how to repeat it.",
    "A failed check says what you predicted, what it observed and expected, and how to repeat it. The causes are left to you.",
    "A failed check says that it failed, and no more.")))


def rows(rubric: dict, titles: dict[str, str]) -> list[str]:
    """The table's lines: a row for each box, and one for each of its tasks."""
    checks = [c for c in rubric["check"] if c.get("points")]
    lines = ["| task | checks, and their points | points |", "|---|---|--:|"]
    for box in rubric["box"]:
        tasks = [t for t in box["tasks"] if any(c["task"] == t for c in checks)]
        if not tasks:
            continue
        lines.append(f"| **{box['title']}** | | **{_sum(checks, tasks)}** |")
        for task in tasks:
            named = " · ".join(f"{c['id'].split('.', 1)[1]} {c['points']:g}" for c in checks if c["task"] == task)
            lines.append(f"| {task} {titles[task]} | {named} | {_sum(checks, [task])} |")
    return lines + [f"| **all** | | **{_sum(checks, {c['task'] for c in checks})}** |"]


def _sum(checks: list[dict], tasks: Collection[str]) -> str:
    return f"{round(sum(c['points'] for c in checks if c['task'] in tasks), 2):g}"


def rules(course: Course) -> list[str]:
    """What this course says about handing in, a line a sentence."""
    lines = []
    if course.due:
        lines.append(f"Hand in by {course.due:%Y-%m-%d %H:%M} ({course.due.tzinfo}).")
    if course.due and course.late:
        lines.append(f"Each day that begins after that costs {course.late.percent:g} %; after {course.late.days} days nothing counts.")
    lines.append("You may work in pairs: one types, the other one reads, and after each task you change places. "
                 "Hand in once, with one id, and write the other one behind it as a comment."
                 if course.pairs else "You work alone.")
    return lines + [HELPED[course.assistants]]


def filled(handout: str, rubric: dict, course: Course = Course()) -> str:
    """The handout with a current table and current rules. Raises KeyError for
    a task without a heading."""
    titles = dict(TITLE.findall(handout) + ROW.findall(handout))
    for place, lines in (POINTS, rows(rubric, titles)), (FAILED, [SAYS[course.before_due]]), (RULES, rules(course)):
        handout = place.sub(lambda m, text="\n".join(lines): f"{m[1]}{text}\n{m[2]}", handout)
    return handout


def cut(handout: str, rubric: dict) -> str:
    """The handout with nothing but what the rubric asks."""
    course = asked(rubric)
    text = "".join(section for section in SECTION.split(handout) if _stays(section, course))
    text = ROW.sub(lambda m: m[0] if m[1] in course.tasks else "", text)
    return re.sub(r"\n{3,}", "\n\n", examples.fitted(marks.kept(text, course.names), course))


def _stays(section: str, course: Asked) -> bool:
    """Whether a section is of a task, or a part, that the course has, or of none."""
    part = next((PART[head] for head in PART if section.startswith(head)), "")
    title = TITLE.match(section)
    return (not title or title[1] in course.tasks) and (not part or part in course.parts)


def unknown(handout: str, rubric: dict) -> list[str]:
    """The names in its marks that are of no task, check or part: what they are
    about would be in no course."""
    return sorted(marks.named(handout) - {*profiles.TASKS, *profiles.PARTS, *(c["id"] for c in rubric["check"])})


def current(handout: str) -> str:
    """It with the points and rules of this tree. Raises ValueError, OSError."""
    rubric = tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))
    wrong = unknown(handout, rubric)
    if wrong:
        raise ValueError(f"<!-- if {wrong[0]} -->: there is no task, check or part of that name")
    try:
        return filled(handout, rubric, read())
    except KeyError as task:
        raise ValueError(f"task {task.args[0]} has points, and no heading") from task


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="handout", description="Write the points and the rules of the course into the handout.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is out of date")
    parser.add_argument("handout", metavar="HANDOUT", nargs="?", type=Path, default=ROOT / "handout.md")
    given = parser.parse_args(arguments)
    try:
        old = given.handout.read_text("utf-8")
        new = current(old)
        if new != old and not given.check:
            given.handout.write_text(new, "utf-8")
    except (OSError, ValueError) as error:
        reason = "it is not a text" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None) or error
        print(f"handout: {given.handout}: {reason}", file=sys.stderr)
        return 2
    if new != old and given.check:
        print(f"{given.handout.name}: the points or the rules are out of date; run make starter", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The handout of a course: its table of points, its dates and rules, and only
the tasks that are asked.

usage: python3 -m grader.course.handout [--check] [HANDOUT]

Writes the first two into the handout, whose tasks all stay; dist leaves out the
others. With --check, write nothing and exit 1 when something is out of date.
"""
import re
import sys
import tomllib
from pathlib import Path
from typing import Collection

from grader.course import profiles
from grader.course.read import ASSISTANTS, Course, read

ROOT = Path(__file__).resolve().parents[2]
POINTS, RULES = (re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL) for name in ("points", "course"))
TITLE = re.compile(r"^### (\w+) · (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| ([qe]\d) \| \*\*(.+?)\*\* .*\n", re.MULTILINE)
SECTION = re.compile(r"^(?=#{1,3} )", re.MULTILINE)
ONLY = re.compile(r"^<!-- if (\S+) -->\n(.*?)^<!-- end -->\n", re.MULTILINE | re.DOTALL)
NAMES = re.compile(r"`\d\w\.[\w-]+`(?:(?:, | and )`\d\w\.[\w-]+`)*")
PART = {"# Part 1": "fork", "# Part 2": "pool", "# Part 3": "locks", "# What it costs": "comparison"}
HELPED = dict(zip(ASSISTANTS, (
    "Programs that write code or answers for you are not allowed.",
    "You may ask a program that writes code. Keep a log of what you asked and of what you took, and show it when you are asked.",
    "You may use any program that helps you. You answer for every line that you hand in.")))


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
    for place, lines in (POINTS, rows(rubric, titles)), (RULES, rules(course)):
        handout = place.sub(lambda m, text="\n".join(lines): f"{m[1]}{text}\n{m[2]}", handout)
    return handout


def cut(handout: str, rubric: dict) -> str:
    """The handout with nothing but what the rubric asks."""
    checks = {c["id"] for c in rubric["check"] if not c.get("condition")}
    tasks = {c["task"] for c in rubric["check"] if c.get("points")} | {"0a"}
    kept = []
    for section in SECTION.split(handout):
        part = next((PART[head] for head in PART if section.startswith(head)), "")
        title = TITLE.match(section)
        if (title and title[1] not in tasks) or (part and not tasks & set(profiles.PARTS[part])):
            continue
        kept.append(section)
    text = ONLY.sub(lambda m: m[2] if m[1] in checks | tasks else "", "".join(kept))
    text = ROW.sub(lambda m: m[0] if m[1] in tasks else "", text)
    return examples(NAMES.sub(lambda m: _listed(m[0], checks), text), tasks)


def plain(handout: str) -> str:
    """The handout without the marks of what is asked in some courses only."""
    return ONLY.sub(lambda m: m[2], handout)


def _listed(names: str, checks: Collection[str]) -> str:
    """A list of checks, without those that there are not."""
    *first, last = [n for n in re.findall(r"`\S+?`", names) if n.strip("`") in checks] or [""]
    return ", ".join(first) + " and " + last if first else last


def examples(text: str, tasks: Collection[str]) -> str:
    """Commands that are there for an example, with a task that is asked."""
    parts = [part for part in ("fork", "pool", "locks") if tasks & set(profiles.PARTS[part])]
    asked = [task for task in profiles.TASKS if task in tasks] or ["0a"]
    for part in {"fork", "pool", "locks"} - set(parts) if parts else ():
        text = text.replace(f"PART={part}", f"PART={parts[0]}")
        text = text.replace(f"`starter/{part}/`, ", "").replace(f" and `starter/{part}/`", "")
    return re.sub(r"TASK=(\w+)", lambda m: m[0] if m[1] in tasks else "TASK=" + next(
        (task for task in asked if task[0] == m[1][0]), asked[0]), text)


def main(arguments: list[str]) -> int:
    names = [a for a in arguments if a != "--check"]
    path = Path(names[0]) if names else ROOT / "handout.md"
    old = path.read_text("utf-8")
    new = filled(old, tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8")), read())
    if new == old:
        return 0
    if "--check" in arguments:
        print(f"{path.name}: the points or the rules are out of date; run make starter", file=sys.stderr)
        return 1
    path.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

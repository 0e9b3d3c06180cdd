"""Commands that stand in a text for an example: those of a course name what it has."""
import re

from grader.course import profiles
from grader.course.asked import FIRST, Asked

DIRECTORIES = ("fork", "pool", "locks")


def fitted(text: str, asked: Asked) -> str:
    """The text with other tasks and parts where the course lacks those it names."""
    there = [part for part in DIRECTORIES if part in asked.parts]
    for part in set(DIRECTORIES) - set(there) if there else ():
        text = re.sub(rf"\bPART={part}\b", f"PART={there[0]}", text)
        text = re.sub(rf" FAIL={part}:\d+", "", text)     # it is a call of that part alone
        text = text.replace(f"`starter/{part}/`, ", "").replace(f" and `starter/{part}/`", "")
    return re.sub(r"\bTASK=(\w+)((?:\.[\w-]+)?)", lambda m: _task(m[1], m[2], asked), text)


def _task(task: str, check: str, asked: Asked) -> str:
    """TASK= and that task, or the first one that is there, of the same part if it can be."""
    if task in asked.tasks and (not check or task + check in asked.checks):
        return f"TASK={task}{check}"
    known = [t for t in profiles.TASKS if t in asked.tasks] or [FIRST]
    instead = task if task in asked.tasks else next((t for t in known if t[0] == task[0]), known[0])
    checks = [id for id in sorted(asked.checks) if id.startswith(f"{instead}.")] if check else []
    return f"TASK={checks[0] if checks else instead}"

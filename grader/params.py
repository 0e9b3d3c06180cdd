"""Numbers per student: the same in the student's kit and in the grader.

    python3 -m grader.params STUDENT [TASK]
"""
import hashlib
import hmac
import sys
import tomllib
from pathlib import Path
from typing import Optional

COURSE = Path(__file__).parent / "course.toml"


def params(student: str, task: str, course: Optional[dict] = None) -> dict[str, int]:
    """The numbers of one task for one student; {} for a task that has none.

    course is course.toml as a table. Without a student id, or with
    per_student = false, everybody has the lower ends of the ranges."""
    course = course if course is not None else tomllib.loads(COURSE.read_text("utf-8"))
    numbers = course.get("numbers", {})
    student = student.strip().lower()
    found = {}
    for name, (least, most) in sorted(course.get("params", {}).get(task, {}).items()):
        if not (isinstance(least, int) and isinstance(most, int) and least <= most):
            raise ValueError(f"course.toml: params.{task}.{name} must be [least, most]")
        drawn = _draw(numbers.get("key", ""), f"{student} {task} {name}", most - least + 1)
        found[name] = least + (drawn if student and numbers.get("per_student", True) else 0)
    return found


def drawn(student: str, course: Optional[dict] = None) -> dict[str, int]:
    """All numbers of one student: "2c.capacity" -> 14. Raises as params does."""
    course = course if course is not None else tomllib.loads(COURSE.read_text("utf-8"))
    return {f"{task}.{name}": value for task in sorted(course.get("params", {}))
            for name, value in params(student, task, course).items()}


def _draw(key: str, text: str, n: int) -> int:
    """A number from 0 to n - 1, the same for ever for the same key and text."""
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") % n


def main(args: list[str]) -> int:
    if not 1 <= len(args) <= 2:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    course = tomllib.loads(COURSE.read_text("utf-8"))
    for task in args[1:] or sorted(course.get("params", {})):
        for name, value in params(args[0], task, course).items():
            print(f"{task} {name} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What is noted of when a submission came."""
from datetime import datetime, timezone
from pathlib import Path
from typing import Container, Mapping, Optional

from grader.course.dates import Lateness, Longer, extensions, lateness
from grader.course.read import Course


def extended(course: Course) -> Mapping[str, Longer]:
    """The longer times of a course, by student. Raises ValueError, OSError."""
    return extensions(course.extensions) if course.extensions else {}


def of_student(student: str, longer: Mapping[str, Longer]) -> str:
    """The id by which the extensions know a student; "" where they do not."""
    id = student.strip().lower()
    return id if id in longer else ""


def nobodys(course: Course, longer: Mapping[str, Longer], students: Container[str]) -> list[str]:
    """A sentence for each extension that no submission has asked for: its id
    may be written in another way there."""
    name = course.extensions.name if course.extensions else ""
    return [f"{name}:{more.line}: no graded submission has the student id {id} in its answers.toml"
            for id, more in longer.items() if id not in students]


def late(path: Path, student: str, course: Course, longer: Mapping[str, Longer]) -> Optional[Lateness]:
    """None for a submission that came in time, or of which nobody knows when:
    an archive has the time at which it was written, a directory has none."""
    if not course.due or not path.is_file():
        return None
    when = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    more = longer.get(of_student(student, longer))
    return lateness(when, course.due, course.late, *([more.time] if more else []))


def told(found: Optional[Lateness], path: Path, course: Course, score: float) -> Optional[dict]:
    """What result.json keeps of it, None for nothing. The score itself is not
    touched: `left` is what remains of it."""
    if course.due and not path.is_file():
        return {"days": 0, "left": score, "said": "a directory does not tell when it was handed in"}
    if not found:
        return None
    left = round(score * (100 - found.percent) / 100, 2)
    when = found.handed_in.astimezone(found.due.tzinfo)
    return {"days": found.days, "left": left, "said":
            f"handed in {when:%Y-%m-%d %H:%M}, due {found.due:%Y-%m-%d %H:%M} ({found.due.tzinfo}): {found.days} "
            f"day{'s' * (found.days != 1)} late, {found.percent:g} % less: {left:g} of {score:g} points are left"}

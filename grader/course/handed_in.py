"""What is noted of when a submission came."""
from datetime import datetime, timezone
from pathlib import Path
from typing import Mapping, Optional

from grader.course.dates import Lateness, extensions, lateness
from grader.course.read import Course


def extended(course: Course) -> Mapping[str, object]:
    """The longer times of a course, by student. Raises ValueError, OSError."""
    return extensions(course.extensions) if course.extensions else {}


def late(path: Path, student: str, course: Course, longer: Mapping) -> Optional[Lateness]:
    """None for a submission that came in time, or of which nobody knows when:
    an archive has the time at which it was written, a directory has none."""
    if not course.due or not path.is_file():
        return None
    when = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    more = longer.get(student.strip().lower())
    return lateness(when, course.due, course.late, *([more] if more else []))


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

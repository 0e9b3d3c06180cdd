"""What course.toml decides, or what is wrong in it."""

from pathlib import Path

from grader.doctor.answer import Answer

GRADER = Path(__file__).resolve().parents[1]


def decided() -> Answer:
    """One answer for the whole file; each mistake with its line."""
    try:
        from grader.course.read import read
        from grader.course.tailor import rubric_text
    except ImportError:     # no TOML library before Python 3.11: said elsewhere
        return Answer(False, "course.toml", "Python 3.11 or newer can read it")
    try:
        rubric_text(GRADER / "rubric.toml")
        course = read()
    except (OSError, ValueError) as error:
        return Answer(False, "course.toml", str(error))
    return Answer(True, f"course.toml: {course.term or 'no term'}, profile {course.profile}")

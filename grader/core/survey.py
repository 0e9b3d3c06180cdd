"""What a student says and nobody grades: predictions, and the hours a task took.

They go into the result as they are, for the report on a class, which shows them
in sums alone. Where a number of the question is the student's own, it goes
with the prediction: 70 of 70 clients is the same guess as 64 of 64.
"""
from pathlib import Path

from grader.core import answers
from grader.params import params
from lab.predict.answers import LONGEST, SAID


def read(path: Path) -> dict[str, dict]:
    """The fields predictions and hours of a result; empty ones for answers
    that are missing or cannot be read, which a note of the result says."""
    try:
        told = answers.read(path)
    except (OSError, ValueError):
        return {"predictions": {}, "hours": {}}
    said = {task: _line(table.get(SAID)) for task, table in told.tasks.items()}
    return {
        "predictions": {task: {"said": text, "numbers": params(told.student, task)}
                        for task, text in said.items() if text},
        # 0 is how the file begins, and no task takes no time.
        "hours": {task: float(table["hours"]) for task, table in told.tasks.items() if table.get("hours")},
    }


def _line(said: object) -> str:
    """One line of what make predict would keep; "" for what is no text."""
    text = said if isinstance(said, str) else ""
    return "".join(c if c.isprintable() else " " for c in text[:LONGEST]).strip()

"""What a student had predicted of the comparison: kept, and as make predict left it.

Whether it was right is nobody's concern. Whether it was there before the
measurement is said, and never graded.
"""
from typing import Optional

from grader.bench import seal
from grader.checks import measured, questions
from grader.core.answers import Answers
from grader.core.record import Failed
from grader.core.subject import Case
from lab.predict.answers import AT, HASH, SAID, fingerprint

SHOWN = 60              # characters


def both(case: Case) -> str:
    """The prediction of the case's question, and of the one before it. Raises Failed."""
    told, number = questions.read(case), int(case.task[1:])
    tasks = f"q{number - 1}", f"q{number}"
    marks = {task: _kept(told, task) for task in tasks}
    known = _known(case)
    return "; ".join(f"{task}: {_shown(told.tasks[task][SAID])}{_when(known, task, marks[task])}" for task in tasks)


def _kept(told: Answers, task: str) -> str:
    """The fingerprint of a prediction. Raises Failed where there is none, or another one."""
    said, at, mark = (told.tasks.get(task, {}).get(name, "") for name in (SAID, AT, HASH))
    if not isinstance(said, str) or not said.strip():
        raise Failed(f"{task} was not predicted: make predict TASK={task}", ["not-predicted"])
    if not isinstance(at, str) or mark != fingerprint(task, said, at):
        raise Failed(f"the prediction of {task} is not as make predict has written it; say it again: "
                     f"make predict TASK={task}", ["prediction-edited"])
    return mark


def _known(case: Case) -> Optional[dict]:
    """What had been predicted when it was measured; None where nothing was, or it cannot be read."""
    try:
        return measured.read(case.subject.directory / seal.NAME).predicted
    except Failed:
        return None


def _when(known: Optional[dict], task: str, mark: str) -> str:
    if known is None:
        return ""
    return f" ({questions.BEFORE if known.get(task) == mark else questions.AFTER})"


def _shown(said: str) -> str:
    return "".join(c for c in said[:SHOWN] if c.isprintable())

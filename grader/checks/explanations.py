"""The comparison's four explanations: there, and short. A person reads them
(grader/core/reading.py); until then they are not measured."""
from grader.checks import questions
from grader.core import marks
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Blocked, Case

WORDS, LETTERS = 60, 1000
BESIDE = {"e1": ("q2", "q8"), "e2": ("q3", "q4"), "e3": ("q6",), "e4": tuple(f"q{n}" for n in range(1, 9))}


def written(case: Case) -> str:
    """What was written down. Raises Failed for nothing, and for too much."""
    text = questions.read(case).tasks.get(case.task, {}).get("text", "")
    if not isinstance(text, str):
        raise Failed(f"answers.toml: [{case.task}] text should be a text", ["answer-unreadable"])
    if not text.strip():
        raise Failed(f"answers.toml: [{case.task}] has no text yet", ["answer-missing"])
    words, letters = len(text.split()), len(text)
    if words > WORDS or letters > LETTERS:
        raise Failed(f"answers.toml: [{case.task}] text has {words} words and {letters} letters, and at most {WORDS} "
                     f"and {LETTERS} are read", ["explanation-too-long"])
    return text.strip()


def beside(case: Case) -> str:
    """The student's own numbers of the questions that the explanation is about."""
    tasks = questions.read(case).tasks
    told = [f"{task} {name:.20} = {value!r:.20}" for task in BESIDE[case.task]
            for name, value in tasks.get(task, {}).items() if isinstance(value, (int, float)) and name != "hours"]
    return "; ".join(told) or "no numbers"


def mechanism(case: Case) -> None:
    """Raises NotMeasured, with what there is to read, or Failed."""
    raise NotMeasured(marks.UNREAD, marks.evidence(written(case), beside(case)))


def number(case: Case) -> None:
    """The same text, which the first check shows; if there is none, one failure is enough.
    Raises NotMeasured, Blocked."""
    try:
        written(case)
    except Failed as error:
        raise Blocked(f"{case.task}.mechanism") from error
    raise NotMeasured(marks.UNREAD)

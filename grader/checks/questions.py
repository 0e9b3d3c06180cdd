"""What a student writes down for a question of the comparison (LAB: q1 to q8).

Where arithmetic gives the number, arithmetic is the measure. Some numbers of a
question are the student's own (grader/params.py); make predict says them.
"""
import math
from dataclasses import dataclass

from grader.checks.by_hand import whose
from grader.core import answers
from grader.core.record import Failed
from grader.core.subject import Case
from grader.params import params

WORKERS = 8             # of the pool, where a question gives no other number
CLIENTS = 8             # of task 3c
BEFORE, AFTER = "predicted before it was measured", "predicted, or changed, after it was measured"
SHOWN = 100             # characters of a prediction


@dataclass(frozen=True)
class Answered:
    """A student's answer to one question: the numbers asked for, in order."""

    task: str
    names: tuple[str, ...]
    numbers: tuple[float, ...]
    student: str
    design: str
    predicted: str

    @property
    def own(self) -> dict[str, int]:
        """The student's numbers of this question; {} where everybody has the same."""
        return params(self.student, self.task)

    @property
    def everybodys(self) -> dict[str, int]:
        """Those of who has no id."""
        return params("", self.task)

    def __str__(self) -> str:
        return " and ".join(f"{name} = {number:.6g}" for name, number in zip(self.names, self.numbers))

    def said(self, about: str = "") -> str:
        """What was answered, of whose numbers, and what had been expected."""
        own = ", ".join(f"{name} {value}" for name, value in self.own.items())
        return (f"{self}" + f" ({own}: {whose(self.student)})" * bool(own) + f"; {about}" * bool(about)
                + f"; predicted: {self.predicted}" * bool(self.predicted))


def answered(case: Case, *names: str) -> Answered:
    """The answer to the case's question. Raises Failed where there is none."""
    told = read(case)
    table = told.tasks.get(case.task, {})
    numbers = tuple(_number(case.task, name, table.get(name, -1)) for name in names)
    predicted = table.get("predict", "")
    shown = "".join(c for c in str(predicted)[:SHOWN] if c.isprintable())
    return Answered(case.task, names, numbers, told.student, told.design, shown)


def read(case: Case) -> answers.Answers:
    """All answers. Raises Failed."""
    try:
        return answers.read(case.subject.directory / "answers.toml")
    except FileNotFoundError as error:
        raise Failed("there is no answers.toml", ["answer-missing"]) from error
    except (OSError, ValueError) as error:
        raise Failed(str(error), ["answer-unreadable"]) from error


def _number(task: str, name: str, value: object) -> float:
    """A number as it stands there. Raises Failed for none, and for one that no answer can be."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Failed(f"answers.toml: [{task}] {name} should be a number, and is {value!r:.60}", ["answer-unreadable"])
    if value < 0:
        raise Failed(f"answers.toml: [{task}] has no {name} yet", ["answer-missing"])
    return float(value)


def close(number: float, right: float, within: float) -> bool:
    """Whether it is right within a share of the right one."""
    return abs(number - right) <= within * right


def must_be(answer: Answered, right: bool, elsewhere: bool, causes: list[str]) -> str:
    """What there is to say of a right answer. Raises Failed for a wrong one;
    elsewhere: it is right for the numbers of who has no id."""
    if right:
        return answer.said()
    if elsewhere and answer.own != answer.everybodys:
        raise Failed(answer.said("right for the numbers of who has no id"), ["number-of-other-numbers"])
    raise Failed(answer.said(), causes)


def accepted(case: Case) -> str:
    """q1: in service, in the queue, and in the hand of who accepts."""
    answer = answered(case, "accepted")
    [said] = answer.numbers

    def right(own: dict[str, int]) -> bool:
        # Where each worker accepts for itself, nobody waits accepted.
        given = answer.design == "given"
        return said == own["workers"] + own["capacity"] + 1 or not given and said == own["workers"]
    near = said < answer.own["clients"]
    cause = "accepted-miscounted" if near else "connected-is-not-accepted"
    return must_be(answer, right(answer.own), right(answer.everybodys), [cause])


def rate(case: Case) -> str:
    """q2: each of the workers ends one request in each wait."""
    answer = answered(case, "rate")
    [said] = answer.numbers

    def ceiling(own: dict[str, int]) -> float:
        return 1000 * WORKERS / own["wait"]
    cause = "waiting-is-no-work" if said > 2 * ceiling(answer.own) else "ceiling-missed"
    return must_be(answer, close(said, ceiling(answer.own), 0.05), close(said, ceiling(answer.everybodys), 0.05), [cause])


def survivors(case: Case) -> str:
    """q6: whoever has a process of its own, and nobody in the pool's."""
    answer = answered(case, "fork", "pool")

    def right(own: dict[str, int]) -> bool:
        return answer.numbers == (own["clients"], 0)
    return must_be(answer, right(answer.own), right(answer.everybodys), ["crash-is-not-shared"])


def lock(case: Case) -> str:
    """q7: one at a time with the lock, and as many as there are workers without."""
    return _ratio(case, min(CLIENTS, WORKERS), 0.10, "lock-is-not-cheap")


def latency(case: Case) -> str:
    """q8: who does not wait in the queue waits before it."""
    return _ratio(case, 1.0, 0.05, "queue-makes-no-speed")


def _ratio(case: Case, right: float, within: float, cause: str) -> str:
    """A ratio that is the same for everybody."""
    answer = answered(case, "ratio")
    return must_be(answer, close(answer.numbers[0], right, within), False, [cause])

"""The comparison's questions that no arithmetic answers: they are held against
the student's own measurement, and that against EchoCo's."""
from typing import Callable

from grader.bench import seal
from grader.checks import measured, questions
from grader.checks.measured import Measured, Range
from grader.core.record import Failed
from grader.core.subject import Case
from lab.predict.answers import predicted

MAGNITUDE = 10          # machines differ; not by more


def differ(mine: Range, theirs: Range) -> bool:
    """Whether one is clearly above 1 and the other clearly below, or one is of another order of magnitude."""
    opposite = mine.low > 1 > theirs.high or mine.high < 1 < theirs.low
    return opposite or not theirs.middle / MAGNITUDE <= mine.middle <= theirs.middle * MAGNITUDE


def as_measured(case: Case, of: Callable[[Measured], Range]) -> str:
    """The answer is what the own measurement says, and that agrees with EchoCo's
    where there is one. Raises Failed, NotMeasured."""
    answer = questions.answered(case, "ratio")
    found = measured.read(case.subject.directory / seal.NAME)
    mine, ours = of(found), measured.ours()
    notes = "; ".join([f"measured: {mine}", *foretold(case, found), *found.notes])
    if not mine.holds(answer.numbers[0]):
        raise Failed(answer.said(notes), ["number-not-as-measured"])
    if ours and differ(mine, of(ours)):
        raise Failed(answer.said(f"{notes}; with EchoCo's servers: {of(ours)}"), ["measured-otherwise"])
    return answer.said(notes)


def foretold(case: Case, found: Measured) -> list[str]:
    """Whether what was predicted had been there before it was measured: said, and never graded."""
    mark = predicted(case.subject.directory / "answers.toml").get(case.task)
    if not mark:
        return []
    return [questions.BEFORE if (found.predicted or {}).get(case.task) == mark else questions.AFTER]


def cpu(case: Case) -> str:
    """q3: of a connection, a process against a pool."""
    return as_measured(case, lambda m: m.ratio("fork.wait0.cpu", "pool"))


def memory(case: Case) -> str:
    """q4: of a client who waits, a process against a thread."""
    return as_measured(case, lambda m: m.ratio("fork.held.memory", "thread"))


def rate(case: Case) -> str:
    """q5: of requests without waiting, serial against a process each."""
    return as_measured(case, lambda m: m.quotient("serial.wait0.rate", "fork.wait0.rate"))

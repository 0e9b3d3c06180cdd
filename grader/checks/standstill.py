"""What the picture of a server that stands still says of a check of 2b."""
import functools
import inspect
from typing import Callable, Optional

from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Blocked, Case
from grader.observe.stuck import EACH_OTHER, NO_STACKS

OWN = "stats.c"
ORDERS = "locks-in-two-orders"


def off_the_numbers(measure: Callable[[Case], Optional[str]]):
    """Where a check hangs, look where the threads are (known when the server
    has been left). In a ring of locks, the order is the cause. With no thread
    in stats.c, or where nobody can say where they are, the numbers are hardly
    to blame: they are measured again among EchoCo's modules, and where those
    are not here, not at all."""
    @functools.wraps(measure)
    def measured(case: Case) -> Optional[str]:
        try:
            return measure(case)
        except Failed as failed:
            picture = _picture(failed)
            if EACH_OTHER in picture:
                failed.causes = [ORDERS]
            if picture and f"{case.part.id}/{OWN}:" not in picture:
                _measure_elsewhere(case, inspect.unwrap(measure), failed)
            if NO_STACKS in picture and ORDERS not in failed.causes:
                failed.causes.append(ORDERS)    # a ring would look no different
            raise
    return measured


def _picture(failed: Failed) -> str:
    """Where the threads were, or "" if it was no hang."""
    return next((e["text"] for e in failed.evidence if e.get("title") == "where its threads are"), "")


def _measure_elsewhere(case: Case, measure: Callable[[Case], Optional[str]], failed: Failed) -> None:
    """Raise what is to be said instead of this failure; return if nothing is."""
    if OWN not in case.subject.builder.student_files(case.part.id):
        return                  # the numbers are kept in another file
    if case.in_company(OWN) is None:
        raise _unreached(case, failed) from failed
    case.alone = True
    try:
        for _ in range(3):      # as in attributed: once might be luck
            measure(case)
    except Failed:
        return
    finally:
        case.alone = False
    raise Passed(f"with EchoCo's serve.c and queue.c; with the submission's own: {failed.observed}",
                 failed.evidence, {"serve.c": failed.observed}) from failed


def _unreached(case: Case, failed: Failed) -> Exception:
    """Without EchoCo's modules: what has to be right first, where that is known."""
    others = [case.subject.module_failed(case.part, m) for m in case.part.modules if m != OWN]
    first = next((why for why in others if case.subject.rubric.check(why)), "")
    if first:
        return Blocked(first)
    return NotMeasured(f"the server stands still with no thread in {OWN}, so that the numbers cannot be "
                       f"measured on it: {failed.observed}")

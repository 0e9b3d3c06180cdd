"""2e: everybody goes home, in all orders of the server's steps."""
from grader.checks.common import attributed, check
from grader.checks.orders import explored
from grader.checks.stop_causes import of_stop
from grader.core.record import NotMeasured
from grader.core.subject import Case
from grader.explore import tell

# A thread that is left behind is what this is about; a race is 2b's.
HARMLESS = ("data-race",)


@check("2e.exhausted")
@attributed
def test_no_order_hangs_or_loses_a_client(case: Case) -> str:
    claims, unknown = explored(case, of_stop, HARMLESS)
    if not claims:
        raise NotMeasured(f"the orders of this server's steps cannot be explored: {unknown[0]}")
    runs, least = sum(c.runs for c in claims), min(c.exhausted for c in claims)
    every = "" if least < 0 else f", with all orders of at most {tell.preemptions(least)} among them"
    return f"in {runs} runs of the whole server nobody hangs and no client is lost{every}"

"""2e: everybody goes home, in all orders of the server's steps."""
from grader.checks.common import attributed, check
from grader.checks.orders import in_all_scenarios
from grader.checks.stop_causes import of_stop
from grader.core.subject import Case


@check("2e.exhausted")
@attributed
def test_no_order_hangs_or_loses_a_client(case: Case) -> str:
    runs, every = in_all_scenarios(case, of_stop)
    return f"in {runs} runs of the whole server nobody hangs and no client is lost{every}"

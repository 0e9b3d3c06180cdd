"""Task 2a: a race that no test shows, made to happen on paper."""
from grader.checks.by_hand import count_is_right, schedule_ends_at_target
from grader.checks.common import check
from grader.core.subject import Case


@check("2a.count")
def test_the_orders_that_lose_nothing_are_counted(case: Case) -> str:
    return count_is_right(case)


@check("2a.schedule")
def test_the_schedule_ends_at_its_target(case: Case) -> None:
    schedule_ends_at_target(case)

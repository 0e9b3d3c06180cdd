"""Task 2a: a race that no test shows, made to happen on paper."""
from grader.checks.by_hand import count_is_right, schedule_ends_at_target
from grader.checks.common import check
from grader.checks.report_blanks import NAMES, blanks_agree
from grader.core.subject import Case


@check("2a.count")
def test_the_orders_that_lose_nothing_are_counted(case: Case) -> str:
    return count_is_right(case)


@check("2a.schedule")
def test_the_schedule_ends_at_its_target(case: Case) -> None:
    schedule_ends_at_target(case)


@check("2a.report")
def test_half_of_a_race_report_is_read_rightly(case: Case) -> str:
    return blanks_agree(case, len(NAMES) // 2)


@check("2a.report-whole")
def test_a_race_report_is_read_rightly(case: Case) -> str:
    return blanks_agree(case, len(NAMES))

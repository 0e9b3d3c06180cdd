"""2b, the zoo: six counters, each right or wrong."""
from grader.checks.common import check
from grader.checks.zoo import zoo_is_told_rightly
from grader.core.subject import Case


@check("2b.zoo")
def test_six_counters_are_told_right_from_wrong(case: Case) -> None:
    zoo_is_told_rightly(case)

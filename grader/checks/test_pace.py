"""1a.pace, 2d.pace: as fast as EchoCo's server?

Told, without points, and nothing depends on it. The harness has these only
where nothing else is measured meanwhile.
"""
from grader.checks.common import check
from grader.checks.timed import in_pace
from grader.core.subject import Case


@check("1a.pace")
def test_processes_are_as_fast_as_echocos(case: Case) -> str:
    return in_pace(case)


@check("2d.pace")
def test_a_pool_is_as_fast_as_echocos(case: Case) -> str:
    return in_pace(case)

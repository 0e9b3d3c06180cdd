"""A hidden check, for the tests of hidden checks."""
from grader.checks.common import check
from grader.core.record import Failed
from grader.core.subject import Case


@check("1a.endurance")
def test_three_hundred_clients_are_served(case: Case) -> str:
    with case.server() as server:
        served = server.one_by_one(case.bodies(300))
        if served != 300:
            raise Failed(f"{served} of 300 clients were served", ["table-full"])
    return "300 clients were served"

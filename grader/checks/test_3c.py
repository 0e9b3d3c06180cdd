"""3c: holding on too long."""
from grader.checks.common import attributed, check, crowd
from grader.checks.lock_causes import of_credit
from grader.checks.numbers import luck_of
from grader.checks.orders import and_in_all_orders
from grader.checks.paths import status
from grader.core.record import Failed
from grader.core.subject import Case
from grader.observe.client import request
from grader.observe.server import Server

CLIENTS, CREDITS, BAD = 16, 8, 3


@check("3c.together")
@attributed
def test_two_requests_take_their_time_side_by_side(case: Case) -> str:
    for wait in 3000, 9000:
        if _second_is_first(case, wait):
            return "while one client's request takes its time, another's begins and ends"
    raise Failed("one client asked for 9 s of work; another, who asked for none, was answered only after it",
                 ["lock-held-while-waiting"])


def _second_is_first(case: Case, wait: int) -> bool:
    """Whether a client without wait is served while another's wait lasts."""
    with case.server("-c", "100") as server:
        first = server.client().ask(case.bytes(100), wait)
        server.until(lambda: server.accepted() >= 1)
        server.settle()
        second = server.client().ask(case.bytes(100))
        server.until(lambda: first.done or second.done, quiet=2 + wait / 1000)
        if not first.done and not second.done:
            raise Failed(f"neither of two clients was answered: {server.why}", ["lock-kept"])
        return second.done and not first.done


@check("3c.exact")
def test_no_credit_is_spent_twice_or_lost(case: Case) -> str:
    return and_in_all_orders(case, _exact, of_credit)


@attributed
def _exact(case: Case) -> str:
    for n in range(case.times(3, 1)):
        luck = luck_of(case, "20000:10", n)
        with case.server("-c", str(CREDITS), program=case.delayed(case.program()), workers=CLIENTS, luck=luck) as server:
            _fail_first(server)
            clients = crowd(server, case.bodies(CLIENTS), wait=30)
            _must_fit(server, clients, luck)
            late = server.ask(case.bytes(10))
            if status(late) != 429:
                raise Failed(f"{CREDITS} credits were spent, and one who came later got {status(late)} ({luck})",
                             ["credit-overdrawn"])
    return (f"{BAD} requests failed, then {CLIENTS} came for {CREDITS} credits, with delays: {CREDITS} were served and "
            f"{CLIENTS - CREDITS} turned away")


def _fail_first(server: Server) -> None:
    """Requests that cannot be done cost nothing."""
    for _ in range(BAD):
        client = server.client()
        client.send(request(b"x").replace(b"/echo", b"/echo?wait=soon", 1))
        server.until(lambda: client.done)
        if status(client) != 400:
            raise Failed(f"a request with a wait that is no number got {status(client)}, and not 400; {server.why}",
                         ["lock-kept" if client.reply is None else "credit-lost"])


def _must_fit(server: Server, clients: list, luck: str) -> None:
    served, away = sum(c.echoed for c in clients), sum(status(c) == 429 for c in clients)
    if (served, away) == (CREDITS, CLIENTS - CREDITS):
        return
    said = f"of {CLIENTS} clients {served} were served and {away} turned away, with {CREDITS} credits"
    if served + away < CLIENTS:
        raise Failed(f"{said}, and the others were not answered: {server.why} ({luck})", ["lock-kept"])
    raise Failed(f"{said} ({luck})", ["credit-overdrawn" if served > CREDITS else "credit-lost"])

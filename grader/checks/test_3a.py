"""3a: two locks."""
import json

from grader.checks.circle import cycle_is_right, schedule_stops_them
from grader.checks.common import attributed, check, must_echo
from grader.checks.lock_causes import of_journal
from grader.checks.numbers import luck_of
from grader.checks.orders import and_in_all_orders
from grader.checks.paths import get, journal, status
from grader.checks.testimony import name_the_locks
from grader.core.record import Failed
from grader.core.subject import Case
from grader.observe.client import Client
from grader.observe.server import Server

ADDED, READ, AT_ONCE = (48, 16), (48, 16), 12      # clients, in a grade and in a quick look
STOPS = ["locks-in-two-orders", "lock-kept"]


@check("3a.cycle")
def test_the_circle_is_read_rightly(case: Case) -> str:
    return cycle_is_right(case)


@check("3a.schedule")
def test_the_schedule_stops_them(case: Case) -> None:
    schedule_stops_them(case)


@check("3a.no-deadlock")
def test_no_order_of_two_threads_stops_them(case: Case) -> str:
    try:
        return and_in_all_orders(case, _add_and_read, of_journal)
    except Failed as failed:
        name_the_locks(case, failed)
        raise


@attributed
def _add_and_read(case: Case) -> str:
    """Some echo, and as many read the journal meanwhile, with delays between
    one lock and the next."""
    added, read = case.times(*ADDED), case.times(*READ)
    luck = luck_of(case, "20000:10")
    with case.server(program=case.delayed(case.program()), workers=8, luck=luck) as server:
        journal(server, STOPS)          # an empty one, too
        bodies = [case.bytes(n + 1) for n in range(added)]
        _all_together(server, bodies, read, luck)
        said = journal(server, STOPS)
        _must_agree(said, bodies, luck)
    return (f"{added} echoes and {read} readings, {AT_ONCE} at once, with delays: all answered, and journal "
            "and totals are exact")


def _all_together(server: Server, bodies: list[bytes], read: int, luck: str) -> None:
    """Raise Failed unless everybody is answered."""
    echoes: list[Client] = []
    readings: list[Client] = []
    there = lambda: sum(not c.done for c in echoes + readings)
    for n in range(max(len(bodies), read)):
        if not server.until(lambda: there() < AT_ONCE):
            break
        echoes += [server.client().ask(bodies[n])] if n < len(bodies) else []
        readings += [get(server, "/journal")] if n < read else []
    else:
        server.until(lambda: not there())
    if not there():
        must_echo(server, echoes, "clients")
    answered = sum(c.echoed for c in echoes), sum(status(c) == 200 for c in readings)
    if answered != (len(bodies), read):
        raise Failed(f"{answered[0]} of {len(bodies)} echoes and {answered[1]} of {read} readings of the journal were "
                     f"answered; {server.why} ({luck})", STOPS if "stands still" in server.why else ["asks-in-vain"])


def _must_agree(said: dict, bodies: list[bytes], luck: str) -> None:
    sizes, numbers = [len(b) for b in bodies], [number for number, _ in said["last"]]
    seen = (said["entries"], said["bytes"], len(set(numbers)))
    if seen != (len(bodies), sum(sizes), min(8, len(bodies))) or not set(numbers) <= set(range(1, len(bodies) + 1)) \
            or not {n for _, n in said["last"]} <= set(sizes):
        raise Failed(f"{len(bodies)} echoes of {sum(sizes)} bytes in all, and GET /journal says {json.dumps(said)} "
                     f"({luck})", ["journal-inexact"])

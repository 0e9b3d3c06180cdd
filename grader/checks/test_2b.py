"""2b: one lock, four numbers."""
import json
from functools import partial
from typing import Optional

from grader.checks.common import attributed, check, crowd, in_service, must_echo, side_by_side
from grader.checks.numbers import (Readers, Writers, come_and_go, luck_of, must_be_answered,
                                   must_count)
from grader.checks.look import stats
from grader.checks.order_causes import of_numbers
from grader.checks.orders import and_in_all_orders
from grader.checks.standstill import ORDERS, off_the_numbers
from grader.checks.testimony import heard, in_no_order, name_the_lines, on_stats
from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Case, Program
from grader.observe.client import request
from grader.witness import helgrind


@check("2b.exact")
def test_no_request_is_counted_wrongly(case: Case) -> str:
    try:
        return and_in_all_orders(case, _exact, of_numbers)
    except Failed as failed:
        if "stats-lost-update" in failed.causes:
            name_the_lines(case, failed)
        raise


@off_the_numbers
@attributed
def _exact(case: Case) -> str:
    rounds = case.times(2, 1)
    side_by_side(*(partial(_one_round, case, luck_of(case, "20000:10", n)) for n in range(rounds)))
    return f"{rounds} times 64 requests, 16 at once, with delays: served, bytes and active exact"


def _one_round(case: Case, luck: str) -> None:
    """Clients come and go while few delays, long ones, hold some of them up."""
    with case.server(program=case.delayed(case.program()), workers=8, luck=luck) as server:
        clients = come_and_go(server, [case.bytes(n) for n in range(64)], 16)
        must_be_answered(server, case, clients, luck)
        must_count(server, clients, luck)


@check("2b.peak")
def test_the_most_at_once_is_exact(case: Case) -> str:
    return and_in_all_orders(case, _peak_is_exact, of_numbers)


@off_the_numbers
@attributed
def _peak_is_exact(case: Case) -> str:
    seen = _peak(case)
    return f"8 active at once: peak 8, and never below active (readings meanwhile: {seen})"


def _peak(case: Case) -> int:
    """Have 8 clients active at once. Returns how many readings that was."""
    program = case.delayed(case.program())
    luck = luck_of(case, "20000:100")   # a long one at every place
    for wait in 400, 1200, 3000, 9000:    # long enough for the last to come while the first is there
        seen = _eight_at_once(case, program, wait, luck)
        if seen:
            return seen
    raise NotMeasured("the machine is too slow to have eight clients in service for nine seconds")


def _eight_at_once(case: Case, program: Program, wait: int, luck: str) -> Optional[int]:
    """Have 8 clients come together, and read while they do. Returns how many
    readings that was, or None when the first had gone before the last came."""
    with case.server("-k", program=program, workers=8 + 3, luck=luck) as server:
        clients = [server.client() for _ in range(8)]
        for client, body in zip(clients, case.bodies(8)):
            client.body = body
            client.send(request(body, wait, expect=True))
        if not server.until(lambda: in_service(clients) == 8):
            raise Failed(f"{in_service(clients)} of 8 clients were in service with 11 workers; {server.why}",
                         ["client-lost"])
        readers, readings = Readers(server, 3), list[dict]()

        def look() -> bool:
            readers.ask()
            readings.extend(readers.take())
            _never_below(readings[-3:], luck)
            return any(r["active"] == 8 for r in readings[-3:]) or any(c.done for c in clients)

        for client in clients:
            client.send(client.body)
        server.until(look)
        together = any(r["active"] == 8 for r in readings)
        server.until(lambda: all(c.done for c in clients), quiet=2 + wait / 1000)
        must_be_answered(server, case, clients, luck)
        last = readers.last()
    if not together:
        return None
    if last["peak"] != 8:
        raise Failed(f"8 clients were active at once; when they had gone GET /stats said {json.dumps(last)} "
                     f"({luck})", ["stats-peak-late"])
    return len(readings)


def _never_below(readings: list[dict], luck: str) -> None:
    for seen in readings:
        if seen["active"] > seen["peak"]:
            raise Failed(f"while clients came GET /stats said {json.dumps(seen)}: more are active than ever were "
                         f"({luck})", ["stats-peak-late"])


@check("2b.snapshot")
def test_the_numbers_of_a_reading_belong_together(case: Case) -> str:
    return and_in_all_orders(case, _readings_agree, of_numbers)


@off_the_numbers
@attributed
def _readings_agree(case: Case) -> str:
    n, done = _snapshots(case, case.times(500, 125), case.times(100, 25))
    return f"{n} readings during {done} requests of 100 bytes: bytes = 100 x served in each"


def _snapshots(case: Case, readings: int, requests: int) -> tuple[int, int]:
    """Read while bodies of 100 bytes come, both at least so often. Returns how often."""
    program = case.delayed(case.program())
    luck = luck_of(case, "4000:30")
    with case.server("-k", program=program, workers=8, luck=luck) as server:
        writers, readers, n = Writers(server, 4, case.bytes(100)), Readers(server, 4), 0
        while n < readings or not writers.reach(requests) and n < 10 * readings:
            writers.reach(requests)
            readers.ask(5)
            for seen in readers.all():
                n += 1
                if seen["bytes"] != 100 * seen["served"]:
                    raise Failed(f"every body has 100 bytes, and GET /stats said {json.dumps(seen)} ({luck})",
                                 ["stats-torn"])
        if not server.until(lambda: writers.reach(requests)):
            raise Failed(f"{n} readings were answered, and {writers.done} of {requests} requests meanwhile: "
                         f"{server.why} ({luck})", ["stats-lock-kept"])
        return n, writers.done


@check("2b.race-check")
def test_no_race_that_two_witnesses_see(case: Case) -> str:
    program = case.program()
    with case.server(program=program) as server:    # silence of a server that serves nobody is none
        must_echo(server, crowd(server, case.bodies(8)), "clients")
        for _ in range(2):                          # the witnesses' load reads the numbers too
            stats(server)
    said = heard(case, program)
    findings = in_no_order(case, program, said.findings) if said.confirmed else said.findings
    evidence = [f.to_dict() for f in findings]
    confirmed = [f for f in findings if f.confirmed_by and f.kind == "race"]
    if confirmed:
        names = sorted({f.variable or f.kind for f in confirmed})
        raise Failed(f"under load, threads touch {', '.join(names)} without a common lock",
                     ["race-on-stats" if on_stats(confirmed) else "race-elsewhere"], evidence)
    if helgrind.available():            # says what has to be installed
        raise NotMeasured(said.reason)
    if said.reason:
        raise NotMeasured(f"the server behaves otherwise under the tool, or the tool failed; a person has "
                          f"to look: {said.reason}")
    if any(f.kind == "lock-order" for f in findings):
        raise Passed(_of_orders(case), evidence)
    if any(f.kind == "race" for f in said.confirmed):
        raise Passed("Helgrind reports what a second witness takes for no race as soon as it minds that "
                     "descriptors put threads in an order; no points lost", evidence)
    if evidence:
        raise Passed("Helgrind alone reports something, and no second witness confirms it: it does not "
                     "understand C11 atomics; no points lost", evidence)
    return "Helgrind is silent on the submission's files under load"


def _of_orders(case: Case) -> str:
    """What two orders of two locks mean: a hang, if one was seen."""
    hung = [r.check for r in case.subject.records.values() if r.part == case.part.id and ORDERS in r.causes]
    if hung:
        return f"locks are taken in two orders, and a hang came of it: {hung[0]} says so; no points lost here"
    return ("locks are taken in two orders; that is right where a third lock keeps the two apart, "
            "and a hang to come where none does; no points lost")


def _come_and_go(case: Case, n: int) -> None:
    """So many clients, and then the numbers are exactly theirs."""
    luck = luck_of(case, "10000:3")
    with case.server(program=case.delayed(case.program()), luck=luck) as server:
        clients = come_and_go(server, [case.bytes(i % 100) for i in range(n)], 64)
        must_be_answered(server, case, clients, luck)
        must_count(server, clients, luck)


@check("2b.fork")
@attributed
def test_processes_count_exactly_too(case: Case) -> str:
    n = case.times(400, 100)
    _, *readings = side_by_side(lambda: _come_and_go(case, n),
                                     lambda: _snapshots(case, case.times(200, 100), case.times(40, 20))[0],
                                     lambda: _peak(case))
    return (f"{n} requests, 64 at once, with delays: served, bytes and active exact; in {sum(readings)} readings meanwhile "
            f"the numbers belong together, and with 8 at once peak is 8")

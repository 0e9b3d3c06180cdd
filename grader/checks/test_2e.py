"""2e: everybody goes home."""
import time
from functools import partial
from typing import Callable, Iterator

from grader.checks.common import PATIENT, attributed, check, crowd, must_echo, must_end_well, side_by_side
from grader.checks.hold import C, W, rest
from grader.checks.look import in_flight
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case
from grader.observe import proc
from grader.observe.server import Server, describe

SWEPT, STOPS = "DELAY=7000:100", (16, 2)   # a delay at every place, and so many moments to stop at
ON_THE_WAY = "DELAY=20000:50", 2            # and so many clients
# One worker, so that nothing but one farewell stands between the stop and the
# end; few and long, so that the one is often late where the other is not.
ALONE, ROUNDS = "DELAY=40000:15", (12, 0)
LOOKS = 60          # at a server that does not take in more, and does not rest


@check("2e.idle")
@attributed
def test_sleeping_workers_go_home(case: Case) -> str:
    with case.server(*PATIENT, workers=W, capacity=C) as server:
        must_echo(server, crowd(server, case.bodies(2)), "clients")
        rest(server)
        before = len(proc.threads(server.pid))
        server.terminate()
        seen: list[tuple[int, list[str]]] = []      # while it is still there to be seen
        look = lambda: seen.append((len(proc.threads(server.pid)), _why_it_stays(server, case, before)))
        if not server.ended(meanwhile=look):
            if not seen:
                look()
            raise Failed(f"after SIGTERM the server did not end: {server.why}; {before} threads before, "
                         f"{seen[0][0]} now", seen[0][1])
        must_end_well(server, [])
    _with_a_thread_missing(case)
    return "SIGTERM with idle workers: status 0"


def _why_it_stays(server: Server, case: Case, before: int) -> list[str]:
    """Told to stop it still runs: who has not gone?"""
    left = len(proc.threads(server.pid))
    late = server.client().ask(case.bytes(100))
    server.until(lambda: late.done, quiet=0.3)
    if late.done and not late.refused and server.listens():
        return ["stop-keeps-listening", "stop-never-ends"]
    if left == before:
        return ["stop-wakes-nobody", "stop-never-ends"]
    return ["stop-one-wake-up" if left > 1 else "stop-never-ends"]


def _with_a_thread_missing(case: Case) -> None:
    """Every third thread cannot be made. Whether the server then refuses to
    start or goes on with fewer is its own affair; but it has noticed."""
    with case.server(workers=W, capacity=C, luck="FAIL=pthread_create:3") as server:
        rest(server)
        client = server.ask(case.bytes(100))
        if server.status is not None:
            return
        told = "every third pthread_create failed, "
        if not client.done:
            raise Failed(f"{told}and a client waits for ever: {server.why}", ["create-failure-ignored"])
        server.terminate()
        if not server.ended():
            raise Failed(f"{told}and after SIGTERM the server did not end: {server.why}", ["create-failure-ignored"])
        if server.status.kind == "signal":
            raise Failed(f"{told}and after SIGTERM the server crashed ({describe(server.status)})",
                         ["create-failure-ignored"])


@check("2e.in-flight")
@attributed
def test_a_stop_serves_those_in_the_queue(case: Case) -> str:
    behind = [_stop_with(case, more) for more in (0, C + 1)][-1]
    luck, n = ON_THE_WAY
    took = _way_through(case, f"{SWEPT} SEED={case.seed}")
    side_by_side(*_sweep(case, took, case.times(*STOPS)),
                 *(partial(_stop_on_the_way, case, f"{luck} SEED={case.seed + i}", n) for i in range(case.times(2, 0))),
                 *(partial(_stop_on_the_way, case, f"{ALONE} SEED={case.seed + i}", 1, 1)
                   for i in range(case.times(*ROUNDS))))
    return (f"SIGTERM with {W} in service, then also with {behind} waiting inside, and with delays when "
            "somebody had just come: all answered, then status 0")


def _stop_with(case: Case, more: int) -> int:
    """SIGTERM with W clients in service and so many more behind them. (Alone,
    because a queue that is full holds up also those who say goodbye through
    it.) Returns how many of the more are owed an answer, and got it."""
    for wait in 300, 900, 2000:
        with case.server(workers=W, capacity=C) as server:
            serving = in_flight(case, server, case.bodies(W), wait)
            queued = accepted_behind(server, case.bodies(more))
            if any(c.done for c in serving):
                continue                # too slow: nothing is in flight any more
            server.terminate()
            server.until(lambda: server.status is not None or all(c.done for c in serving + queued),
                         quiet=wait / 1000 + 2)
            answered = [sum(c.echoed for c in who) for who in (serving, queued)]
            if answered != [W, len(queued)]:
                how = "the server ended" if server.status else server.why or "the others saw the end"
                raise Failed(f"at SIGTERM {W} clients were in service, of whom {answered[0]} were answered, and "
                             f"{len(queued)} waited inside, of whom {answered[1]} were; {how}",
                             [_why_dropped(answered, len(queued))])
            must_end_well(server, ["stop-never-ends"])
            return len(queued)
    raise NotMeasured("the machine is too slow to send SIGTERM within two seconds")


def _sweep(case: Case, took: float, stops: int) -> Iterator[Callable[[], None]]:
    """SIGTERM at one moment after the other of a client's way to a worker and
    through its service, which delays make as long as `took`: no gap between
    two of the server's numbers is too short to be met."""
    for n in range(1, stops + 1):
        yield partial(_stop_on_the_way, case, f"{SWEPT} SEED={case.seed + n}", 1, after=took * (n - 0.5) / stops)


def _way_through(case: Case, luck: str) -> float:
    """How long one client takes from being accepted to its answer."""
    with case.server(program=case.delayed(case.program()), workers=W, capacity=C, luck=luck) as server:
        client = server.client().ask(case.bytes(100))
        server.until(lambda: server.accepted() or client.done)
        begin = time.monotonic()
        server.all_done([client])
        must_echo(server, [client], "clients")
        return time.monotonic() - begin


def _stop_on_the_way(case: Case, luck: str, n: int, workers: int = W, after: float = 0) -> None:
    """SIGTERM so long after n clients have been accepted, while workers, whom
    delays hold up, take them: they are in the queue, or out of it and not yet
    in service, or in between."""
    with case.server(program=case.delayed(case.program()), workers=workers, capacity=C, luck=luck) as server:
        clients = [server.client().ask(body) for body in case.bodies(n)]
        server.until(lambda: server.accepted() >= n or any(c.done for c in clients))
        moment = time.monotonic() + after
        server.until(lambda: time.monotonic() >= moment or all(c.done for c in clients))
        if server.accepted() < n:
            return                  # they were answered sooner than we looked
        server.terminate()
        server.all_done(clients)
        answered = sum(c.echoed for c in clients)
        if answered < n:
            how = "the server ended" if server.status else server.why or "the others saw the end"
            raise Failed(f"at SIGTERM {n} clients had just been accepted, of whom {answered} were answered "
                         f"({luck}); {how}", ["stop-drops-between"])
        must_end_well(server, ["stop-never-ends"])


def _why_dropped(answered: list[int], queued: int) -> str:
    """Those in service, those in the queue, or the one in the acceptor's hand?"""
    if answered[0] < W:
        return "stop-returns-at-once"
    return "stop-drops-accepted" if queued == C + 1 and answered[1] == C else "stop-drops-queued"


def accepted_behind(server: Server, bodies: list[bytes]) -> list:
    """Further clients, of whom those are returned that the server accepts
    while all its workers are busy: it owes them an answer. (Where workers
    accept themselves there are none; the others wait in the kernel's list.)"""
    clients = [server.client().ask(body) for body in bodies]
    left = iter(range(LOOKS))
    server.until(lambda: server.accepted() >= W + len(clients) or next(left, None) is None, quiet=0.06)
    peers = {c.peer for c in proc.connections(server.port) if c.inode}
    return [c for c in clients if c.port in peers]

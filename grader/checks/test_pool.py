"""Part 2: a pool of threads behind a bounded queue."""
from typing import Callable

from grader.checks import common
from grader.checks.common import attributed, check, crowd, gates, in_service, must_echo, must_end_well, release
from grader.checks.test_fork import cpu_at_rest, in_flight
from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Blocked, Case, Program
from grader.observe import proc
from grader.observe.server import Server
from grader.witness.hearing import hear
from grader.witness.run import boxed

W, C = 4, 4         # workers and capacity, where the check does not vary them

test_builds = common.guard("2.builds", common.guard_builds)
test_starts = common.guard("2.starts", common.guard_starts)
test_echo = common.guard("2.echo", common.guard_echo)
test_split = common.guard("2.split", common.guard_split)
test_bad_input = common.guard("2.bad-input", common.guard_bad_input)
test_burst = common.guard("2.burst", common.guard_burst)
test_keep_alive = common.guard("2.keep-alive", common.guard_keep_alive)


# -- 2c: the queue ------------------------------------------------------------

def by_either_route(case: Case, property: Callable[[Case, Program], str]) -> str:
    """Prove a property of the queue by one of two routes: the student's
    queue.c among EchoCo's modules; or the student's whole server, which need
    not have a queue.c, as long as clients are seen to wait in it."""
    alone = case.in_company("queue.c")
    failure = None
    if alone:
        try:
            return property(case, alone)
        except Failed as failed:
            failure = failed
    try:
        said = property(case, case.program())
        case.company = "Measured with the submission's whole server."
        return said
    except Failed as failed:
        if not failure and "not-a-pool" in failed.causes:
            first = case.check.id == "2c.order"     # it is said once
            said = " ".join(e["text"] for e in case.diagnosis("queue")) if first else ""
            raise Blocked("2d.fixed", f": your server does not use the queue yet. {said} (The course's "
                          "grader measures it in a finished server.)") from failed
        if not failure:
            failed.evidence += case.diagnosis("queue")
            raise
        case.company = "Measured with EchoCo's serve.c around the submission's queue.c."
        failure.evidence += case.diagnosis("queue")
        raise failure from failed


def hold(server: Server, case: Case, workers: int) -> list:
    """Gate all the workers, or as many as can be, one after the other."""
    held: list = []
    for body in case.bodies(workers):
        held += gates(server, [body])
        if not server.until(lambda: in_service(held) == len(held)):
            break
    return held


def hold_workers(server: Server, case: Case, workers: int, some: str = "pool-of-one",
                 none: str = "queue-serves-nobody") -> list:
    """Gate all the workers. Raises Failed if only some or none can be gated,
    and names that cause."""
    held = hold(server, case, workers)
    n = in_service(held)
    if n < workers:
        raise Failed(f"{n} of {workers} clients were in service with {workers} workers; {server.why}",
                     [some if n else none])
    return held


def must_wait(server: Server, waiting: list) -> None:
    """Raise Failed if one of these clients, who come when all workers are
    held, is served at once."""
    server.settle()
    served = in_service(waiting)
    if served:
        raise Failed(f"all workers were held, and {served} more clients were served at once",
                     ["not-a-pool"])


@check("2c.order")
def test_first_in_first_out(case: Case) -> str:
    return by_either_route(case, _order)


def _order(case: Case, program: Program) -> str:
    with case.server(program=program, workers=1, capacity=4) as server:
        # The kernel hands connections over in the order in which they came.
        clients = hold_workers(server, case, 1) + gates(server, case.bodies(4))
        must_wait(server, clients[1:])
        for n, client in enumerate(clients):
            if not server.until(lambda: in_service(clients[n:]) > 0):
                raise Failed(f"{n} of 5 clients were served, and then nobody; {server.why}",
                             ["queue-overwrites" if n > 1 else "queue-serves-nobody"])
            if not client.in_service:
                who = next(i for i, c in enumerate(clients) if i >= n and c.in_service)
                raise Failed(f"client {who + 1} was served when it was client {n + 1}'s turn",
                             ["queue-not-fifo", "queue-overwrites"])
            release(server, [client])
    return "one worker: 4 clients that waited were served in the order in which they came"


@check("2c.bounded")
def test_never_more_than_the_capacity_inside(case: Case) -> str:
    return by_either_route(case, _bounded)


def _bounded(case: Case, program: Program) -> str:
    seen = []
    for capacity in 1, 2, 16:
        with case.server(program=program, workers=1, capacity=capacity) as server:
            held = hold_workers(server, case, 1,
                                none="queue-wastes-slot" if capacity == 1 else "queue-serves-nobody")
            waiting = gates(server, case.bodies(capacity + 5))
            must_wait(server, waiting)
            accepted = server.accepted()
            if accepted > 1 + capacity + 1:
                raise Failed(f"capacity {capacity}: {accepted} clients accepted with one worker, at most "
                             f"{capacity + 2} would be in service, in the queue and in the acceptor's hand",
                             ["queue-unbounded"])
            for client in waiting:
                client.release()
            held[0].release()
            server.all_done(held + waiting)
            judge_waiting(server, waiting, f"capacity {capacity}: ", "queue-stops")
            must_echo(server, held, "held clients")
            seen.append(f"{accepted} accepted with capacity {capacity}")
    return "one worker: " + ", ".join(seen)


@check("2c.exact")
def test_nobody_is_lost(case: Case) -> str:
    return by_either_route(case, _exact)


def _exact(case: Case, program: Program) -> str:
    for more in 0, 4:
        with case.server(program=program, workers=W, capacity=C) as server:
            held = hold_workers(server, case, W, "queue-miscounts")
            waiting = [server.client().ask(body) for body in case.bodies(C + more)]
            server.settle()
            early = sum(c.echoed for c in waiting)
            if early:
                raise Failed(f"all workers were held, and {early} more clients were served at once",
                             ["not-a-pool"])
            for client in held:
                client.release()
            server.all_done(held + waiting)
            judge_waiting(server, waiting, f"{C + more} clients, queue of {C}: ",
                          "queue-stops" if more else "queue-serves-nobody")
            must_echo(server, held, "held clients")
    with case.server(program=program, workers=2 * W, capacity=2) as server:
        for _ in range(8):              # many at once, most of whom have to wait
            judge_waiting(server, crowd(server, case.bodies(64)), "", "queue-serves-nobody")
    return f"{W} workers held, {C} and {C + 4} clients waiting: each got its own bytes, as did 8 times 64"


def judge_waiting(server: Server, waiting: list, where: str, if_none: str) -> None:
    """Raise Failed, with the kind of loss, unless all who waited were answered.
    if_none is the cause to name when nobody was."""
    answered = sum(c.echoed for c in waiting)
    if answered == len(waiting):
        return
    said = f"{where}{answered} of {len(waiting)} clients that waited were answered"
    if server.status is not None:
        raise Failed(f"{said}, then the server ended{server.said()}", ["dies-with-client", "queue-overwrites"])
    if any(c.reply and c.reply.status == 200 and not c.echoed for c in waiting):
        raise Failed(f"{said} with their own bytes", ["echo-not-exact", "queue-overwrites"])
    away = sum(c.ended and not c.echoed for c in waiting)
    if away:
        raise Failed(f"{said}, and {away} were sent away", ["queue-drops"])
    evidence = [{"kind": "text", "title": "its threads", "text": proc.threads_text(server.pid)}]
    raise Failed(f"{said}; {server.why}", list(dict.fromkeys(["queue-overwrites" if answered else if_none, "queue-stops"])),
                 evidence)


@check("2c.waits")
def test_waiting_costs_nothing(case: Case) -> str:
    return by_either_route(case, _waits)


def _waits(case: Case, program: Program) -> str:
    used = []
    with case.server(program=program, workers=W, capacity=C) as server:
        used.append(cpu_at_rest(server, 0.5))
        silent = server.client()
        silent.send(b"POST /echo")
        used.append(cpu_at_rest(server, 0.5))
    if max(used) > 0.025:
        raise Failed(f"{used[0]:.3f} s of CPU used in half a second in which nobody asked, "
                     f"{used[1]:.3f} s with one silent client", ["busy-wait"])
    return f"{sum(used):.3f} s of CPU used in a second without a request"


# -- 2b: the witnesses ----------------------------------------------------------

@check("2b.race-check")
def test_no_race_that_two_witnesses_see(case: Case) -> str:
    program = case.program()
    with case.server(program=program) as server:    # silence of a server that serves nobody is none
        must_echo(server, crowd(server, case.bodies(8)), "clients")
    heard = hear(case.witnessed(program), case.subject.builder.stage, boxed(case.subject.box))
    evidence = [f.to_dict() for f in heard.findings]
    if heard.confirmed:
        names = sorted({f.variable or f.kind for f in heard.confirmed})
        on_stats = any(a.file and a.file.endswith("stats.c") for f in heard.confirmed for a in f.accesses)
        raise Failed(f"under load, threads touch {', '.join(names)} without a common lock",
                     ["race-on-stats" if on_stats else "race-elsewhere"], evidence)
    if heard.reason:
        raise NotMeasured(f"the server behaves otherwise under the tool, or the tool failed; a person has "
                          f"to look: {heard.reason}")
    if evidence:
        raise Passed("Helgrind alone reports something, and no second witness confirms it: it does not "
                     "understand C11 atomics; no points lost", evidence)
    return "Helgrind is silent on the submission's files under load"


# -- 2d: the pool ---------------------------------------------------------------

@check("2d.fixed")
@attributed
def test_as_many_threads_as_workers_and_always_the_same(case: Case) -> str:
    with case.server(workers=W, capacity=C) as server:
        held = hold(server, case, W)
        busy = proc.threads(server.pid)
        if len(busy) < W:
            raise Failed(f"{len(busy)} threads with {W} workers and {len(held)} clients", ["pool-of-one"])
        waiting = gates(server, case.bodies(4 * C))
        server.settle()
        crowded = proc.threads(server.pid)
        if len(crowded) > W + 2:
            raise Failed(f"{len(crowded)} threads with {W} workers and {W + 4 * C} clients",
                         ["not-a-pool", "threads-come-and-go"])
        if in_service(held) == W:
            must_wait(server, waiting)
        release(server, held + waiting)
        for _ in range(4):
            must_echo(server, crowd(server, case.bodies(50)), "clients")
        server.settle()
        after = proc.threads(server.pid)
        if not len(busy) == len(crowded) == len(after) or busy != after:
            raise Failed(f"{len(busy)} threads with all workers busy, {len(after)} after 200 clients, "
                         f"of which {len(after - busy)} are new", ["threads-come-and-go"])
    return f"{len(busy)} threads with {W} workers, the same ones after 200 clients"


@check("2d.overlap")
@attributed
def test_as_many_clients_at_once_as_workers(case: Case) -> str:
    for workers in W, 8:
        with case.server(workers=workers, capacity=C) as server:
            release(server, hold_workers(server, case, workers))
    return f"{W} clients with {W} workers and 8 with 8 were in service at once"


@check("2d.backpressure")
@attributed
def test_the_rest_waits_outside(case: Case) -> str:
    with case.server(workers=W, capacity=C) as server:
        held = hold(server, case, W)
        waiting = [server.client().ask(body) for body in case.bodies(4 * C)]
        server.settle()
        accepted = server.accepted()
        if accepted > W + C + 1:
            raise Failed(f"{accepted} clients accepted with {W} workers and a queue of {C}",
                         ["queue-unbounded"])
        for client in held:
            client.release()
        server.all_done(held + waiting)
        must_echo(server, held + waiting, "clients")
    return f"{accepted} of {W + 4 * C} clients accepted with {W} workers and a queue of {C}; all were answered"


@check("2d.neighbour")
@attributed
def test_silent_clients_delay_nobody(case: Case) -> str:
    with case.server(workers=W, capacity=C) as server:
        for said in (b"", b"POST /echo HTTP/1.1\r\n", b"P"):
            server.client().send(said)
            server.settle(0.02)
        client = server.ask(case.bytes(100))
        if not client.echoed:
            raise Failed(f"{W - 1} silent clients, {W} workers, and another client was not served: {server.why}",
                         ["acceptor-reads"])
    return f"{W - 1} clients said nothing, and another one was served"


@check("2d.arguments")
@attributed
def test_threads_may_start_late(case: Case) -> str:
    with case.server(workers=W, capacity=C, shim="LATE=120") as server:
        clients = [server.client().ask(body) for body in case.bodies(3 * W)]
        server.all_done(clients)
        good = sum(c.echoed for c in clients)
        if good < len(clients):
            how = "the server ended" if server.status else server.why or "the others saw the end"
            raise Failed(f"threads started 120 ms late, and {good} of {len(clients)} clients got their own bytes; {how}",
                         ["thread-argument-shared"])
    return f"threads started 120 ms late, and {len(clients)} clients got their own bytes"


# -- 2e: the stop ---------------------------------------------------------------

@check("2e.idle")
@attributed
def test_sleeping_workers_go_home(case: Case) -> str:
    with case.server(workers=W, capacity=C) as server:
        must_echo(server, crowd(server, case.bodies(2)), "clients")
        server.settle()
        server.terminate()
        must_end_well(server, ["stop-one-wake-up", "stop-never-ends"])
    return "SIGTERM with idle workers: status 0"


@check("2e.in-flight")
@attributed
def test_a_stop_serves_those_in_the_queue(case: Case) -> str:
    for wait in 300, 2000:
        with case.server(workers=W, capacity=C) as server:
            serving = in_flight(case, server, case.bodies(W), wait)
            queued = accepted_behind(server, case.bodies(C))
            server.terminate()
            if any(c.done for c in serving):
                continue                # too slow: nothing was in flight any more
            server.until(lambda: server.status is not None or all(c.done for c in serving + queued),
                         quiet=wait / 1000 + 2)
            answered = [sum(c.echoed for c in who) for who in (serving, queued)]
            if answered != [W, len(queued)]:
                how = "the server ended" if server.status else server.why or "the others saw the end"
                raise Failed(f"at SIGTERM {W} clients were in service, of whom {answered[0]} were answered, and "
                             f"{len(queued)} in the queue, of whom {answered[1]} were; {how}",
                             ["stop-returns-at-once" if answered[0] < W else "stop-drops-queued"])
            must_end_well(server, ["stop-never-ends"])
            return f"SIGTERM with {W} in service and {len(queued)} queued: all answered, then status 0"
    raise NotMeasured("the machine is too slow to send SIGTERM within two seconds")


def accepted_behind(server: Server, bodies: list[bytes]) -> list:
    """Further clients, of whom those are returned that the server accepts
    while all its workers are busy: it owes them an answer. (Where workers
    accept themselves there are none; the others wait in the kernel's list.)"""
    clients = [server.client().ask(body) for body in bodies]
    server.settle()
    peers = {c.peer for c in proc.connections(server.port) if c.inode}
    return [c for c in clients if c.port in peers]

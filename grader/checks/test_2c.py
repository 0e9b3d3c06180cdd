"""2c: the queue."""
import time
from typing import Iterable

from grader.checks.common import check, crowd, gates, in_service, must_echo, side_by_side
from grader.checks.hold import C, W, cpu_until_still, hold, must_wait, rest, slots_held, wake_ups
from grader.checks.order_causes import of_queue
from grader.checks.orders import and_in_all_orders
from grader.checks.routes import among_ours, by_either_route, crowded, uses_its_queue
from grader.checks.waited import must_all_be_answered, one_more, pool, reached
from grader.core.record import Failed
from grader.core.subject import Case, Program
from grader.observe import proc
from grader.observe.client import Client
from grader.observe.server import Server


def hold_all(server: Server, case: Case, program: Program, workers: int, some: str,
             none: str = "queue-serves-nobody") -> list[Client]:
    """Gate all the workers. Raises Failed if only some or none can be, and
    names that cause unless more is seen."""
    held = hold(server, case, workers)
    n = in_service(held)
    if n == workers:
        return held
    why, early = server.why, among_ours(program) and 0 not in proc.descriptors(server.pid)
    seen, causes = one_more(server, held)
    if early:
        seen, causes = "; a worker has closed descriptor 0, which nobody put", ["queue-wakes-too-early"]
    if causes[0] in ("queue-stops", "queue-serves-nobody"):
        causes = [some if n else none]
    if n and causes == ["pool-of-one"] and slots_held(case, program):
        causes = ["queue-slot-held"]
    raise Failed(f"{n} of {workers} clients were in service with {workers} workers; {why}{seen}", causes)


@check("2c.order")
def test_first_in_first_out(case: Case) -> str:
    return by_either_route(case, _order)


def _order(case: Case, program: Program) -> str:
    with pool(case, program, 1, 4) as server:
        # The kernel hands connections over in the order in which they came.
        clients = hold_all(server, case, program, 1, "pool-of-one") + gates(server, case.bodies(4))
        must_wait(server, clients[1:])
        order = list(_served(server, clients))
        if len(order) < len(clients):
            why = server.why
            seen, causes = one_more(server, clients)
            raise Failed(f"{len(order)} of 5 clients were served{_as_came(order)}, and then nobody; {why}{seen}",
                         causes)
        if order != sorted(order):
            raise Failed(f"five clients were served{_as_came(order)}", ["queue-not-fifo"])
    return "one worker: 4 clients that waited were served in the order in which they came"


def _served(server: Server, clients: list[Client]) -> Iterable[int]:
    """Let them be served one by one: who was, in that order."""
    waiting = dict(enumerate(clients))
    while waiting and server.until(lambda: any(map(reached, waiting.values()))):
        n = next(n for n, client in waiting.items() if reached(client))
        client = waiting.pop(n)
        client.release()
        server.all_done([client])
        must_echo(server, [client], f"clients ({n + 1} of {len(clients)})")
        yield n


def _as_came(order: list[int]) -> str:
    return "" if order == list(range(len(order))) else " in the order " + " ".join(str(n + 1) for n in order)


@check("2c.bounded")
def test_never_more_than_the_capacity_inside(case: Case) -> str:
    return by_either_route(case, _bounded)


def _bounded(case: Case, program: Program) -> str:
    ours = among_ours(program)
    seen = []
    for capacity in 1, 3, 16:     # 3: no power of two
        with pool(case, program, 2, capacity) as server:
            held = hold_all(server, case, program, 2, "queue-slot-held" if ours else "pool-of-one", "queue-wastes-slot")
            waiting = gates(server, case.bodies(capacity + 5))
            if ours:
                server.until(lambda: server.accepted() >= 2 + capacity + 1)
            must_wait(server, waiting)
            inside = server.accepted()
            for client in held + waiting:
                client.release()
            server.all_done(held + waiting)
            must_all_be_answered(server, waiting, f"capacity {capacity}: ", [])
            must_echo(server, held, "held clients")
            _must_fit(inside, capacity, ours)
            seen.append(f"{inside} accepted with capacity {capacity}")
    return "two workers: " + ", ".join(seen)


def _must_fit(inside: int, capacity: int, ours: bool) -> None:
    """Two in service, a full queue, and one in the acceptor's hand. Less is
    right only in a server that has another queue, or none."""
    said = f"capacity {capacity}: {inside} clients accepted with two workers"
    if inside > 2 + capacity + 1:
        raise Failed(f"{said}, at most {capacity + 3} would be in service, in the queue and in the acceptor's hand",
                     ["queue-unbounded"])
    if ours and inside < 2 + capacity + 1:
        raise Failed(f"{said} while more waited outside: {inside - 3} in the queue", ["queue-wastes-slot"])


# How many clients, and bursts of eight: in a grade and in a quick look.
SPURIOUS, SPACED, BURSTS, CROWD = (48, 16), (12, 3), (6, 2), (120, 40)


@check("2c.exact")
def test_nobody_is_lost(case: Case) -> str:
    if "serve.c" in case.replaced() or uses_its_queue(case):
        return and_in_all_orders(case, _by_either_route, of_queue)
    return _by_either_route(case)


def _by_either_route(case: Case) -> str:
    return by_either_route(case, _exact)


def _exact(case: Case, program: Program) -> str:
    delayed, who = crowded(case, program)
    side_by_side(lambda: _one_at_a_time(case, program),
                 lambda: _behind_held_workers(case, program),
                 lambda: _woken_for_nothing(case, program),
                 lambda: _in_bursts(case, program),
                 lambda: _all_come_into_service(case, program, delayed),
                 lambda: _all_who_put_go_on(case, delayed, who),
                 lambda: _from_both_ends(case, delayed, who))
    return (f"{W} workers held, and a queue full and more than full: each got its own bytes, as did "
            f"{case.times(*SPURIOUS)} and then {2 * W} with spurious wake-ups, {case.times(*SPACED)} one by one and "
            f"{case.times(*CROWD)} in a crowd from {who}, both with delays")


def _one_at_a_time(case: Case, program: Program) -> None:
    """One worker and one client, who has the queue to himself: nobody else's
    change or wake-up can stand in for what is missing."""
    luck = f"DELAY=3000:100 SEED={case.seed + 1}"
    with pool(case, case.delayed(program), 1, 16, luck) as server:
        for n, body in enumerate(case.bodies(case.times(*SPACED))):
            client = server.ask(body)
            must_all_be_answered(server, [client], f"one at a time, delays (seed {case.seed + 1}), client {n + 1}: ",
                                 ["queue-wakes-too-early"],
                                 ("queue-loses-wake-up", "queue-miscounts", "queue-serves-nobody"))
            rest(server, 0.01, looks=30)


def _behind_held_workers(case: Case, program: Program) -> None:
    for capacity, more in (C, 0), (3, 4):       # 3: no power of two
        with pool(case, program, W, capacity) as server:
            held = hold_all(server, case, program, W, "queue-miscounts")
            waiting = [server.client().ask(body) for body in case.bodies(capacity + more)]
            rest(server)
            early = sum(c.echoed for c in waiting)
            if early:
                raise Failed(f"all workers were held, and {early} more clients were served at once",
                             ["not-a-pool"])
            for client in held:
                client.release()
            server.all_done(held + waiting)
            must_all_be_answered(server, waiting, f"{capacity + more} clients that waited, queue of {capacity}: ", [])
            must_echo(server, held, "held clients")


def _woken_for_nothing(case: Case, program: Program) -> None:
    """Waiting on a condition variable may end without a signal."""
    with pool(case, program, W, 2, f"SPURIOUS=2 SEED={case.seed}") as server:
        if among_ours(program) and 0 not in proc.descriptors(server.pid):
            raise Failed(f"spurious wake-ups (seed {case.seed}), nobody asked", ["queue-wakes-too-early"])
        clients = crowd(server, case.bodies(case.times(*SPURIOUS)))
        must_all_be_answered(server, clients, f"spurious wake-ups (seed {case.seed}): ", ["queue-wakes-too-early"])
        rest(server)                # whoever has served may be woken now
        held = hold(server, case, W)
        waiting = [server.client().ask(body) for body in case.bodies(W)]
        rest(server)
        for client in held:
            client.release()
        server.all_done(held + waiting)
        must_all_be_answered(server, held + waiting, f"spurious wake-ups (seed {case.seed}), {W} clients held: ",
                             ["queue-wakes-too-early"])


def _in_bursts(case: Case, program: Program) -> None:
    """All idle, and at once more than there is room for: both sides wait."""
    with pool(case, program, W, 3) as server:
        for n in range(case.times(*BURSTS)):
            clients = [server.client().ask(body) for body in case.bodies(8)]
            server.all_done(clients)
            must_all_be_answered(server, clients, f"burst {n + 1} of 8 clients, queue of 3: ")
            rest(server, 0.01, looks=30)


# Times, in a grade and in a quick look. (Where the queue is a module of its own
# its orders are searched as well; otherwise luck alone has to find them.)
WAKINGS, BY_LUCK_ALONE = (4, 2), (8, 2)


def _wakings(case: Case, program: Program) -> int:
    return case.times(*(WAKINGS if among_ours(program) else BY_LUCK_ALONE))


def _all_come_into_service(case: Case, program: Program, delayed: Program) -> None:
    """All workers sleep, and as many clients come at the same instant: who is
    awake late has not kept anybody else from being woken."""
    for delays in "DELAY=3000:50", "":
        luck = delays and f"{delays} SEED={case.seed + 3}"
        with pool(case, delayed if delays else program, W, 2 * W, luck) as server:
            for _ in range(_wakings(case, program)):
                at_once = gates(server, case.bodies(W))
                server.until(lambda: in_service(at_once) == W)
                n, why = in_service(at_once), server.why
                for client in at_once:
                    client.release()
                server.all_done(at_once)
                where = f"{W} at once, {luck or 'no delays'}: "
                must_all_be_answered(server, at_once, where, ["queue-unlocked"] if luck else [])
                if n < W:
                    raise Failed(f"{where}{n} of {W} idle workers served them, the others when these had been "
                                 f"answered; {why}", ["queue-loses-wake-up"])
                rest(server, 0.01, looks=30)


def _all_who_put_go_on(case: Case, delayed: Program, who: str) -> None:
    """All who put wait for room, and there is some for all of them at once;
    who comes later does not wake those who sleep on."""
    workers, capacity = 2 * W, 2
    luck = f"DELAY=3000:50 SEED={case.seed + 4}"
    with pool(case, delayed, workers, capacity, luck) as server:
        for _ in range(_wakings(case, delayed)):
            held = hold_all(server, case, delayed, workers, "queue-miscounts")
            waiting = [server.client().ask(body) for body in case.bodies(capacity + 2)]
            server.until(lambda: server.accepted() == workers + capacity + 2, quiet=0.2)
            rest(server)        # they are accepted, and now they come to wait
            for client in held:
                client.release()
            server.all_done(held + waiting)
            if not all(c.echoed for c in held + waiting):
                _must_not_sleep(server, case, held + waiting, f"all who put were waiting ({who}), {luck}: ")
            rest(server, 0.01, looks=30)


def _must_not_sleep(server: Server, case: Case, waiting: list[Client], where: str) -> None:
    """Raise Failed because not all were answered: was one asleep, whom a
    queue that is filled anew wakes?"""
    said, why = f"{where}{sum(c.echoed for c in waiting)} of {len(waiting)} clients were answered", server.why
    if server.status is None and all(c.echoed or not c.done for c in waiting):
        more = gates(server, case.bodies(4 * W))
        rest(server)
        for client in more:
            client.release()
        server.all_done(waiting + more)
        if all(c.echoed for c in waiting + more):
            raise Failed(f"{said}; {why}; when many more came, all were", ["queue-loses-wake-up"])
    must_all_be_answered(server, waiting, where, ["queue-unlocked"])


def _from_both_ends(case: Case, delayed: Program, who: str) -> None:
    """Many who put and many who take, and each may be late anywhere."""
    with pool(case, delayed, 8, 4, f"DELAY=5000:15 SEED={case.seed + 2}") as server:
        clients = crowd(server, case.bodies(case.times(*CROWD)))
        if not all(c.echoed for c in clients):
            _must_not_sleep(server, case, clients, f"a crowd from {who}, delays (seed {case.seed + 2}): ")


STILL = 0.5, 0.2     # seconds without any work, in a grade and in a quick look
BUSY = 0.05     # of a CPU; who looks ten times a second uses less
OFTEN = 200     # wake-ups a second, of all threads: nobody looks around so often who waits


@check("2c.waits")
def test_waiting_costs_nothing(case: Case) -> str:
    return by_either_route(case, _waits)


def _waits(case: Case, program: Program) -> str:
    with case.server(program=program, workers=W, capacity=C) as server:
        for when in "nobody had asked", "one client was silent":
            begin, before = time.monotonic(), wake_ups(server.members())
            used, still = cpu_until_still(server, case.times(*STILL))
            took = time.monotonic() - begin
            if not still and used > BUSY * took:
                raise Failed(f"{used:.2f} s of CPU used in {took:.1f} s in which {when}", ["busy-wait"])
            often = (wake_ups(server.members()) - before) / took
            if not still and often > OFTEN:
                raise Failed(f"while {when} the server asked {often:.0f} times a second: so often its threads "
                             "went to sleep", ["busy-wait"])
            server.client().send(b"POST /echo")
    return "no CPU used while nobody asked, nor with one silent client"

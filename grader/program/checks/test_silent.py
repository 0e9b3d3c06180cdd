"""silent, queue, rest: clients that are held, those who wait, and nobody."""
from grader.core.record import Failed, NotMeasured, Passed
from grader.program.checks.common import check, ended, finish, hold, must_answer, must_live, quiet_rest
from grader.program.server import ForeignServer
from grader.program.subject import ProgramCase
from grader.program.visitor import Visitor

MANY = 9                # "workers" of a server that has no fixed number
WAITING = 4             # clients that any listen() has room for


@check("silent.one")
def test_one_silent_client_blocks_nobody(case: ProgramCase) -> str:
    whole = case.protocol.request(case.body())
    for said in b"", whole[:len(whole) // 2]:
        with case.server() as server:
            if case.workers(server) == 1:
                raise Passed("does not apply: there is one worker")
            hold(server, [b""])[0].send(said)
            server.settle()
            client = server.ask(case.body())
            must_answer(server, [client], f"clients, beside one that has sent {len(said)} bytes,", "one-blocks-all")
    return "a client that says nothing, or half of it, blocks nobody"


@check("silent.many")
def test_silent_clients_delay_nobody(case: ProgramCase) -> str:
    with case.server() as server:
        workers = case.workers(server)
        if workers and not case.claim.workers:
            raise NotMeasured("needs the number of workers: --workers N")
        held = hold(server, case.bodies((workers or MANY) - 1))
        must_answer(server, [server.ask(case.body())], f"clients, beside {len(held)} silent ones,",
                    "worker-blocks-others")
        more = hold(server, case.bodies(1)) + [server.client().ask(case.body())]
        finish(held + more[:1])
        server.all_done(held + more)
        must_answer(server, held + more, "clients, after all workers were held,")
    return f"{len(held)} silent clients blocked nobody"


@check("queue.gate")
def test_those_who_wait_are_not_lost(case: ProgramCase) -> str:
    said = []
    for waiting in [WAITING] + ([case.claim.capacity + WAITING] if case.claim.capacity else []):
        with case.server() as server:
            workers = case.workers(server)
            if not workers:
                raise Passed("does not apply: nobody waits for clients before they come")
            case.patience(workers + waiting)
            said.append(_gate(case, server, workers, waiting))
    return "; ".join(said)


def _gate(case: ProgramCase, server: ForeignServer, workers: int, waiting: int) -> str:
    held = hold(server, case.bodies(workers))
    queued: list[Visitor] = []
    for body in case.bodies(waiting):
        queued.append(server.client().ask(body))
        server.settle(0.02)
    finish(held)
    server.all_done(held + queued)
    if server.status is not None:
        raise ended(server, f"{waiting} clients waited for {workers} workers", "slot-overwritten")
    lost = [c for c in queued if not c.done or c.whole and not c.echoed]
    stuck = [c for c in held if not c.echoed]
    if lost or stuck:
        raise Failed(f"{workers} workers were held and let go: {waiting - len(lost)} of {waiting} clients that "
                     f"waited were answered, and {workers - len(stuck)} of those held; {server.why}",
                     ["queue-stops", "slot-overwritten"] if stuck else ["slot-overwritten"])
    refused = sum(not c.echoed for c in queued)
    must_live(server, case, "the workers were let go")
    return f"{workers} workers held, {waiting} clients waited: " + \
        (f"{refused} were turned away, the others answered" if refused else "all were answered")


@check("queue.bounded")
def test_the_rest_waits_outside(case: ProgramCase) -> str:
    workers, capacity = case.claim.workers, case.claim.capacity
    if case.claim.model not in ("pool", "any"):
        raise Passed(f"does not apply to the model {case.claim.model}")
    if not workers or not capacity:
        raise NotMeasured("needs both numbers: --workers N --capacity N")
    case.patience(workers + 4 * capacity)
    with case.server() as server:
        held = hold(server, case.bodies(workers))
        waiting: list[Visitor] = []
        for body in case.bodies(4 * capacity):
            waiting.append(server.client().ask(body))
            server.settle(0.01)
        server.settle()
        accepted, tasks = server.accepted(), len(server.tasks())
        if accepted > workers + capacity + 1:
            raise Failed(f"{accepted} clients accepted with {workers} workers and a queue of {capacity}",
                         ["queue-unbounded"])
        if tasks > workers + 2:
            raise Failed(f"{tasks} threads with {workers} workers", ["queue-unbounded", "not-as-said"])
        finish(held)
        server.all_done(held + waiting)
    return f"{accepted} of {workers + 4 * capacity} clients accepted, by {tasks} threads"


@check("rest.idle")
def test_waiting_costs_nothing(case: ProgramCase) -> str:
    with case.server() as server:
        _must_rest(server, "nobody had asked", "busy-wait")
        hold(server, [b""])
        _must_rest(server, "a silent client was there", "busy-wait")
    whole = case.protocol.request(case.body())
    with case.server() as server:
        for said in b"", whole[:1], whole[:len(whole) // 2], whole:
            for leave in Visitor.close, Visitor.abort:
                client = server.client()
                client.send(said)
                server.settle(0.02)
                leave(client)
                server.settle(0.02)
        _must_rest(server, "clients had left in the middle of things", "end-taken-for-data")
    return "no CPU was used idle, beside a silent client, and after one that left"


def _must_rest(server: ForeignServer, when: str, cause: str) -> None:
    used = quiet_rest(server)
    if used:
        raise Failed(f"{used:.1f} s of CPU used within 2 s in which {when}", [cause])

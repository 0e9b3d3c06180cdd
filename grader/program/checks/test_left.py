"""left: what a server keeps of clients that have gone."""
from grader.core.record import Failed, NotMeasured, Passed
from grader.observe import proc
from grader.program.checks.common import check, finish, hold, must_answer, must_live, one_by_one, per_client, stopped
from grader.program.server import ForeignServer
from grader.program.subject import ProgramCase

STACKS_MB = 400         # for 100 clients: half a stack each


def _batch(case: ProgramCase, server: ForeignServer, n: int) -> None:
    """So many clients, one after the other. Raises Failed if one is lost."""
    case.patience(2 * n)
    served = one_by_one(server, case.bodies(n))
    if served != n:
        raise Failed(f"{served} of {n} clients were answered; {server.why}", ["client-lost"])


def _zombies_that_stay(server: ForeignServer, case: ProgramCase) -> int:
    """A design that asks in its accept loop is right too: it is given one more
    client to do so, whose own child then stays until the next."""
    if server.until(lambda: not server.zombies(), quiet=0.5):
        return 0
    must_live(server, case, "children had ended", "interrupted-ends-server")
    if server.until(lambda: len(server.zombies()) <= 1):
        return 0
    return len(server.zombies())


@check("left.zombies")
def test_no_zombie_stays(case: ProgramCase) -> str:
    with case.server() as server:
        _batch(case, server, 100)
        left = _zombies_that_stay(server, case)
    if left:
        raise Failed(f"100 clients were answered and {left} zombies stayed",
                     ["never-reaped" if left > 90 else "one-wait-per-signal"])
    return "100 clients answered, no zombie"


@check("left.coalesced")
def test_many_deaths_and_one_signal(case: ProgramCase) -> str:
    if per_client(case) != "process":
        raise Passed("does not apply: no process is made for a client")
    with case.server() as server:
        held = hold(server, case.bodies(20))
        serving = set().union(*(server.holders(c) for c in held)) - {server.pid}
        if len(serving) < 20:
            raise Passed(f"does not apply: {len(serving)} processes serve 20 clients")
        with stopped(server, [server.pid]):
            finish(held)
            server.all_done(held)
            for client in held:
                client.close()
            gone = server.until(lambda: not any(map(proc.alive, serving)))
        if not gone:
            raise NotMeasured("the children did not end while the server was stopped")
        left = _zombies_that_stay(server, case)
    if left:
        raise Failed(f"20 children ended while the server was stopped; {left} zombies stayed",
                     ["one-wait-per-signal"])
    return "20 children ended while the server was stopped; no zombie stayed"


@check("left.descriptors")
def test_no_descriptor_stays(case: ProgramCase) -> str:
    with case.server() as server:
        counts = []
        for _ in range(2):
            _batch(case, server, 50)
            server.settle()
            counts.append(server.descriptors())
        if counts[1] - counts[0] >= 25:
            raise Failed(f"{counts[0]} descriptors after 50 clients and {counts[1]} after 100",
                         ["descriptor-leak", "end-never-seen"])
        client = server.ask(case.body())
        client.half_close()
        if not server.until(lambda: client.ended):
            raise Failed(f"a client that had its answer and said all did not see the end; {server.why}",
                         ["end-never-seen"])
    return f"{counts[0]} descriptors after 50 clients, {counts[1]} after 100"


@check("left.processes")
def test_no_process_stays(case: ProgramCase) -> str:
    with case.server() as server:
        counts = []
        for _ in range(2):
            _batch(case, server, 30)
            server.settle(0.2)
            counts.append(len(server.tasks()))
        if counts[1] - counts[0] >= 15:
            raise Failed(f"{counts[0]} processes and threads after 30 clients and {counts[1]} after 60",
                         ["child-stays"])
    return f"{counts[0]} processes and threads after 30 clients, {counts[1]} after 60"


@check("left.memory")
def test_threads_give_back_their_stacks(case: ProgramCase) -> str:
    with case.server(env={"MALLOC_ARENA_MAX": "1"}) as server:     # arenas grow, too, and stay
        sizes = []
        for _ in range(2):
            _batch(case, server, 100)
            server.settle()
            sizes.append(server.virtual_mb())
        if sizes[1] - sizes[0] > STACKS_MB:
            raise Failed(f"{sizes[0]} MB of address space after 100 clients and {sizes[1]} after 200",
                         ["thread-not-collected"])
    return f"{sizes[0]} MB of address space after 100 clients, {sizes[1]} after 200"


@check("left.listener")
def test_a_child_gives_the_listener_up(case: ProgramCase) -> str:
    with case.server() as server:
        server.settle()
        if server.prefork():
            raise Passed("does not apply: children accept clients themselves")
        before = set(server.others())
        [client] = hold(server, case.bodies(1))
        children = server.holders(client) - {server.pid} - before
        if not children:
            raise Passed("does not apply: no process is made for a client")
        if any(proc.sockets(p) & server.listening() for p in children):
            raise Failed("a child that serves a client holds the listening socket", ["child-keeps-listener"])
        finish([client])
        server.all_done([client])
        must_answer(server, [client], "held clients")
    return "a child that serves a client does not hold the listening socket"

"""rude, accept: clients that leave, and errors that concern one of them."""
import time

from grader.core.record import Failed
from grader.core.subject import Blocked
from grader.observe import proc
from grader.program.checks.common import check, crowd, ended, must_answer, must_live, quiet_rest, stopped
from grader.program.server import ForeignServer
from grader.program.subject import ProgramCase
from grader.program.visitor import Visitor

BATCH = 5               # fits in the smallest list of waiting clients


@check("rude.reset")
def test_clients_that_ask_and_reset(case: ProgramCase) -> str:
    """While the server is stopped they ask and reset: so it reads a whole
    request, and its write fails. With the end said before the reset the very
    first write does; otherwise the second one."""
    with case.server() as server:
        for n in range(6):
            with stopped(server):
                for body in case.bodies(BATCH):
                    client = server.client().ask(body)
                    if n % 2:
                        client.half_close()
                    client.abort()
            _must_not_end(server, f"{(n + 1) * BATCH} clients had asked and reset")
        for body in case.bodies(BATCH):         # and while it runs
            client = server.client().ask(body)
            server.until(lambda: client.done, quiet=0.01)
            client.abort()
        must_live(server, case, "35 clients had asked and reset")
    return "35 clients asked and reset; it serves"


def _must_not_end(server: ForeignServer, when: str) -> None:
    server.settle()
    if server.status is not None:
        raise ended(server, when)


@check("rude.leave")
def test_clients_that_leave_without_a_word(case: ProgramCase) -> str:
    whole = case.protocol.request(case.body())
    with case.server() as server:
        for said in b"", whole[:1], whole[:len(whole) // 2]:
            for reset in False, True:
                for n in range(BATCH):
                    client = server.client()
                    client.send(said)
                    if n % 2:
                        server.settle(0.02)     # it is being served
                    client.abort() if reset else client.close()
                how = "reset" if reset else "closed"
                _must_not_end(server, f"clients had sent {len(said)} bytes and {how} their connection")
        must_live(server, case, "30 clients had left without a whole request")
    return "30 clients left without a whole request; it serves"


@check("rude.deaf")
def test_clients_that_do_not_listen(case: ProgramCase) -> str:
    protocol = case.protocol
    much = protocol.request(case.body(protocol.most))
    if case.subject.many:
        much *= 2000
    with case.server() as server:
        for _ in range(10):
            client = server.client()
            client.reads = False
            client.send(much)
            server.until(client.pump, quiet=0.05)
            client.abort()
            _must_not_end(server, "a client had asked for much, read nothing and reset")
        must_live(server, case, "10 clients had asked for much, read nothing and reset")
    return "10 clients read nothing and reset; it serves"


@check("accept.shortage")
def test_no_descriptor_is_left(case: ProgramCase) -> str:
    with case.server() as server:
        must_answer(server, [server.ask(case.body())], "first clients")
        for client in server.clients:
            client.close()
        server.settle()
        before, zombies, work = server.tasks(), len(server.zombies()), _work(server)
        with server.limit_descriptors():
            for body in case.bodies(3):
                server.client().ask(body)
            # Looked for while it lives: it may die of the thousands of threads it makes.
            begin = time.monotonic()
            server.until(lambda: server.tasks() - before or time.monotonic() - begin > 0.3, quiet=0.1)
            handed = server.tasks() - before or len(server.zombies()) > zombies
            used = quiet_rest(server)
            if server.status is not None:
                cause = "accept-minus-one-used" if handed else "accept-error-ends-server"
                raise ended(server, "accept had no descriptor left", cause, sure=True)
            handed = handed or _others_worked(server, work)
        if used:
            causes = ["accept-minus-one-used", "accept-spins"]
            raise Failed(f"accept had no descriptor left: {used:.1f} s of CPU used within 2 s",
                         causes if handed else causes[::-1])
        # Who leaves unserved may be the one of whom it dies, so they are served.
        served = server.all_done(server.clients)
        otherwise = "accept-error-ends-server" if served or server.status else "error-ends-server"
        for client in server.clients:
            client.close()
        must_live(server, case, "accept had had no descriptor left", otherwise, "accept-minus-one-used")
    return "without a descriptor left it waited, and served afterwards"


def _work(server: ForeignServer) -> dict:
    """CPU by thread."""
    return dict(proc.runtime(server.members())[0])


def _others_worked(server: ForeignServer, before: dict) -> bool:
    """Whether threads beside the one that works most have used CPU as well."""
    used = sorted(ns - before.get(tid, 0) for tid, ns in _work(server).items())
    return len(used) > 1 and used[-2] > used[-1] / 20


class NotForThat(Blocked):
    """What is seen has another reason than that which is looked for."""

    def __init__(self, seen: str):
        Exception.__init__(self, f"not reached: {seen}")


def _many(server: ForeignServer, case: ProgramCase) -> list[Visitor]:
    """24 clients, one after the other as far as each is served at once. Ends
    early where the server does."""
    clients = []
    for body in case.bodies(24):
        clients.append(server.client().ask(body))
        server.until(lambda: clients[-1].done, quiet=0.05)
        if server.status is not None:
            return clients
    server.all_done(clients)
    return clients


def _serves_without(case: ProgramCase) -> None:
    """Raises NotForThat if 24 clients are too many even for good luck."""
    with case.server() as server:
        good = sum(c.echoed for c in _many(server, case))
        if good < 24 or server.status is not None:
            raise NotForThat(f"where no accept fails the same 24 clients are not served either: {good} of them "
                             f"were; {server.why}")


def _accept_fails(case: ProgramCase, error: str) -> str:
    _serves_without(case)
    luck = f"FAIL=accept:4:{error} SEED={case.seed % 1000}"
    with case.server(luck=luck) as server:
        clients = _many(server, case)
        if server.status is not None:
            raise ended(server, f"accept failed with {error}", "accept-error-ends-server", sure=True)
        # A listener watched by edges may need another client to look again.
        clients += crowd(server, case.bodies(2))
        server.all_done(clients[:24])
        # One that ends resets those who wait, and its end is seen after that.
        if not all(c.echoed for c in clients[:24]):
            server.until(lambda: server.status is not None, quiet=0.3)
        if server.status is not None:
            raise ended(server, f"accept failed with {error}", "accept-error-ends-server", sure=True)
        must_answer(server, clients[:24], f"clients, while accept fails with {error} now and then,",
                    "accept-minus-one-used")
    return f"every fourth accept failed with {error}, and 24 clients were answered"


@check("accept.interrupted")
def test_accept_is_interrupted(case: ProgramCase) -> str:
    return _accept_fails(case, "EINTR")


@check("accept.aborted")
def test_a_client_leaves_before_it_is_accepted(case: ProgramCase) -> str:
    return _accept_fails(case, "ECONNABORTED")

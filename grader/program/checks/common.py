"""What the checks of a foreign server share: clients, deaths and their names."""
import contextlib
import os
import signal
import time
from typing import Iterable, Iterator, Optional

import pytest

from grader.core.record import Failed
from grader.observe import proc
from grader.observe.server import describe
from grader.program.server import ForeignServer
from grader.program.subject import ProgramCase
from grader.program.visitor import Visitor

AT_ONCE = 5             # clients that wait for accept: what fits in the smallest list
CRASHES = signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE


def check(id: str):
    """Mark a function as the measurement of one entry of the rubric."""
    return pytest.mark.check(id)


def ended(server: ForeignServer, when: str, otherwise: str = "error-ends-server", sure: bool = False) -> Failed:
    """What is to be said of a server that has ended; `otherwise` is the cause
    when it was by its own will, and with `sure` however it ended. (A shell
    around it says 128 + signal.)"""
    status = server.status
    number = status.value if status.kind == "signal" else status.value - 128
    if sure:
        causes = [otherwise]
    elif number == signal.SIGPIPE:
        causes = ["sigpipe-ends-server"]
    elif number in CRASHES:
        causes = ["server-crashes"]
    else:
        causes = [otherwise]
    return Failed(f"{when}, and then the server ended ({describe(status)}){server.said()}", causes)


def must_live(server: ForeignServer, case: ProgramCase, when: str, otherwise: str = "error-ends-server",
              lost: str = "client-lost", sure: bool = False) -> None:
    """Raise Failed unless the server lives and serves a further client."""
    server.settle()
    client = server.ask(case.body()) if server.status is None else None
    if server.status is not None or server.until(lambda: server.status is not None, quiet=0.1):
        raise ended(server, when, otherwise, sure)
    if not client.echoed:
        raise Failed(f"{when}, and a client that came afterwards got {got(client)}; {server.why}", [lost])


def got(client: Visitor) -> str:
    """What a client has got, in words."""
    if client.echoed:
        return "its answer"
    if client.refused:
        return "refused"
    data = client.data
    return f"{len(data)} bytes: {data[:60]!r}" if data else "nothing"


def must_answer(server: ForeignServer, clients: list[Visitor], who: str, cause: str = "client-lost",
                foreign: str = "answer-not-exact") -> None:
    """Raise Failed unless every one of them has the right answer."""
    good = sum(c.echoed for c in clients)
    if good == len(clients):
        return
    if server.status is not None:
        raise ended(server, f"{good} of {len(clients)} {who} were answered", cause)
    wrong = [c for c in clients if not c.echoed and c.whole]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(clients)} {who} got something else than their answer, "
                     f"one of them {got(wrong[0])}", [foreign])
    bad = next(c for c in clients if not c.echoed)
    raise Failed(f"{good} of {len(clients)} {who} were answered; one got {got(bad)}; {server.why}", [cause])


def one_by_one(server: ForeignServer, bodies: Iterable[bytes]) -> int:
    """Serve one client after the other; how many got their answer."""
    served = 0
    for body in bodies:
        client = server.ask(body)
        served += client.echoed
        client.close()
        server.clients.remove(client)
        if server.status is not None:
            break
    return served


def crowd(server: ForeignServer, bodies: list[bytes]) -> list[Visitor]:
    """All these clients together, of which AT_ONCE wait to be accepted, unless
    the server accepts no more for now."""
    clients: list[Visitor] = []
    for body in bodies:
        server.until(lambda: server.waiting(clients) < AT_ONCE, quiet=0.05)
        clients.append(server.client().ask(body))
    server.all_done(clients)
    return clients


def hold(server: ForeignServer, bodies: list[bytes]) -> list[Visitor]:
    """Clients that connect and say nothing, each when the one before has been
    accepted and whoever is to serve it waits for it: else two may meet in a
    queue. Some may not be accepted. See finish()."""
    held: list[Visitor] = []
    rests = True
    for body in bodies:
        client = server.client()
        client.body = body
        held.append(client)
        server.until(lambda: not server.waiting([client]), quiet=0.2)
        rests = rests and server.settle(0.02)
    server.settle()
    return held


def finish(held: list[Visitor]) -> None:
    """Let held clients ask at last."""
    for client in held:
        client.ask(client.body)


def quiet_rest(server: ForeignServer, seconds: float = 2.0) -> Optional[float]:
    """None if the server rests while nobody asks; else the CPU it has used.

    On a busy machine one that spins gets little CPU, so what counts as well
    is a thread that runs for half of the time that is left to it."""
    server.settle()
    begin, before = time.monotonic(), _times(server)

    def used() -> float:
        return sum(ran - before.get(tid, (0, 0))[0] for tid, (ran, _) in _times(server).items())

    def spins() -> bool:
        elapsed = time.monotonic() - begin
        for tid, (ran, waited) in _times(server).items():
            old = before.get(tid, (0, 0))
            if ran - old[0] > 0.15 and ran - old[0] > (elapsed - (waited - old[1])) / 2:
                return True
        return used() > 0.3

    server.until(lambda: spins() or time.monotonic() - begin > seconds, quiet=0.5)
    return used() if spins() else None


def _times(server: ForeignServer) -> dict[int, tuple[float, float]]:
    """For each thread the seconds that it ran, and waited for a CPU."""
    found = {}
    for pid in server.members():
        for tid in proc.threads(pid):
            with contextlib.suppress(OSError, ValueError):
                with open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as file:
                    ran, waited, _ = map(int, file.read().split())
                found[tid] = ran / 1e9, waited / 1e9
    return found


@contextlib.contextmanager
def stopped(server: ForeignServer, pids: Iterable[int] = ()) -> Iterator[None]:
    """These processes of the server, or all, stand still for as long."""
    pids = list(pids) or server.members()
    _signal(pids, signal.SIGSTOP)
    try:
        server.until(lambda: all(proc.state(p) in ("T", "Z", "") for p in pids))
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def per_client(case: ProgramCase) -> str:
    """What is made when a client comes: "process", "thread" or ""."""
    with case.server() as server:
        server.settle()
        before, others = server.tasks(), server.others()
        [client] = hold(server, [case.body()])
        if (server.holders(client) - {server.pid}) - set(others):
            return "process"
        return "thread" if len(server.tasks()) > len(before) else ""

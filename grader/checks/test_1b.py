"""1b: nobody stays behind."""
import signal
from pathlib import Path

from grader.checks.common import (attributed, check, gates, in_service, must_echo, must_serve, release,
                                   side_by_side)
from grader.checks.look import at_rest, cpu_at_rest, one_after_another, signal_all
from grader.core.record import Failed, Passed
from grader.core.subject import Case
from grader.observe import proc
from grader.observe.server import Server, describe

BUSY = 1.0          # seconds of CPU, in which a server serves thousands


def _zombies_that_stay(server: Server, case: Case) -> int:
    """Wait until there is none. A design that asks in its accept loop is right
    too: it is given one more client to do so, whose own child then stays until
    the next. Returns how many stay."""
    if server.until(lambda: not server.zombies(), quiet=0.5):
        return 0
    must_serve(server, case)
    if server.until(lambda: len(server.zombies()) <= 1):
        return 0
    return len(server.zombies())


@check("1b.reaped")
@attributed
def test_no_zombie_stays(case: Case) -> str:
    n = case.times(100, 40)
    with case.server() as server:
        served = one_after_another(server, case.bodies(n))
        if served != n:
            raise Failed(f"{served} of {n} clients were answered; {server.why}", ["client-lost"])
        left = _zombies_that_stay(server, case)
    if left:
        raise Failed(f"{n} clients were answered and {left} zombies stayed",
                     ["never-reaped" if left > 0.9 * n else "one-wait-per-signal"])
    return f"{n} clients answered, no zombie"


def _parent(pid: int) -> int:
    """The parent of a process, or 0 when it has gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _end_while_stopped(server: Server, clients: list, serving: set[int]) -> bool:
    """Stop the server, and whoever else is a parent of those who serve; let
    the clients go; go on when those who served them have ended. False if they
    do not end."""
    parents = {server.pid} | {_parent(p) for p in serving} & set(server.members())
    signal_all(parents, signal.SIGSTOP)
    try:
        server.until(lambda: all(proc.state(p) in "Tt" for p in parents))
        release(server, clients)
        calm = at_rest(serving, 1)
        server.until(lambda: not any(map(proc.alive, serving)) or calm())
        return not any(map(proc.alive, serving))
    finally:
        signal_all(parents, signal.SIGCONT)


@check("1b.coalesced")
@attributed
def test_many_deaths_and_one_signal(case: Case) -> str:
    with case.server() as server:
        server.settle()
        before = set(server.members())
        [first] = gates(server, case.bodies(1))
        server.until(lambda: first.in_service)
        if server.holders(first) & before - {server.pid}:
            raise Passed("does not apply: no process ends when its client has gone")
        clients = [first, *gates(server, case.bodies(20)[1:])]
        if not server.until(lambda: in_service(clients) == 20):
            raise Failed(f"{in_service(clients)} of 20 clients were in service; {server.why}", ["client-lost"])
        serving = set().union(*(server.holders(c) for c in clients)) - {server.pid}
        if not _end_while_stopped(server, clients, serving):
            raise Passed("does not apply: a process lives on when its client has gone")
        left = _zombies_that_stay(server, case)
    if left:
        raise Failed(f"20 children ended while the server was stopped; {left} zombies stayed",
                     ["one-wait-per-signal"])
    return "20 children ended while the server was stopped; no zombie stayed"


def _what_disturbs(server: Server, used: float) -> str:
    """Why clients are not served when children end, and one does not."""
    if server.status is not None:
        return "reaper-disturbs"
    return "reaper-spins" if used > BUSY else "reaper-waits"


def _must_rest(server: Server, seconds: float, who: str) -> None:
    used = cpu_at_rest(server, seconds)
    if used > seconds / 8:
        raise Failed(f"{used:.2f} s of CPU used in {seconds} s in which {who}nobody asked", ["reaper-spins"])


def _must_keep_errno(case: Case) -> None:
    """Let accept fail for a client now and then, and a child end before the
    server has looked why. Says nothing of a server that does not survive the
    failure alone."""
    with case.server(luck="FAIL=accept:2:ECONNABORTED LINGER=500") as server:
        clients = gates(server, case.bodies(2))
        if not server.until(lambda: in_service(clients) == 2, quiet=3):
            return
        clients[0].release()
        for body in case.bodies(3):
            clients += gates(server, [body])
            server.until(at_rest([server.pid], 0.02))   # its accept has failed
            clients[-2].release()
            server.until(lambda: clients[-1].in_service, quiet=3)
            if server.status is not None:
                raise Failed("accept failed for one client (ECONNABORTED), and a child ended before the server "
                             f"had looked why: it ended ({describe(server.status)})", ["errno-overwritten"])


@check("1b.undisturbed")
@attributed
def test_a_childs_end_disturbs_nobody(case: Case) -> str:
    n = case.times(30, 10)
    side_by_side(lambda: _must_serve_meanwhile(case, n),
                 *case.times(1, 0) * [lambda: _must_keep_errno(case)])
    return f"{n + 2} clients answered while children ended; no CPU used at rest"


def _must_serve_meanwhile(case: Case, n: int) -> None:
    """n clients, one after the other, while others are in service; and then nobody."""
    look = case.times(4, 2) / 10
    with case.server() as server:
        [held] = gates(server, case.bodies(1))
        waiting = server.client().ask(case.bytes(100), wait=200)
        server.until(lambda: held.in_service and server.accepted() >= 2)
        before = proc.cpu_seconds([server.pid])
        served = one_after_another(server, case.bodies(n), cpu=BUSY)
        if served != n:
            used = proc.cpu_seconds([server.pid]) - before
            raise Failed(f"{served} of {n} clients were answered while children ended and one client was in "
                         f"service, and the server used {used:.1f} s of CPU; {server.why}",
                         [_what_disturbs(server, used)])
        server.all_done([waiting])
        must_echo(server, [waiting], "clients served meanwhile")
        _must_rest(server, look, "one client was in service and ")
        release(server, [held])
        _must_rest(server, look, "")

"""1c: when fork fails, and when a child is killed."""
import os
import re
import signal
import time

from grader.box.box import Limits
from grader.checks.common import PATIENT, attributed, check, gates, in_service, must_echo, must_serve
from grader.checks.look import prefork
from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Case
from grader.observe import proc
from grader.observe.server import Server, describe

BUSY = 1.0                      # seconds of CPU, in which a server refuses thousands
FAILURES = re.compile(r"chaos: fork has failed (\d+) times")
MANY, SOME, LATE = 10000, 10, 10.0      # tries for a client, at once; and when so many seconds are over


@check("1c.fork-fails")
@attributed
def test_fork_fails_for_one_client(case: Case) -> str:
    with case.server(workers=20, luck="FAIL=fork:3") as server:
        server.settle()
        _may_need_its_children(server, case)
        bodies = case.bodies(9 + case.times(9, 3))
        # Processes that are there before anybody comes are perhaps all there are.
        made = bool(server.others())
        served = 0 if made else _served_while_held(server, bodies[:9])
        kept = {True: 0, False: 0}      # descriptors kept for one that was served, or not
        for body in bodies[9:]:
            before = len(proc.descriptors(server.pid))
            [client] = gates(server, [body])
            server.until(lambda: client.in_service or client.done)
            good = _served_or_refused(server, client)
            served += good
            client.close()
            server.settle()
            kept[good] = max(kept[good], len(proc.descriptors(server.pid)) - before)
        if served < 3:      # a design that forks twice fails oftener, and still serves some
            raise Failed(f"only {served} of {len(bodies)} clients were served, with every third fork failing",
                         ["fork-failure-ends-server"])
        # A server that keeps every client's loses 1a.parent-fd for it.
        if kept[False] > max(0, kept[True]):
            raise Failed("the server has more descriptors after a client that was not served than before it",
                         ["fork-failure-leaks"])
        if server.status is not None:
            raise Failed(f"the server ended ({describe(server.status)})", ["fork-failure-ends-server"])
    if not made and not _every_fork_fails(case):
        _no_room_for_more(case)
    return f"{served} of {len(bodies)} clients were served and {len(bodies) - served} refused"


def _served_while_held(server: Server, bodies: list[bytes]) -> int:
    """Hold all these clients in service at once, but those whose fork has
    failed, and let them go. Returns how many were served. Raises Failed if
    one has to wait for others to go, or comes to no good end."""
    clients = gates(server, bodies)
    waiting = lambda: [c for c in clients if not c.in_service and not c.done]
    held_up = [] if server.until(lambda: not waiting()) else waiting()
    server.may_end(clients)
    why, ended = server.why, server.status is not None
    serves = any(server.holders(c) == {server.pid} for c in clients if c.in_service and not c.done)
    if held_up and not serves and not ended:
        for client in clients:
            client.release()
        server.until(lambda: not any(c in waiting() for c in held_up))
        if not any(c in waiting() for c in held_up):
            raise Failed(f"with every third fork failing, {len(held_up)} of {len(clients)} clients were kept waiting "
                         f"until others had been let go; {why}", ["fork-failure-holds-up"])
    served = sum(_served_or_refused(server, client) for client in clients)
    for client in clients:
        client.close()
    server.settle()
    return served


def _every_fork_fails(case: Case) -> bool:
    """Ask a server that cannot fork at all. Returns whether it was seen to
    try: one that asks the kernel itself for a process has not met the luck."""
    with case.server(*PATIENT, luck="FAIL=fork:1 CALM=1 NOTES=1") as server:
        _must_refuse_and_stop(server, case)
        return _tries(server) > 0


def _no_room_for_more(case: Case) -> None:
    """The same where the server's user has no process left."""
    with case.server() as server:
        server.settle()
        tasks = sum(len(proc.threads(p)) for p in server.members())
    with case.server(*PATIENT, limits=Limits(processes=tasks)) as server:
        _must_refuse_and_stop(server, case)


def _must_refuse_and_stop(server: Server, case: Case) -> None:
    """Raise Failed unless each client is refused, nothing is tried for ever,
    and the server stops when told to."""
    server.settle()
    before = proc.cpu_seconds([server.pid])
    for body in case.bodies(3):
        _must_come_to_an_end(server, body)
    used = proc.cpu_seconds([server.pid]) - before
    if used > BUSY:
        raise Failed(f"every fork failed, and the server used {used:.1f} s of CPU to refuse 3 clients",
                     ["fork-failure-retried"])
    if not _stops(server) and _stops_undisturbed(case):
        raise Failed(f"every fork failed, and after SIGTERM the server did not end: {server.why}",
                     ["fork-failure-counted"])


def _tries(server: Server) -> int:
    """How often fork has failed, as lab/chaos tells it now and then."""
    return max(map(int, FAILURES.findall(server.output())), default=0)


def _must_come_to_an_end(server: Server, body: bytes) -> None:
    """Raise Failed unless a client is refused, or served without a fork."""
    before, late = _tries(server), time.monotonic() + LATE
    [client] = gates(server, [body])
    well = lambda: client.in_service or client.done
    enough = lambda: _tries(server) >= (MANY if time.monotonic() < late else SOME)
    server.until(lambda: well() or _tries(server) > before and enough())
    if not well() and server.status is None and _tries(server) > before:
        raise Failed(f"every fork failed, and the server has tried {_tries(server)} times and more while a client waits",
                     ["fork-failure-retried"])
    _served_or_refused(server, client)
    client.close()


def _stops(server: Server) -> bool:
    server.terminate()
    return server.until(lambda: server.status is not None)


def _stops_undisturbed(case: Case) -> bool:
    with case.server(*PATIENT) as server:
        server.one_by_one(case.bodies(3))
        return _stops(server)


def _may_need_its_children(server: Server, case: Case) -> None:
    """A server that makes its processes before clients come may give up where
    it cannot have them: no client is concerned. Raises Passed then."""
    if server.status is None:
        return
    with case.server() as undisturbed:
        if prefork(undisturbed):
            raise Passed("does not apply: no process is made for a client, and without its processes "
                         "the server does not start")


def _served_or_refused(server: Server, client) -> bool:
    """Let one client go on, whatever became of it. Raises Failed if it hangs
    or is served where it should not be."""
    server.may_end([client])
    if server.status is not None:
        raise Failed(f"fork failed once and the server ended ({describe(server.status)})",
                     ["fork-failure-ends-server"])
    if client.in_service:
        if server.holders(client) == {server.pid}:
            raise Failed("fork failed and the server's own process serves the client",
                         ["fork-failure-serves-in-parent"])
        client.release()
        server.until(lambda: client.done)
        return client.echoed
    if not client.done:
        raise Failed(f"fork failed and the client neither got an answer nor saw the end: {server.why}",
                     ["fork-failure-leaks"])
    server.until(lambda: client.ended)
    if not client.ended:
        raise Failed("fork failed, the client was refused, and its connection stays open",
                     ["fork-failure-leaks"])
    return False


@check("1c.killed-child")
@attributed
def test_a_killed_child_concerns_one_client(case: Case) -> str:
    with case.server() as server:
        clients = gates(server, case.bodies(4))
        server.until(lambda: in_service(clients) == 4)
        victims = server.holders(clients[0]) - {server.pid}
        for others in clients[1:]:
            victims -= server.holders(others) if len(victims) > 1 else set()
        if not victims:
            raise NotMeasured("the process that serves a client could not be found")
        os.kill(min(victims), signal.SIGKILL)
        for client in clients[1:]:
            client.release()
        server.all_done(clients[1:])
        must_echo(server, clients[1:], "clients whose process was not killed")
        if server.status is not None:
            raise Failed(f"the server ended ({describe(server.status)})", ["killed-child-ends-server"])
        must_serve(server, case)
    return "three of four were answered, and the server serves on"

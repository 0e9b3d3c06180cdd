"""What checks of several tasks look at: the numbers, CPU at rest, who is in flight."""
import json
import os
import time
from typing import Callable, Iterable, Union

from grader.core.record import Failed
from grader.core.subject import Case
from grader.observe import proc
from grader.observe.server import SPIN, Server


def stats(server: Server) -> dict:
    """The four numbers, asked for on a connection of their own."""
    client = server.client()
    client.send(b"GET /stats HTTP/1.1\r\nHost: echo\r\n\r\n")
    server.until(lambda: client.done)
    try:
        return json.loads(client.reply.body)
    except (AttributeError, ValueError):
        raise Failed(f"GET /stats was not answered with the numbers: {server.why}", ["client-lost"])


def cpu_at_rest(server: Server, seconds: float) -> float:
    """CPU that the server uses while nobody asks anything."""
    server.settle()
    before = proc.cpu_seconds(server.members())
    until = time.monotonic() + seconds
    server.until(lambda: time.monotonic() > until, quiet=seconds + 1)
    return proc.cpu_seconds(server.members()) - before


def in_flight(case: Case, server: Server, bodies: list[bytes], wait: Union[int, list[int]]) -> list:
    """Clients whose whole request has been accepted and takes wait ms, or
    each its own. Where one of them has a reply we were too slow to meet all of
    them in flight, and the caller has to begin again, or to say nothing."""
    waits = wait if isinstance(wait, list) else [wait] * len(bodies)
    clients = [server.client().ask(*asked) for asked in zip(bodies, waits)]
    if not server.until(lambda: server.accepted() >= len(clients) or any(c.reply for c in clients)):
        raise Failed(f"{server.accepted()} of {len(clients)} clients were accepted; {server.why}",
                     ["client-lost"])
    return clients


def listening(server: Server) -> set[int]:
    return {c.inode for c in proc.connections(server.port) if c.state == proc.LISTEN}


def prefork(server: Server) -> bool:
    """Whether processes wait for clients before any has come."""
    server.settle()
    return any(proc.sockets(p) & listening(server) for p in server.others())


def one_after_another(server: Server, bodies: Iterable[bytes], calm: float = 0.05, cpu: float = SPIN) -> int:
    """Serve one client after the other, each when what the one before has
    left behind is gone or rests, so that no two ends coincide. Stops at the
    first that is not answered, or for whom the server itself uses so many
    seconds of CPU; how many were."""
    rest, zombies, kept = len(server.others()), len(server.zombies()), 0
    for served, body in enumerate(bodies):
        client, most = server.client().ask(body), proc.cpu_seconds([server.pid]) + cpu
        busy = lambda: proc.cpu_seconds([server.pid]) > most
        server.until(lambda: client.done or busy())
        if not client.echoed:
            server.may_end([client])
            return served
        client.close()
        server.clients.remove(client)
        gone = lambda: len(server.others()) <= rest and len(server.zombies()) <= zombies
        if kept < 5 and not server.until(lambda: gone() or busy(), quiet=calm):
            rest, zombies, kept = len(server.others()), len(server.zombies()), kept + 1
    return served + 1


def signal_all(pids: Iterable[int], number: int) -> None:
    """Send a signal to those of the processes that still live."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def at_rest(pids: Iterable[int], seconds: float) -> Callable[[], bool]:
    """A condition: none of these processes has run for so long."""
    pids, seen, since = list(pids), None, 0.0

    def rests() -> bool:
        nonlocal seen, since
        work, still = proc.runtime(pids)
        if not still or work != seen:
            seen, since = work, time.monotonic()
        return time.monotonic() - since > seconds
    return rests


class Watched:
    """A condition, and the longest time in which nobody looked at it: where
    that is long, we were too slow to know what happened meanwhile."""

    def __init__(self, condition: Callable[[], object]):
        self._condition, self._looked, self.unseen = condition, time.monotonic(), 0.0

    def __call__(self) -> object:
        now = time.monotonic()
        self.unseen, self._looked = max(self.unseen, now - self._looked), now
        return self._condition()

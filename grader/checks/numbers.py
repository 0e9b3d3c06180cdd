"""What the checks of 2b do: clients under lab/chaos, and readings of the four
numbers while they come and go."""
import json

from grader.checks.common import must_echo
from grader.checks.look import stats
from grader.core.record import Failed
from grader.core.subject import Case
from grader.observe.client import Client, request
from grader.observe.server import Server

ASK = b"GET /stats HTTP/1.1\r\nHost: echo\r\n\r\n"


def luck_of(case: Case, delay: str, n: int = 0) -> str:
    """Delays (lab/chaos) of this check's own; n: of its n-th repetition."""
    return f"DELAY={delay} SEED={case.seed % 1000000 + n}"


def come_and_go(server: Server, bodies: list[bytes], at_once: int) -> list[Client]:
    """All these clients, of whom at most so many are there at the same time.
    No more come when the server stands still, or when one has seen twice as
    many overtake it: it may be asleep for ever, which is known when all rest."""
    clients: list[Client] = []
    there: list[int] = []           # who of them

    def room() -> bool:
        there[:] = [i for i in there if not clients[i].done]
        return len(there) < at_once

    def overtaken() -> bool:
        return bool(there) and len(clients) - there[0] - len(there) > 2 * at_once

    for body in bodies:
        if not server.until(room):
            return clients
        if overtaken():
            break
        there.append(len(clients))
        clients.append(server.client().ask(body))
    server.all_done(clients)
    return clients


def must_be_answered(server: Server, case: Case, clients: list[Client], luck: str) -> None:
    """Raise Failed unless all were answered, and say what kind of lock makes
    them wait: one that is never free again, or one that forgets who sleeps."""
    good = sum(c.echoed for c in clients)
    if good == len(clients) or server.status is not None or any(c.ended and not c.echoed for c in clients):
        must_echo(server, clients, "clients")
        return
    why = server.why
    newcomer = server.ask(case.bytes(100))
    said = f"{good} of {len(clients)} clients were answered, and then {why} ({luck})"
    if newcomer.echoed:
        raise Failed(f"{said}; a client that came afterwards was served, and they wait on: "
                     f"what they wait for was given back, and nobody woke them", ["stats-lock-sleepers"])
    raise Failed(f"{said}; a client that came afterwards is not served either", ["stats-lock-kept"])


def must_count(server: Server, clients: list[Client], luck: str) -> None:
    """Raise Failed unless the numbers, asked for when all replies have come,
    are exactly those of these clients."""
    expected = {"served": len(clients), "bytes": sum(len(c.body) for c in clients), "active": 0}
    seen = stats(server)
    if any(seen.get(n) != value for n, value in expected.items()):
        raise Failed(f"after {expected['served']} requests of {expected['bytes']} bytes in all, GET /stats "
                     f"says {json.dumps(seen)} ({luck})", ["stats-lost-update"])


class Readers:
    """Connections that are kept, on which GET /stats is asked again and again."""

    def __init__(self, server: Server, n: int):
        self._server, self._clients = server, [server.client() for _ in range(n)]
        self._owed = [0] * n

    def ask(self, each: int = 1) -> None:
        """So many further readings on each connection that is owed none."""
        for i, client in enumerate(self._clients):
            if not self._owed[i]:
                self._owed[i] = each
                client.send(each * ASK)

    def take(self) -> list[dict]:
        """The readings that have come since. Raises Failed for one that is none."""
        found: list[dict] = []
        for i, client in enumerate(self._clients):
            while self._owed[i]:
                reply = client.take()
                if reply is None:
                    break
                self._owed[i] -= 1
                try:
                    found.append({n: int(v) for n, v in json.loads(reply.body).items()})
                except (ValueError, AttributeError, TypeError):
                    raise Failed(f"GET /stats was answered with {reply.body[:100]!r}", ["echo-not-exact"])
        return found

    def all(self) -> list[dict]:
        """All that was asked for. Raises Failed where that does not come."""
        found: list[dict] = []

        def came() -> bool:
            found.extend(self.take())
            return not any(self._owed)

        if not self._server.until(came):
            raise Failed(f"GET /stats was not answered: {self._server.why}", ["stats-lock-kept"])
        return found

    def last(self) -> dict:
        """A reading asked for from now on."""
        self.all()
        self.ask()
        return self.all()[-1]


class Writers:
    """Connections that are kept, each with one echo under way at a time."""

    def __init__(self, server: Server, n: int, body: bytes):
        self._clients, self._request = [server.client() for _ in range(n)], request(body)
        self._busy = [False] * n
        self.done = 0

    def reach(self, n: int) -> bool:
        """Take what was answered, ask anew until n were asked; whether n are done."""
        for i, client in enumerate(self._clients):
            if self._busy[i] and client.take():
                self._busy[i], self.done = False, self.done + 1
            if not self._busy[i] and self.done + sum(self._busy) < n:
                self._busy[i] = True
                client.send(self._request)
        return self.done >= n

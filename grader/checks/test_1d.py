"""1d: numbers that processes share."""
import json
import time

from grader.checks.common import check, gates, must_echo, release
from grader.checks.look import prefork, stats
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Blocked, Case
from grader.observe.server import Server


def _served_by_the_server_itself(server: Server, body: bytes) -> bool:
    """Serve one client, and look who does it."""
    [client] = gates(server, [body])
    server.until(lambda: client.in_service)
    own = not server.holders(client) - {server.pid}
    release(server, [client])
    return own


@check("1d.shared")
def test_the_numbers_are_shared(case: Case) -> str:
    with case.server() as server:
        bodies = [case.bytes(case.random.randrange(1, 300)) for _ in range(20)]
        if _served_by_the_server_itself(server, bodies[0]):
            raise Blocked("1a.overlap", ": one process has nothing to share")
        served = 1 + server.one_by_one(bodies[1:])
        if served != 20:
            raise Failed(f"{served} of 20 clients were answered; {server.why}", ["client-lost"])
        expected = {"served": 20, "bytes": sum(map(len, bodies)), "active": 0}
        seen = stats(server)
        wrong = [n for n in expected if seen.get(n) != expected[n]]
        if wrong:
            raise Failed(f"after 20 requests of {expected['bytes']} bytes in all, GET /stats says {json.dumps(seen)}",
                         [_where_counted(seen, expected, prefork(server))], case.diagnosis("stats"))
    return f"20 requests, {expected['bytes']} bytes, active 0: as GET /stats says"


def _where_counted(seen: dict, expected: dict, lasting: bool) -> str:
    """What wrong numbers mean. Who answers GET /stats has not served anybody
    else, unless processes outlast their clients: what was counted elsewhere is
    0 for it, and no other number can come of a copy."""
    if any(seen.get(n, 0) > expected[n] for n in expected):
        return "stats-miscounted"
    missing = [n for n in ("served", "bytes") if not seen.get(n)]
    if len(missing) == 2 or lasting:
        return "stats-not-shared"
    return "stats-partly-shared" if missing else "stats-miscounted"


@check("1d.peak")
def test_the_most_at_once_is_kept(case: Case) -> str:
    for wait in 800, 2000, 9000:     # long enough for five to come while the first is there
        with case.server() as server:
            begin = time.monotonic()
            clients = []
            for n, body in enumerate(case.bodies(5), 1):
                clients.append(server.client().ask(body, wait))
                seen = _await_active(server, n, begin + wait / 1000 * 0.8)
                if seen is None:
                    break
            if seen is None:
                continue
            server.all_done(clients, wait)
            must_echo(server, clients, "clients")
            seen = stats(server)
        if (seen["peak"], seen["active"]) != (5, 0):
            own = seen.get("peak", 0) <= 1      # at most what one process alone could see
            raise Failed(f"5 clients were active at once; now GET /stats says {json.dumps(seen)}",
                         ["stats-partly-shared" if own else "stats-miscounted"])
        return "5 at once: peak 5, then active 0"
    raise NotMeasured("the machine is too slow to have five clients in service for nine seconds")


def _await_active(server: Server, n: int, until: float):
    """Ask until active is n. None when the time was too short to tell."""
    seen: dict = {}

    def reached():
        seen.update(stats(server))
        return seen.get("active") == n or time.monotonic() > until
    server.until(reached)
    if seen.get("active") == n:
        return seen
    if time.monotonic() > until and seen.get("active", 0) == n - 1:
        return None
    own = seen.get("active", 0) < n
    raise Failed(f"{n} clients were in service and GET /stats said {json.dumps(seen)}",
                 ["stats-partly-shared" if own else "stats-miscounted"])

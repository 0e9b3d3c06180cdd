"""Part 1: a process per client."""
import json
import os
import signal
import time

from grader.checks import common
from grader.checks.common import attributed, check, crowd, gates, in_service, must_end_well, must_echo, must_serve, release
from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Blocked, Case
from grader.observe import proc
from grader.observe.server import Server, describe

UNFLUSHED = "EchoCo server, process"         # main prints it and does not flush

test_builds = common.guard("1.builds", common.guard_builds)
test_starts = common.guard("1.starts", common.guard_starts)
test_echo = common.guard("1.echo", common.guard_echo)
test_split = common.guard("1.split", common.guard_split)
test_bad_input = common.guard("1.bad-input", common.guard_bad_input)
test_burst = common.guard("1.burst", common.guard_burst)
test_keep_alive = common.guard("1.keep-alive", common.guard_keep_alive)


def prefork(server: Server) -> bool:
    """Whether processes wait for clients before any has come."""
    server.settle()
    return any(proc.sockets(p) & _listening(server) for p in server.others())


def _listening(server: Server) -> set[int]:
    return {c.inode for c in proc.connections(server.port) if c.state == proc.LISTEN}


def stats(server: Server) -> dict:
    """The four numbers, asked for on a connection of their own."""
    client = server.client()
    client.send(b"GET /stats HTTP/1.1\r\nHost: echo\r\n\r\n")
    server.until(lambda: client.done)
    try:
        return json.loads(client.reply.body)
    except (AttributeError, ValueError):
        raise Failed(f"GET /stats was not answered with the numbers: {server.why}", ["client-lost"])


@check("1a.overlap")
@attributed
def test_eight_clients_each_in_a_process_of_its_own(case: Case) -> str:
    with case.server() as server:
        clients = gates(server, case.bodies(8))
        if not server.until(lambda: in_service(clients) == 8):
            forks = len(server.others()) > 0
            raise Failed(f"{in_service(clients)} of 8 held clients were being served at once, with "
                         f"{len(server.others())} processes besides the server; {server.why}",
                         ["parent-waits-for-child" if forks else "serial"])
        serving = [server.holders(c) - {server.pid} for c in clients]
        if not all(serving):
            raise Failed(f"{sum(not s for s in serving)} of 8 clients were served by the server's own process",
                         ["serves-in-parent"])
        distinct = len(set().union(*serving))
        if distinct < 8:
            raise Failed(f"8 clients were served by {distinct} processes", ["serves-in-parent"])
        release(server, clients)
    return "8 held clients were in service at once, in 8 processes"


@check("1a.parent-fd")
@attributed
def test_the_server_keeps_no_descriptor(case: Case) -> str:
    with case.server() as server:
        half = server.client().ask(case.bytes(100))
        half.half_close()
        server.until(lambda: half.ended)
        if not half.ended:
            holds = "the server itself still has" if server.pid in server.holders(half) else "somebody still has"
            raise Failed(f"a client was answered and never saw the end: {holds} its connection",
                         ["parent-keeps-descriptor"])
        counts = []
        for _ in range(2):
            if server.one_by_one(case.bodies(50)) != 50:
                raise Failed(f"a client was not answered: {server.why}", ["client-lost"])
            server.settle()
            counts.append(len(proc.descriptors(server.pid)))
    if counts[1] > counts[0]:
        raise Failed(f"{counts[0]} descriptors after 50 clients, {counts[1]} after 100",
                     ["parent-keeps-descriptor"])
    return f"{counts[0]} descriptors after 50 clients, {counts[1]} after 100"


@check("1a.child-listener")
@attributed
def test_a_child_gives_up_the_listener(case: Case) -> str:
    with case.server() as server:
        if prefork(server):
            raise Passed("does not apply: the children accept themselves")
        [client] = gates(server, case.bodies(1))
        server.until(lambda: client.in_service)
        keepers = [p for p in server.holders(client) - {server.pid} if proc.sockets(p) & _listening(server)]
        if keepers:
            raise Failed("the child that serves a client also holds the listening socket",
                         ["child-keeps-listener"])
        release(server, [client])
    return "the child that serves holds its connection and not the listener"


@check("1a.exit")
@attributed
def test_a_child_leaves_for_good(case: Case) -> str:
    with case.server() as server:
        server.settle()
        before = len(server.members())
        must_echo(server, crowd(server, case.bodies(20)), "clients")
        if not server.until(lambda: len(server.members()) <= before):
            raise Failed(f"{before} processes before the first client and {len(server.members())} "
                         "after the last has gone", ["child-stays"])
        output = server.output()
        doubled = output.count(UNFLUSHED)
        if doubled and server.status is None:
            causes = ["child-flushes-output", "child-stays"]
            if "serve: " in output:     # main's words when serve fails: a child came back to it
                causes.reverse()
            raise Failed(f"a line that the server had not yet written was written {doubled} times by its "
                         f"children{server.said()}", causes)
    return f"{before} processes before, as many after; nothing printed twice"


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
    with case.server() as server:
        served = server.one_by_one(case.bodies(100))
        if served != 100:
            raise Failed(f"{served} of 100 clients were answered; {server.why}", ["client-lost"])
        left = _zombies_that_stay(server, case)
    if left:
        raise Failed(f"100 clients were answered and {left} zombies stayed",
                     ["never-reaped" if left > 90 else "one-wait-per-signal"])
    return "100 clients answered, no zombie"


@check("1b.coalesced")
@attributed
def test_many_deaths_and_one_signal(case: Case) -> str:
    with case.server() as server:
        if prefork(server):
            raise Passed("does not apply: no process ends when its client has gone")
        clients = gates(server, case.bodies(20))
        if not server.until(lambda: in_service(clients) == 20):
            raise Failed(f"{in_service(clients)} of 20 clients were in service; {server.why}", ["client-lost"])
        serving = set().union(*(server.holders(c) for c in clients)) - {server.pid}
        server.run.signal(signal.SIGSTOP)
        try:
            release(server, clients)
            ended = server.until(lambda: not any(map(proc.alive, serving)))
        finally:
            server.run.signal(signal.SIGCONT)
        if not ended:
            raise NotMeasured("the children did not end while the server was stopped")
        left = _zombies_that_stay(server, case)
    if left:
        raise Failed(f"20 children ended while the server was stopped; {left} zombies stayed",
                     ["one-wait-per-signal"])
    return "20 children ended while the server was stopped; no zombie stayed"


@check("1b.undisturbed")
@attributed
def test_a_childs_end_disturbs_nobody(case: Case) -> str:
    with case.server() as server:
        [held] = gates(server, case.bodies(1))
        waiting = server.client().ask(case.bytes(100), wait=200)
        served = server.one_by_one(case.bodies(30))
        if served != 30:
            raise Failed(f"{served} of 30 clients were answered while children ended; {server.why}",
                         ["reaper-disturbs"])
        server.all_done([waiting])
        must_echo(server, [waiting], "clients served meanwhile")
        release(server, [held])
        used = cpu_at_rest(server, 0.4)
        if used > 0.05:
            raise Failed(f"{used:.2f} s of CPU used in 0.4 s in which nobody asked", ["reaper-spins"])
    return "32 clients answered while children ended; no CPU used at rest"


def cpu_at_rest(server: Server, seconds: float) -> float:
    """CPU that the server uses while nobody asks anything."""
    server.settle()
    before = proc.cpu_seconds(server.members())
    until = time.monotonic() + seconds
    server.until(lambda: time.monotonic() > until, quiet=seconds + 1)
    return proc.cpu_seconds(server.members()) - before


@check("1c.fork-fails")
@attributed
def test_fork_fails_for_one_client(case: Case) -> str:
    with case.server(shim="FAIL=fork:3") as server:
        server.settle()
        before = len(proc.descriptors(server.pid))
        served = 0
        for body in case.bodies(9):
            [client] = gates(server, [body])
            server.until(lambda: client.in_service or client.done)
            served += _served_or_refused(server, client)
            client.close()
        if served < 3:      # a design that forks twice fails oftener, and still serves some
            raise Failed(f"only {served} of 9 clients were served, with every third fork failing",
                         ["fork-failure-ends-server"])
        server.settle()
        after = len(proc.descriptors(server.pid))
        # A server that keeps every client's has lost 1a.parent-fd for it already.
        known = served if case.subject.outcome("1a.parent-fd") == "fail" else 0
        if after > before + known:
            raise Failed(f"{before} descriptors before and {after} after: a client that was not served "
                         "keeps its descriptor", ["fork-failure-leaks"])
        if server.status is not None:
            raise Failed(f"the server ended ({describe(server.status)})", ["fork-failure-ends-server"])
    return f"{served} of 9 clients were served and {9 - served} refused"


def _served_or_refused(server: Server, client) -> bool:
    """Let one client go on, whatever became of it. Raises Failed if it hangs
    or is served where it should not be."""
    if server.status is not None:
        raise Failed(f"fork failed once and the server ended ({describe(server.status)})",
                     ["fork-failure-ends-server", "fork-failure-serves-in-parent"])
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
            all_zero = not any(seen.get(n) for n in ("served", "bytes"))
            raise Failed(f"after 20 requests of {expected['bytes']} bytes in all, GET /stats says {json.dumps(seen)}",
                         ["stats-not-shared" if all_zero else "stats-partly-shared"],
                         case.diagnosis("stats"))
    return f"20 requests, {expected['bytes']} bytes, active 0: as GET /stats says"


@check("1d.peak")
def test_the_most_at_once_is_kept(case: Case) -> str:
    for wait in 800, 3000, 9000:     # long enough for five to come while the first is there
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
            raise Failed(f"5 clients were active at once; now GET /stats says {json.dumps(seen)}",
                         ["stats-partly-shared"])
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
    raise Failed(f"{n} clients were in service and GET /stats said {json.dumps(seen)}",
                 ["stats-partly-shared", "stats-not-shared"])


def in_flight(case: Case, server: Server, bodies: list[bytes], wait: int) -> list:
    """Clients whose whole request has been accepted and takes wait ms."""
    clients = [server.client().ask(body, wait) for body in bodies]
    if not server.until(lambda: server.accepted() >= len(clients)):
        raise Failed(f"{server.accepted()} of {len(clients)} clients were accepted; {server.why}",
                     ["client-lost"])
    return clients


@check("1e.in-flight")
@attributed
def test_a_stop_finishes_what_was_begun(case: Case) -> str:
    for wait in 300, 2000:
        with case.server() as server:
            clients = in_flight(case, server, case.bodies(3), wait)
            server.terminate()
            if any(c.done for c in clients):
                continue                # too slow: nothing was in flight any more
            server.until(lambda: server.status is not None or all(c.done for c in clients),
                         quiet=wait / 1000 + 2)
            if server.status is not None:
                missing = sum(not c.echoed for c in clients)
                if missing:
                    raise Failed(f"the server ended while {missing} of 3 clients were being served",
                                 ["stop-returns-at-once"])
            must_echo(server, clients, "clients in service at SIGTERM")
            must_end_well(server, ["stop-never-ends"])
            return "3 in service at SIGTERM: 3 replies, then status 0"
    raise NotMeasured("the machine is too slow to send SIGTERM within two seconds")


@check("1e.no-orphan")
@attributed
def test_a_stop_leaves_nobody_behind(case: Case) -> str:
    with case.server() as server:
        clients = in_flight(case, server, case.bodies(2), wait=150)
        silent = [server.client() for _ in range(2)]
        server.until(lambda: server.accepted() >= 4 or all(c.done for c in clients))
        server.terminate()
        must_end_well(server, ["stop-never-ends"])
        server.run.wait(0.1)
        left = server.others()
        if left:
            raise Failed(f"the server has ended and {len(left)} of its processes live on",
                         ["stop-leaves-processes"])
        del silent
        if server.listens():
            raise Failed("the server has ended and somebody still listens on its port", ["stop-leaves-processes"])
    return "nobody of the server's processes lives on, and the port is free"


@check("1e.refuses")
@attributed
def test_a_stop_turns_newcomers_away(case: Case) -> str:
    with case.server() as server:
        [client] = in_flight(case, server, case.bodies(1), wait=500)
        server.terminate()
        reacted = time.monotonic() + 0.2
        server.until(lambda: not server.listens() or time.monotonic() > reacted, quiet=2)
        late = server.client().ask(case.bytes(100))
        server.until(lambda: late.done or server.status is not None, quiet=2)
        if late.reply is not None and late.reply.status == 200:
            raise Failed("a client that came after SIGTERM was served", ["stop-keeps-listening"])
        must_end_well(server, ["stop-never-ends"])
        must_echo(server, [client], "clients in service at SIGTERM")
        deadline = time.monotonic() + 2
        while not late.done and time.monotonic() < deadline:
            server.run.wait(0.01)
        if not late.ended:
            raise Failed("the server has ended and a late client's connection has not", ["stop-leaves-processes"])
    return "a client that came after SIGTERM got no reply and saw the end"

"""The guards: what every server of parts 1 and 2 does, the starter too."""
import signal
from typing import Callable, Optional

from grader.checks.common import NOTED, attributed, check, closings, crowd, must_echo, must_serve
from grader.checks.hold import C, W, rest
from grader.core.record import Failed, Passed
from grader.core.subject import Case
from grader.observe import proc
from grader.observe.client import Client, Reply, request
from grader.observe.server import Server, describe


def guard(id: str, measure: Callable[[Case], Optional[str]]):
    """The same guard, as an entry of one part's."""
    @attributed
    def measured(case: Case) -> Optional[str]:
        return measure(case)
    return check(id)(measured)


def builds(case: Case) -> None:
    case.program()


def starts(case: Case) -> str:
    with case.server(luck=NOTED) as server:
        must_serve(server, case, "the first client")
        rest(server, 0.2)
        crowd_size = len(server.others())
        if crowd_size > 100:
            raise Failed(f"{crowd_size} processes run while nobody asks", ["process-explosion"])
        return f"{1 + crowd_size} processes at rest"


SIZES = 0, 1, 511, 512, 513, 4095, 4096, 4097, 65536, 1 << 20


def echo(case: Case) -> None:
    every_byte = bytes(range(256)) * 3
    with case.server(luck=NOTED) as server:
        for n, body in enumerate([*map(case.bytes, SIZES), every_byte, b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"]):
            client = server.ask(body)
            if server.status is not None:
                raise died(case, server, n + client.echoed)
            if not client.echoed:
                lost = client.reply is None
                got = "no reply" if lost else f"{len(client.reply.body)} other bytes"
                noted, evidence = closings(server)
                raise Failed(f"a body of {len(body)} bytes came back as {got}",
                             [*noted, "client-lost" if lost else "echo-not-exact"], evidence)
            client.close()


def died(case: Case, server: Server, n: int) -> Failed:
    """What is to be said of a server that ends while clients come and go."""
    causes = ["reaper-disturbs"] if case.part.id == "fork" and n > 0 else []
    return Failed(f"after {n} clients the server ended ({describe(server.status)}){server.said()}",
                  [*causes, "dies-with-client"])


def split(case: Case) -> None:
    with case.server(luck=NOTED) as server:
        body = case.bytes(20)
        client = server.client()
        client.body = body
        for byte in request(body):
            client.send(bytes([byte]))
        server.all_done([client])
        must_echo(server, [client], "clients that send byte by byte")
        for cut in 1, 17, 60:       # and with the server gone back to sleep in between
            client = server.client()
            client.body = body
            whole = request(body)
            client.send(whole[:cut])
            rest(server, 0.02)
            client.send(whole[cut:])
            server.all_done([client])
            must_echo(server, [client], f"clients that pause after {cut} bytes")


BAD = {
    b"nonsense\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nName : value\r\n\r\n": 400,
    b"POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n": 400,
    b"POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": 400,
    b"POST /echo?wait=soon HTTP/1.1\r\nContent-Length: 0\r\n\r\n": 400,
    b"POST /echo?wait=10001 HTTP/1.1\r\nContent-Length: 0\r\n\r\n": 400,
    b"GET /nowhere HTTP/1.1\r\n\r\n": 404,
    b"GET /echo HTTP/1.1\r\n\r\n": 405,
    b"POST /stats HTTP/1.1\r\nContent-Length: 0\r\n\r\n": 405,
    b"POST /echo HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n": 413,
    b"GET / HTTP/1.1\r\nLong: " + 5000 * b"x" + b"\r\n\r\n": 431,
    b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n": 501,
    b"BREW /echo HTTP/1.1\r\n\r\n": 501,
}


def bad_input(case: Case) -> None:
    with case.server("-i", "300", luck=NOTED) as server:
        for data, status in BAD.items():
            client = server.client()
            client.send(data)
            server.all_done([client])
            _must_be(server, client, status, data)
            client.close()
        for rude in (b"", b"POST /echo HTTP/1.1\r\n", request(b"half", expect=True)):
            client = server.client()
            client.send(rude)
            client.abort()          # and leaves with a reset
        slow = server.client()
        slow.send(b"POST /ec")
        must_serve(server, case, "a good client after the bad ones")
        server.until(lambda: slow.done)
        _must_be(server, slow, 408, b"POST /ec (and then nothing)")
        must_serve(server, case, "a good client after the bad ones")


def _must_be(server: Server, client: Client, status: int, data: bytes) -> None:
    got = client.reply.status if client.reply else "no reply"
    if got != status:
        noted, evidence = closings(server)
        raise Failed(f"{data[:60]!r} should be answered {status}, and got {got}", [*noted, "client-lost"], evidence)


def burst(case: Case) -> None:
    with case.server(luck=NOTED) as server:
        must_echo(server, crowd(server, case.bodies(64)), "clients that came at once")


def keep_alive(case: Case) -> None:
    with case.server("-k", luck=NOTED) as server:
        client = server.client()
        for body in case.bodies(10):
            client.ask(body)
            server.until(lambda: client.done)
            _must_match(server, client.take(), body)
        client.close()

        client, bodies = server.client(), case.bodies(5)
        client.send(b"".join(map(request, bodies)))
        for body in bodies:
            server.until(lambda: client.done)
            _must_match(server, client.take(), body)


def _must_match(server: Server, reply: Optional[Reply], body: bytes) -> None:
    if reply is None or reply.body != body:
        noted, evidence = closings(server)
        raise Failed("a request on a connection that is kept was not answered with its own bytes",
                     [*noted, "client-lost" if reply is None else "echo-not-exact"], evidence)


# -- clients that leave as they like ------------------------------------------

IMPOLITE = 30           # of each kind
LARGE = 1 << 18         # a reply that no socket takes in one piece


def _resets(server: Server, client: Client, case: Case) -> bool:
    """Asks, and leaves with a reset."""
    client.ask(case.bytes(100))
    client.abort()
    return True


def _reads_nothing(server: Server, client: Client, case: Case) -> bool:
    """Asks for much, and leaves before the reply: a write meets a reset."""
    client.ask(b"x" * LARGE)
    return server.until(lambda: client.sent)


def _says_nothing(server: Server, client: Client, case: Case) -> bool:
    """Connects, and leaves."""
    return True


def _ends_early(server: Server, client: Client, case: Case) -> bool:
    """Says one byte and that this was all."""
    client.send(b"P")
    client.half_close()
    return server.until(lambda: client.ended)


KINDS = {_resets: "a reset after the request", _reads_nothing: "leaving before the reply",
         _says_nothing: "leaving without a word", _ends_early: "one byte and then the end"}


def rude(case: Case) -> str:
    """Whatever a client does to its own connection, the others are served.
    (Of processes this asks that the one that accepts survives.)"""
    with case.server(luck=NOTED) as server:
        rest(server)
        threads, came = len(proc.threads(server.pid)), 0
        for leave, how in KINDS.items():
            came += _impolite(server, case, leave)
            rest(server)
            _must_have_survived(server, how)
        left = threads - len(proc.threads(server.pid))
        try:
            must_serve(server, case, f"after {came} impolite clients a good one")
        except Failed as failed:
            if left > 0:
                failed.observed += f"; of {threads} threads {left} have ended"
                failed.causes.insert(0, "worker-ends-with-client")
            raise
    return f"{came} clients left in {len(KINDS)} impolite ways, and the next one was served"


def _impolite(server: Server, case: Case, leave: Callable[[Server, Client, Case], bool]) -> int:
    """IMPOLITE clients of a kind, or fewer where the server stands still; how many."""
    for n in range(1, IMPOLITE + 1):
        client = server.client()
        good = leave(server, client, case)
        client.close()
        server.clients.remove(client)
        if not good:
            break
    return n


def _must_have_survived(server: Server, how: str) -> None:
    if server.status is None:
        return
    pipe = (server.status.kind, server.status.value) == ("signal", signal.SIGPIPE)
    raise Failed(f"clients that left like this ended the server: {how} "
                 f"({describe(server.status)}){server.said()}",
                 ["dies-of-sigpipe", "dies-with-client"] if pipe else ["dies-with-client"])


# -- each connection is closed, once, by its owner ----------------------------

def descriptors(case: Case) -> str:
    with case.server(workers=W, capacity=C, luck=NOTED) as server:
        half = server.client().ask(case.bytes(100))
        half.half_close()
        if not server.until(lambda: half.ended):
            raise Failed("a client was answered, or not, and never saw the end of its connection",
                         ["connection-not-closed"])
        first, second = (_after_a_hundred(server, case) for _ in range(2))
        if second > first + W:          # a worker may open something of its own, late
            raise Failed(f"{first} descriptors after 100 clients, {second} after 200", ["connection-not-closed"])
        _, evidence = closings(server)
    for _ in range(case.times(1, 0)):
        _closed_once(case)
    seen = f"{first} descriptors after 100 clients, {second} after 200"
    if evidence:
        raise Passed(seen + "; something was closed that was not open", evidence)
    return seen


def _after_a_hundred(server: Server, case: Case) -> int:
    served = server.one_by_one(case.bodies(100))
    if served != 100:
        noted, evidence = closings(server)
        raise Failed(f"{served} of 100 clients were answered; {server.why}", [*noted, "client-lost"], evidence)
    rest(server)
    return len(proc.descriptors(server.pid))


def _closed_once(case: Case) -> None:
    """Closes are late, so that a number which is closed a second time belongs
    to another client by then, who is in service or waits inside."""
    luck = f"{NOTED} TAKEN=30 DELAY=5000:100 SEED={case.seed}"
    with case.server(program=case.delayed(case.program()), workers=W, capacity=4 * C, luck=luck) as server:
        must_echo(server, crowd(server, case.bodies(48), wait=3),
                  f"clients of a server with delays (seed {case.seed})")

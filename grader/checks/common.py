"""What the checks of several parts do: guards, crowds of clients, verdicts."""
import functools
from typing import Callable, Iterable, Optional

import pytest

from grader.core.record import Failed, Passed
from grader.core.subject import Case, suspicion
from grader.observe import proc
from grader.observe.client import Client, Reply, request
from grader.observe.server import Server, describe

AT_ONCE = 16            # clients that may be connecting at the same time


def check(id: str):
    """Mark a function as the measurement of one entry of the rubric."""
    return pytest.mark.check(id)


def attributed(measure: Callable[[Case], Optional[str]]):
    """Where a check fails, see whether another module than its own is to
    blame, by putting EchoCo's in its place. Then that module is suspect, which
    is for its own checks to say, and this one passes."""
    @functools.wraps(measure)
    def measured(case: Case) -> Optional[str]:
        try:
            return measure(case)
        except Failed as failed:
            for module in case.replaceable():
                if _passes_with_ours(case, measure, module):
                    raise Passed(f"with EchoCo's {module}; with the submission's own: {failed.observed}",
                                 [suspicion(module, failed.observed)]) from failed
            raise
    return measured


def _passes_with_ours(case: Case, measure: Callable[[Case], Optional[str]], module: str) -> bool:
    """Three times out of three: once might be luck."""
    case.instead, company = module, case.company
    try:
        for _ in range(3):
            measure(case)
    except Failed:
        return False
    finally:
        case.instead, case.company = "", company
    return True


def guard(id: str, measure: Callable[[Case], Optional[str]]):
    """The same guard, as an entry of one part's."""
    @attributed
    def measured(case: Case) -> Optional[str]:
        return measure(case)
    return check(id)(measured)


def gates(server: Server, bodies: Iterable[bytes]) -> list[Client]:
    """Connect clients that ask and withhold the body, one after the other."""
    return [server.client().gate(body) for body in bodies]


def in_service(clients: Iterable[Client]) -> int:
    """How many of them somebody is serving."""
    return sum(c.in_service for c in clients)


def release(server: Server, clients: list[Client]) -> None:
    """Let gated clients go on, and see that each gets its own bytes.

    Raises Failed otherwise."""
    for client in clients:
        client.release()
    server.all_done(clients)
    must_echo(server, clients, "held clients")


def must_echo(server: Server, clients: list[Client], who: str) -> None:
    """Raise Failed unless every client has got its own bytes back."""
    good = sum(c.echoed for c in clients)
    if good == len(clients):
        return
    if server.status is not None:
        raise Failed(f"{good} of {len(clients)} {who} were answered, then the server ended "
                     f"({describe(server.status)}){server.said()}", ["dies-with-client"])
    foreign = sum(c.reply is not None and not c.echoed for c in clients)
    if foreign:
        raise Failed(f"{foreign} of {len(clients)} {who} got something else than their own bytes",
                     ["echo-not-exact"])
    raise Failed(f"{good} of {len(clients)} {who} were answered; {server.why}",
                 ["client-lost"])


def crowd(server: Server, bodies: list[bytes], at_once: int = AT_ONCE) -> list[Client]:
    """All these clients together, of which so many connect at the same time.

    (More would overflow the small backlog that a server may have asked for.)"""
    clients: list[Client] = []
    for body in bodies:
        server.until(lambda: sum(not c.connected and not c.ended for c in clients) < at_once)
        clients.append(server.client().ask(body))
    server.all_done(clients)
    return clients


def must_serve(server: Server, case: Case, who: str = "a client that came afterwards") -> None:
    """Raise Failed unless a further client is served."""
    client = server.ask(case.bytes(100))
    if not client.echoed:
        state = f"the server had ended ({describe(server.status)})" if server.status else server.why
        raise Failed(f"{who} was not served: {state or 'its connection ended without a reply'}",
                     ["dies-with-client"] if server.status else ["client-lost"])


# -- the guards, the same for every part --------------------------------------

def guard_builds(case: Case) -> None:
    case.program()


def guard_starts(case: Case) -> str:
    with case.server() as server:
        must_serve(server, case, "the first client")
        server.settle(0.2)
        crowd_size = len(server.others())
        if crowd_size > 100:
            raise Failed(f"{crowd_size} processes run while nobody asks", ["process-explosion"])
        return f"{1 + crowd_size} processes at rest"


SIZES = 0, 1, 511, 512, 513, 4095, 4096, 4097, 65536, 1 << 20


def guard_echo(case: Case) -> None:
    every_byte = bytes(range(256)) * 3
    with case.server() as server:
        for n, body in enumerate([*map(case.bytes, SIZES), every_byte, b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"]):
            client = server.ask(body)
            if server.status is not None:
                raise died(case, server, n + client.echoed)
            if not client.echoed:
                got = "no reply" if client.reply is None else f"{len(client.reply.body)} other bytes"
                raise Failed(f"a body of {len(body)} bytes came back as {got}", ["echo-not-exact"])
            client.close()


def died(case: Case, server: Server, n: int) -> Failed:
    """What is to be said of a server that ends while clients come and go."""
    causes = ["reaper-disturbs"] if case.part.id == "fork" and n > 0 else []
    return Failed(f"after {n} clients the server ended ({describe(server.status)}){server.said()}",
                  [*causes, "dies-with-client"])


def guard_split(case: Case) -> None:
    with case.server() as server:
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
            server.settle(0.02)
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


def guard_bad_input(case: Case) -> None:
    with case.server("-i", "300") as server:
        for data, status in BAD.items():
            client = server.client()
            client.send(data)
            server.all_done([client])
            _must_be(client, status, data)
            client.close()
        for rude in (b"", b"POST /echo HTTP/1.1\r\n", request(b"half", expect=True)):
            client = server.client()
            client.send(rude)
            client.abort()          # and leaves with a reset
        slow = server.client()
        slow.send(b"POST /ec")
        must_serve(server, case, "a good client after the bad ones")
        server.until(lambda: slow.done)
        _must_be(slow, 408, b"POST /ec (and then nothing)")
        must_serve(server, case, "a good client after the bad ones")


def _must_be(client: Client, status: int, data: bytes) -> None:
    got = client.reply.status if client.reply else "no reply"
    if got != status:
        raise Failed(f"{data[:60]!r} should be answered {status}, and got {got}", ["client-lost"])


def guard_burst(case: Case) -> None:
    with case.server() as server:
        must_echo(server, crowd(server, case.bodies(64)), "clients that came at once")


def guard_keep_alive(case: Case) -> None:
    with case.server("-k") as server:
        client = server.client()
        for body in case.bodies(10):
            client.ask(body)
            server.until(lambda: client.done)
            _must_match(client.take(), body)
        client.close()

        client, bodies = server.client(), case.bodies(5)
        client.send(b"".join(map(request, bodies)))
        for body in bodies:
            server.until(lambda: client.done)
            _must_match(client.take(), body)


def _must_match(reply: Reply, body: bytes) -> None:
    if reply is None or reply.body != body:
        raise Failed("a request on a connection that is kept was not answered with its own bytes",
                     ["client-lost" if reply is None else "echo-not-exact"])


# -- what parts 1 and 2 both ask of a stop ------------------------------------

def must_end_well(server: Server, causes: list[str]) -> None:
    """Raise Failed unless the server, told to stop, ends with status 0."""
    if not server.ended():
        raise Failed(f"after SIGTERM the server did not end: {server.why}", causes,
                     [{"kind": "text", "title": "its threads", "text": proc.threads_text(server.pid)}])
    if (server.status.kind, server.status.value) != ("exit", 0):
        raise Failed(f"the server ended with {describe(server.status)}{server.said()}",
                     ["stop-wrong-status"])

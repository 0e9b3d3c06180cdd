"""luck, bytes: what the kernel and the standards allow to happen."""
import contextlib
import fcntl
import socket
import struct
from pathlib import Path
from typing import Iterator

from grader.box import network
from grader.core.record import Failed, NotMeasured, Passed
from grader.program.checks.common import check, ended, must_answer, must_live, per_client
from grader.program.protocol import lacking
from grader.program.subject import ProgramCase

SIOCSIFMTU = 0x8922
WMEM = Path("/proc/sys/net/ipv4/tcp_wmem")
SMALL = "4096 16384 65536"
FITS = 1 << 18          # what small buffers of both ends surely do not hold
LONG = 512, 513, 1024, 1025, 4096, 65536


def _set_mtu(size: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFMTU, struct.pack("16si12x", b"lo", size))


@contextlib.contextmanager
def small_buffers() -> Iterator[None]:
    """Sockets that are made meanwhile hold little that waits to be sent, and
    the packets are those of an Ethernet (64 KiB ones stall in small buffers).
    Raises NotMeasured where this would change the machine's own network."""
    if not network.private():
        raise NotMeasured("needs a network of its own (root, or user namespaces)")
    before = WMEM.read_text()
    try:
        WMEM.write_text(SMALL)
        _set_mtu(1500)
    except OSError as error:
        raise NotMeasured(f"the kernel's buffers cannot be made small: {error.strerror}") from error
    try:
        yield
    finally:
        WMEM.write_text(before)
        _set_mtu(65536)


def _much(case: ProgramCase) -> bytes:
    """A body whose answer is long."""
    if case.protocol.name == "line":
        return b"\n".join(case.bodies(10000))
    if case.protocol.name == "plain" and case.subject.many:
        return case.protocol.request(b"").join(case.bodies(10000))
    return case.body(1 << 20)


@check("bytes.slow")
def test_a_slow_reader_gets_everything(case: ProgramCase) -> str:
    body = _much(case)
    with case.server() as server:
        fast = server.ask(body)
        if server.status is not None:
            raise ended(server, "a client had asked for much", "long-request-crashes")
        whole = len(fast.data)
        # A first send may already take too little of it, even for a fast reader.
        if case.protocol.name == "http" and fast.ended and lacking(fast.data):
            raise Failed(f"{whole} bytes came to a reader, and {lacking(fast.data)} that the server had announced "
                         "did not", ["short-write"])
        if not fast.echoed or whole < FITS:
            raise NotMeasured(f"its longest answer has {whole} bytes: too few to fill the kernel's buffers")
    with small_buffers(), case.server(quiet=5) as server:
        slow = server.client()
        slow.reads = False
        slow.ask(body)
        server.until(slow.pump, quiet=0.3)      # until nothing moves any more
        slow.reads = True
        server.all_done([slow])
        got = len(slow.data)
        if server.status is not None or not slow.echoed:
            raise Failed(f"{got} bytes came to a slow reader, where a fast one got {whole}; {server.why}",
                         ["short-write"])
    return f"{got} bytes came whole to a slow reader{_advice(case)}"


def _advice(case: ProgramCase) -> str:
    """A write on a blocking socket is whole unless a signal comes: so this is
    not judged."""
    try:
        with case.server(luck=f"SHORT=w:3 SEED={case.seed % 1000}") as server:
            whole = server.ask(case.body()).echoed
    except NotMeasured:
        return ""
    return "" if whole else "; advice: when writes are cut short (a signal may do it) the rest is not sent"


@check("bytes.long")
def test_long_requests_harm_nobody(case: ProgramCase) -> str:
    with case.server() as server:
        for size in LONG:
            for request in _long(case, size):
                client = server.client()
                client.send(request)
                server.settle(0.1)
                client.pump()
                client.close()
                if server.status is not None:
                    raise ended(server, f"a client had sent {len(request)} bytes", "long-request-crashes", sure=True)
        must_live(server, case, "clients had sent long requests", "long-request-crashes",
                  "long-request-crashes", sure=True)
    return f"requests of {LONG[0]} to {LONG[-1]} bytes, and zero bytes, harmed nobody"


def _long(case: ProgramCase, size: int) -> list[bytes]:
    whole = case.protocol.request(case.body(100))
    filling = size * b"a"
    if case.protocol.name in ("plain", "line"):
        return [case.protocol.request(filling), filling[:size // 2] + b"\0" + whole]
    first, _, rest = whole.partition(b"\r\n")
    return [b"GET /" + filling + b" HTTP/1.1\r\n" + rest, first + b"\r\nLong: " + filling + b"\r\n" + rest,
            filling[:size // 2] + b"\0" + whole]


def _fails_for_one(case: ProgramCase, call: str, made: str, causes: tuple[str, str]) -> str:
    """Every third call fails. causes: when the server ends, when it leaks."""
    ends, leaks = causes
    with case.server(luck=f"FAIL={call}:3 SEED={case.seed % 1000}") as server:
        answered = 0
        for n, body in enumerate(case.bodies(12)):
            client = server.ask(body)
            answered += client.echoed
            if server.status is not None or server.until(lambda: server.status is not None, quiet=0.05):
                served = ["fork-failure-serves-in-parent"] if call == "fork" and client.echoed else []
                failure = ended(server, f"{call} had failed, after {n} clients", ends, sure=True)
                raise Failed(failure.observed, served + failure.causes)
            if not client.done:
                raise Failed(f"{call} failed for a client, and it waits for ever; {server.why}", [leaks])
            client.close()
        if answered < 8:
            raise Failed(f"every third {made} failed, and {answered} of 12 clients were answered", [leaks])
    return f"every third {made} failed, and {answered} of 12 clients were answered, the others saw the end"


@check("luck.fork")
def test_fork_fails_for_one_client(case: ProgramCase) -> str:
    if per_client(case) != "process":
        raise Passed("does not apply: no process is made for a client")
    return _fails_for_one(case, "fork", "fork", ("fork-failure-ends-server", "fork-failure-leaks"))


@check("luck.thread")
def test_a_thread_cannot_be_made(case: ProgramCase) -> str:
    if per_client(case) != "thread":
        raise Passed("does not apply: no thread is made for a client")
    with case.server() as server:
        if len(server.tasks()) > 1:
            raise Passed("does not apply: some threads are made at the start")
    return _fails_for_one(case, "pthread_create", "thread", ("thread-failure-ends-server", "thread-failure-leaks"))


@check("luck.late")
def test_threads_may_begin_late(case: ProgramCase) -> str:
    with case.server(luck="LATE=120") as server:
        clients = []
        for body in case.bodies(6):
            clients.append(server.client().ask(body))
            server.settle(0.02)
        server.all_done(clients)
        must_answer(server, clients, "clients, while threads begin 120 ms late,", "thread-argument-shared",
                    "thread-argument-shared")
    return "threads began 120 ms late, and 6 clients got their own answers"


@check("luck.spurious")
def test_a_wait_may_end_without_a_signal(case: ProgramCase) -> str:
    luck = f"SPURIOUS=2 SEED={case.seed % 1000}"
    with case.server(luck=luck) as server:
        for body in case.bodies(12):
            client = server.ask(body)
            if server.status is not None:
                break
            must_answer(server, [client], f"clients, with {luck},", "wakes-without-item", "wakes-without-item")
            client.close()
            server.settle(0.01)
        if server.status is not None:
            raise ended(server, "waits had ended without a signal", "wakes-without-item", sure=True)
    return "waits ended without a signal, and 12 clients were answered"

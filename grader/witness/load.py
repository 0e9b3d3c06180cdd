"""The load under which a witness listens: small, but never one by one.

Detectors find a missing lock when at least three requests overlap in a wait
that is not zero: 24 of them, 8 in flight, 5 ms each found every one, while a
client after the other finds none, because the server's own hand-over orders
them. Readers of the numbers come in between, and one client talks nonsense,
since the way out of an error is where locks are kept.
"""
import socket
import threading
import time
from dataclasses import dataclass, field

REQUESTS, IN_FLIGHT, WAIT_MS, LENGTH = 24, 8, 5, 100
NONSENSE = 2            # which of them
READER = 4              # every fourth asks for the numbers
DEADLINE = 15.0         # seconds for all; a tool makes servers slow, not that slow


@dataclass
class Load:
    """What came back."""

    sent: int = 0
    answered: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.answered == self.sent > 0


def apply(port: int, requests: int = REQUESTS) -> Load:
    """Send the requests; every one is answered or given up at the deadline."""
    until = time.monotonic() + DEADLINE
    load, numbers, lock = Load(requests), iter(range(requests)), threading.Lock()

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            why = _exchange(port, number, until)
            with lock:
                if why:
                    load.wrong.append(f"request {number}: {why}")
                else:
                    load.answered += 1

    clients = [threading.Thread(target=client, daemon=True) for _ in range(IN_FLIGHT)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return load


def _exchange(port: int, number: int, until: float) -> str:
    """One request. Returns "" or what is wrong with the reply."""
    body = b"%03d" % number + b"x" * (LENGTH - 3)
    if number == NONSENSE:
        request, expected = b"NONSENSE\r\n\r\n", b"HTTP/1."
    elif number % READER == READER - 1:
        request, expected = b"GET /stats HTTP/1.1\r\nHost: lab\r\n\r\n", b" 200 "
    else:
        request = b"POST /echo?wait=%d HTTP/1.1\r\nHost: lab\r\nContent-Length: %d\r\n\r\n" % (
            WAIT_MS, LENGTH) + body
        expected = body
    try:
        reply = _ask(port, request, until)
    except OSError as error:
        return f"{error}"
    return "" if expected in reply else f"unexpected reply {reply[:80]!r}"


def _ask(port: int, request: bytes, until: float) -> bytes:
    reply = b""
    with socket.create_connection(("127.0.0.1", port), _left(until)) as conn:
        conn.sendall(request)
        while True:
            conn.settimeout(_left(until))
            piece = conn.recv(4096)
            if not piece:
                return reply
            reply += piece


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("no reply before the deadline")
    return left

"""The load under which a witness listens: small, but never one by one.

Detectors find a missing lock when at least three requests overlap in a wait
that is not zero: 24 of them, 8 in flight, 5 ms each found every one, while a
client after the other finds none, because the server's own hand-over orders
them. Readers of the numbers come in between, and one client talks nonsense,
since the way out of an error is where locks are kept.

A part with paths of its own has them asked as well (MORE). What two requests at
once could stop for ever is asked one by one: that two locks are taken in two
orders shows without a deadlock, and nothing need hang to be told.
"""
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Sequence

REQUESTS, IN_FLIGHT, WAIT_MS, LENGTH = 24, 8, 5, 100
NONSENSE = 2            # which of them
READER = 4              # every fourth asks for the numbers
DEADLINE = 15.0         # seconds for all; a tool makes servers slow, not that slow


@dataclass(frozen=True)
class Request:
    """What is sent, and what must be in the reply."""

    words: bytes
    expected: bytes = b" 200 "


@dataclass(frozen=True)
class More:
    """What a part has asked besides: before and after the crowd one by one, and
    each of `amid` again and again in the crowd."""

    before: tuple[Request, ...] = ()
    amid: tuple[Request, ...] = ()
    after: tuple[Request, ...] = ()


def _get(path: bytes) -> Request:
    return Request(b"GET %s HTTP/1.1\r\nHost: lab\r\n\r\n" % path)


def _echo(number: int) -> Request:
    body = b"%03d" % number + b"x" * (LENGTH - 3)
    return Request(b"POST /echo?wait=%d HTTP/1.1\r\nHost: lab\r\nContent-Length: %d\r\n\r\n" % (
        WAIT_MS, LENGTH) + body, body)


JOURNAL, PAGE = _get(b"/journal"), _get(b"/page?wait=%d" % WAIT_MS)
WRITTEN = Request(b"PUT /page HTTP/1.1\r\nHost: lab\r\nContent-Length: 10\r\n\r\ntwo cents\n")
ALONE = _echo(999), JOURNAL
MORE = {"locks": More(before=ALONE, amid=(PAGE, WRITTEN, PAGE), after=ALONE * 2)}      # by part
# How its server is started: credits without end are not counted, and these do
# not run out.
OPTIONS = {"locks": ["-c", "1000"]}


@dataclass
class Load:
    """What came back."""

    sent: int = 0
    answered: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.answered == self.sent > 0


def apply(port: int, requests: int = REQUESTS, part: str = "") -> Load:
    """Send so many requests, and what the part has asked besides; every one is
    answered or given up at the deadline."""
    until, more = time.monotonic() + DEADLINE, MORE.get(part, More())
    load = Load()
    _send(more.before, 1, port, until, load)
    _send(_crowd(requests, more.amid), IN_FLIGHT, port, until, load)
    _send(more.after, 1, port, until, load)
    return load


def _crowd(requests: int, amid: tuple[Request, ...]) -> list[Request]:
    """What is asked at once; after each two of them comes one of `amid`."""
    crowd = []
    for number in range(requests):
        crowd.append(_numbered(number))
        if amid and number % 2:
            crowd.append(amid[number // 2 % len(amid)])
    return crowd


def _numbered(number: int) -> Request:
    if number == NONSENSE:
        return Request(b"NONSENSE\r\n\r\n", b"HTTP/1.")
    return _get(b"/stats") if number % READER == READER - 1 else _echo(number)


def _send(requests: Sequence[Request], at_once: int, port: int, until: float, load: Load) -> None:
    """Send them, so many at once, and write down what comes back."""
    first, lock = load.sent, threading.Lock()
    numbers = iter(range(len(requests)))
    load.sent += len(requests)

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            why = _exchange(port, requests[number], until)
            with lock:
                if why:
                    load.wrong.append(f"request {first + number}: {why}")
                else:
                    load.answered += 1

    clients = [threading.Thread(target=client, daemon=True) for _ in range(at_once)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()


def _exchange(port: int, request: Request, until: float) -> str:
    """One request. Returns "" or what is wrong with the reply."""
    try:
        reply = _ask(port, request.words, until)
    except OSError as error:
        return f"{error}"
    return "" if request.expected in reply else f"unexpected reply {reply[:80]!r}"


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

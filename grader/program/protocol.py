"""What a foreign server is asked, and when its answer is whole and right.

    http        our contract: POST /echo, the body comes back
    plain       bytes up to a blank line come back
    line        each line comes back
    get:/PATH   any complete HTTP response
"""
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Optional

from grader.observe.client import request


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes


def response(data: bytes, over: bool) -> Optional[Response]:
    """The HTTP response in data once it is complete; `over`: no more will
    come. Without a length it goes on to the end of the connection."""
    head, blank, rest = data.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if not blank or len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return None
    field = {k.strip().lower(): v.strip() for k, _, v in (l.partition(b":") for l in head.split(b"\r\n")[1:])}
    length = field.get(b"content-length", b"")
    if length.isdigit():
        whole = len(rest) >= int(length)
        rest = rest[:int(length)]
    elif field.get(b"transfer-encoding", b"").lower() == b"chunked":
        whole = rest.endswith(b"0\r\n\r\n")
    else:
        whole = over
    return Response(int(words[1]), rest) if whole else None


def stray(data: bytes) -> int:
    """How many bytes follow an HTTP response that says its length."""
    return max(0, _beyond(data))


def lacking(data: bytes) -> int:
    """How many bytes are still to come of an HTTP response that says its length."""
    return max(0, -_beyond(data))


def _beyond(data: bytes) -> int:
    head, blank, rest = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if blank and name == b"content-length" and value.strip().isdigit():
            return len(rest) - int(value)
    return 0


class Protocol(ABC):
    """own: a reply carries the client's own bytes. text: a body has no line
    ends and nothing unprintable. most: bytes that every server must take."""

    name, own, text, most = "", True, True, 200

    @abstractmethod
    def request(self, body: bytes) -> bytes:
        """The whole of what a client sends."""

    @abstractmethod
    def whole(self, data: bytes, body: bytes, over: bool) -> bool:
        """Whether nothing more need be waited for."""

    @abstractmethod
    def right(self, data: bytes, body: bytes, over: bool) -> bool:
        """Whether data is the answer that is owed to body."""

    def dialects(self) -> list["Protocol"]:
        """Itself in the forms in which servers speak it, the usual one first."""
        return [self]


class Http(Protocol):
    name, text, most = "http", False, 1 << 20

    def request(self, body: bytes) -> bytes:
        return request(body)

    def whole(self, data: bytes, body: bytes, over: bool) -> bool:
        return response(data, over) is not None

    def right(self, data: bytes, body: bytes, over: bool) -> bool:
        return response(data, over) == Response(200, body)


class Get(Protocol):
    own, most = False, 0

    def __init__(self, path: str):
        self.name, self.path = f"get:{path}", path

    def request(self, body: bytes) -> bytes:
        return f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()

    def whole(self, data: bytes, body: bytes, over: bool) -> bool:
        return response(data, over) is not None

    right = whole


class Plain(Protocol):
    """The blank line may come back or not; it ends with \\r\\n or with \\n."""

    name = "plain"

    def __init__(self, end: bytes = b"\r\n"):
        self.end = end

    def dialects(self) -> list[Protocol]:
        return [Plain(), Plain(b"\n")]

    def request(self, body: bytes) -> bytes:
        return body + 2 * self.end

    def whole(self, data: bytes, body: bytes, over: bool) -> bool:
        return len(data) >= len(body) > 0

    def right(self, data: bytes, body: bytes, over: bool) -> bool:
        return data.startswith(body) and data[len(body):] in (b"", self.end, 2 * self.end)


class Line(Protocol):
    name = "line"

    def request(self, body: bytes) -> bytes:
        return body + b"\n"

    def whole(self, data: bytes, body: bytes, over: bool) -> bool:
        return data.count(b"\n") > body.count(b"\n")

    def right(self, data: bytes, body: bytes, over: bool) -> bool:
        return data.replace(b"\r\n", b"\n") == body + b"\n"


def by_name(name: str) -> Protocol:
    """Raises ValueError for a name that is none."""
    if name.startswith("get:/") and name.isprintable() and " " not in name:
        return Get(name[4:])
    known = {p.name: p for p in (Http, Plain, Line)}
    if name not in known:
        raise ValueError(f"there is no protocol '{name}'; there are: http, plain, line, get:/PATH")
    return known[name]()

"""A client of a server under test: never blocks, looks at what has come.

A *gate* is a client held in service: it sends the head of its request with
`Expect: 100-continue` and withholds the body. The server's "100 Continue"
proves that somebody is serving it, and it stays in service until release().
"""
import errno
import socket
from dataclasses import dataclass
from typing import Optional

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    close: bool         # the server says that the connection ends


def request(body: bytes, wait: int = 0, expect: bool = False, path: str = "/echo") -> bytes:
    """A whole POST, or with expect only its head."""
    query = f"?wait={wait}" if wait else ""
    head = f"POST {path}{query} HTTP/1.1\r\nHost: echo\r\nContent-Length: {len(body)}\r\n"
    if expect:
        return (head + "Expect: 100-continue\r\n\r\n").encode()
    return (head + "\r\n").encode() + body


class Client:
    """One connection. Call pump() (or ask for anything) to let bytes move."""

    def __init__(self, port: int):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        self._out = b""
        self._in = b""
        self._withheld = b""
        self.body = b""
        self._over = False          # the server has closed, or reset
        self.refused = False
        self.reset = False
        error = self._socket.connect_ex(("127.0.0.1", port))
        if error not in (0, errno.EINPROGRESS):
            self._end(error)
        self.port = 0 if self._over else self._socket.getsockname()[1]

    # -- moving bytes

    def pump(self) -> None:
        """Send and receive whatever goes without waiting."""
        if not self._over:
            self._pump_out()
        if not self._over:
            self._pump_in()

    def _pump_out(self) -> None:
        try:
            while self._out:
                self._out = self._out[self._socket.send(self._out):]
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno == errno.EPIPE:      # a reply may still be there to read
                self._out = b""
            elif error.errno != errno.ENOTCONN:
                self._end(error.errno)

    def _pump_in(self) -> None:
        try:
            while True:
                got = self._socket.recv(1 << 18)
                if not got:
                    self._over = True
                    return
                self._in += got
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                self._end(error.errno)

    def _end(self, error: Optional[int]) -> None:
        self._over = True
        self.refused = error == errno.ECONNREFUSED
        self.reset = error == errno.ECONNRESET

    # -- what a client does

    def send(self, data: bytes) -> None:
        self._out += data
        self.pump()

    def ask(self, body: bytes, wait: int = 0) -> "Client":
        """Send a whole request."""
        self.body = body
        self.send(request(body, wait))
        return self

    def gate(self, body: bytes) -> "Client":
        """Ask for an echo and withhold the body (at least one byte)."""
        self.body = self._withheld = body
        self.send(request(body, expect=True))
        return self

    def release(self) -> None:
        """Let a gated client go on."""
        self.send(self._withheld)
        self._withheld = b""

    def half_close(self) -> None:
        """Say that nothing more will come."""
        self.pump()
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def abort(self) -> None:
        """Leave with a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        self._socket.close()
        self._over = True

    # -- what it has got

    @property
    def connected(self) -> bool:
        try:
            self._socket.getpeername()
            return True
        except OSError:
            return False

    @property
    def sent(self) -> bool:
        """All that was to be said has left, or never will."""
        self.pump()
        return not self._out or self._over

    @property
    def in_service(self) -> bool:
        """The server has said "100 Continue"."""
        self.pump()
        return self._in.startswith(GO_ON)

    @property
    def data(self) -> bytes:
        """All that has come and was not taken, without the "100 Continue"."""
        self.pump()
        return self._in[len(GO_ON):] if self._in.startswith(GO_ON) else self._in

    @property
    def reply(self) -> Optional[Reply]:
        """The first reply, once it is complete."""
        data = self.data
        head, blank, rest = data.partition(b"\r\n\r\n")
        if not blank:
            return None
        lines = head.decode("latin-1").split("\r\n")
        field = {k.strip().lower(): v.strip() for k, _, v in (l.partition(":") for l in lines[1:])}
        try:
            length, status = int(field.get("content-length", "0")), int(lines[0].split()[1])
        except (ValueError, IndexError):
            return None
        if len(rest) < length:
            return None
        return Reply(status, rest[:length], field.get("connection", "").lower() == "close")

    def take(self) -> Optional[Reply]:
        """The first reply, removed, so that the next one becomes the first."""
        reply = self.reply
        if reply:
            head, _, rest = self.data.partition(b"\r\n\r\n")
            self._in = rest[len(reply.body):]
        return reply

    @property
    def echoed(self) -> bool:
        """A complete reply with our own bytes."""
        reply = self.reply
        return reply is not None and reply.status == 200 and reply.body == self.body

    @property
    def done(self) -> bool:
        """Answered, or given up by the server."""
        return self.reply is not None or self._over

    @property
    def ended(self) -> bool:
        """The server has closed the connection, or reset or refused it."""
        self.pump()
        return self._over

"""A client of a foreign server: the grader's own client, with the protocol's
idea of what an answer is."""
from grader.observe.client import Client
from grader.program.protocol import Protocol


class Visitor(Client):
    def __init__(self, port: int, protocol: Protocol):
        self.protocol = protocol
        self.said_all = False
        self.reads = True           # False: what comes stays in the kernel
        super().__init__(port)

    def _pump_in(self) -> None:
        if self.reads:
            super()._pump_in()

    def ask(self, body: bytes, wait: int = 0) -> "Visitor":
        """Send a whole request."""
        self.body = body
        self.send(self.protocol.request(body))
        return self

    def half_close(self) -> None:
        self.said_all = True
        super().half_close()

    @property
    def data(self) -> bytes:
        self.pump()
        return self._in

    @property
    def whole(self) -> bool:
        """An answer has come, right or wrong."""
        return self.protocol.whole(self.data, self.body, self._over)

    @property
    def done(self) -> bool:
        """Answered, or given up by the server."""
        return self.whole or self._over

    @property
    def echoed(self) -> bool:
        """The right answer has come."""
        return self.protocol.right(self.data, self.body, self._over)

    def forget(self) -> None:
        """Let what has come be forgotten, before another request."""
        self._in = b""

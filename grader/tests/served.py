"""Servers for the load tool, which is to judge them, and what it says.

Each server is a function that gets one accepted connection. A file of tests
takes the fixture over by name: load = served.load.
"""

import contextlib
import json
import re
import socket
import subprocess
import threading
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

from grader.bench.compare import BUILT
from grader.pace.tool import build_load

Handler = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def load() -> Path:
    return build_load(BUILT)


@pytest.fixture(params=["by our loop", "by libcurl"])
def mode(request: pytest.FixtureRequest) -> List[str]:
    """The options of each way in which the tool makes its requests."""
    return ["--check"] if request.param == "by libcurl" else []


@contextlib.contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """A server on a free port, a thread a connection; its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    conns: List[socket.socket] = []

    def one(conn: socket.socket) -> None:
        conns.append(conn)
        with contextlib.suppress(OSError):
            handler(conn)
            conn.close()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = listener.accept()
                threading.Thread(target=one, args=(conn,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1:%d" % listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for conn in conns:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def read_request(conn: socket.socket) -> bytes:
    """One request's body; OSError when the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = conn.recv(65536)
        if not piece:
            raise OSError("gone")
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    while len(body) < length:
        body += conn.recv(65536)
    return body


def reply(conn: socket.socket, body: bytes, claimed: int = -1) -> None:
    length = len(body) if claimed < 0 else claimed
    conn.sendall(OK + b"Content-Length: %d\r\n\r\n" % length + body)


def echo(conn: socket.socket) -> None:
    reply(conn, read_request(conn))


def run(load: Path, *args: str, env: dict = None) -> tuple:
    """Exit status, the JSON, the text; fails when it does not end in 20 s."""
    done = subprocess.run([str(load), *args, "--json", "-"], text=True,
                          capture_output=True, timeout=20, check=False,
                          env=env)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr

"""How the load tool gets its connections, and what it does while it gets none."""

import contextlib
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import threading
from pathlib import Path
from typing import Iterator, List

import pytest

from grader.tests import served
from grader.tests.served import echo, read_request, run, serving

load, mode = served.load, served.mode
PROGRESS = rb"\r0\.\d s   0 requests"
by_address_and_by_name = pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])


@contextlib.contextmanager
def full() -> Iterator[socket.socket]:
    """A listener that drops whoever dials: its queue is full, nobody accepts."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            conn = opened.enter_context(socket.socket())
            conn.setblocking(False)
            conn.connect_ex(listener.getsockname())
        yield listener


def port_of(listener: socket.socket) -> int:
    return listener.getsockname()[1]


@by_address_and_by_name
def test_clients_who_get_no_connection_time_out_together(load: Path, mode: List[str], host: str) -> None:
    with full() as listener:
        status, told, _ = run(load, f"{host}:{port_of(listener)}", *mode, "-c", "20", "-n", "20",
                              "--timeout", "500")
    assert (status, told["errors"]) == (1, {"timeout": 20})
    assert 0.4 < told["seconds"] < 2, "one after the other they take 10 s"


@by_address_and_by_name
def test_every_client_has_dialed_before_the_seconds_are_over(load: Path, mode: List[str], host: str) -> None:
    with full() as listener:
        _, told, _ = run(load, f"{host}:{port_of(listener)}", *mode, "-c", "8", "-d", "0.2", "--timeout", "500")
    assert told["errors"] == {"timeout": 8}
    assert told["seconds"] < 2


@by_address_and_by_name
def test_an_open_loop_counts_each_timeout_from_its_own_beginning(load: Path, host: str) -> None:
    with full() as listener:
        _, told, _ = run(load, f"{host}:{port_of(listener)}", "-c", "8", "-n", "8", "--rate", "20", "--timeout", "500")
    assert told["errors"] == {"timeout": 8}
    assert 0.75 < told["seconds"] < 2, "the last is due at 0.35 s, and has 0.5 s"


@by_address_and_by_name
def test_progress_is_shown_while_nobody_gets_a_connection(load: Path, mode: List[str], host: str) -> None:
    ours, theirs = pty.openpty()
    with full() as listener, subprocess.Popen(
            [str(load), f"{host}:{port_of(listener)}", *mode], stderr=theirs, stdout=subprocess.PIPE) as client:
        try:
            shown = b""
            while not re.search(PROGRESS, shown) and select.select([ours], [], [], 5)[0]:
                shown += os.read(ours, 4096)
        finally:
            client.kill()
    os.close(ours)
    os.close(theirs)
    assert re.search(PROGRESS, shown), shown


@by_address_and_by_name
def test_clients_go_on_when_the_server_accepts_at_last(load: Path, host: str) -> None:
    def echo_one(conn: socket.socket) -> None:
        with conn, contextlib.suppress(OSError):
            echo(conn)

    def echo_to_all(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = listener.accept()
                threading.Thread(target=echo_one, args=(conn,), daemon=True).start()

    with full() as listener:
        late = threading.Timer(0.3, echo_to_all, [listener])
        late.daemon = True
        late.start()
        status, told, _ = run(load, f"{host}:{port_of(listener)}", "-c", "4", "-n", "8")
        listener.shutdown(socket.SHUT_RDWR)
        late.join(5)
    assert (status, told["right"]) == (0, 8)
    assert told["latency_ms"]["max"] > 250, "nobody was accepted before"


@by_address_and_by_name
@pytest.mark.parametrize("keep_alive, connections", [([], 20), (["-k"], 4)])
def test_no_connection_is_opened_that_carries_no_request(
        load: Path, host: str, keep_alive: List[str], connections: int) -> None:
    count: List[int] = []

    def many(conn: socket.socket) -> None:
        count.append(1)
        while True:
            body = read_request(conn)
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with serving(many) as address:
        status, _, _ = run(load, address.replace("127.0.0.1", host), "-c", "4", "-n", "20", *keep_alive)
    assert (status, len(count)) == (0, connections)


def test_a_name_at_which_nobody_listens_is_refused(load: Path, mode: List[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        status, told, _ = run(load, f"localhost:{port_of(taken)}", *mode, "-n", "20")
    assert (status, told["errors"]) == (1, {"refused": 20})


def test_a_dial_that_fails_at_once_leaves_the_others_their_turn(load: Path, mode: List[str]) -> None:
    ours, theirs = pty.openpty()
    # Nobody can have a connection to everybody.
    done = subprocess.run(
        [str(load), "255.255.255.255:1", *mode, "-c", "4", "-d", "0.5", "--per-client", "--json", "-"],
        stdout=subprocess.PIPE, stderr=theirs, timeout=20, check=False)
    told = json.loads(done.stdout)
    shown = os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 1
    assert told["errors"] == {"other": told["requests"]}
    counts = [client["requests"] for client in told["per_client"]]
    assert min(counts) > max(counts) / 2, counts
    assert re.search(rb"\r0\.\d s   \d+ requests", shown), shown


def test_a_reset_is_one_whether_a_send_or_a_receive_was_told(load: Path, mode: List[str]) -> None:
    def reset_all(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = listener.accept()
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                conn.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=reset_all, args=(listener,))
        thread.start()
        status, told, _ = run(load, "127.0.0.1:%d" % port_of(listener), *mode, "-c", "4", "-n", "500")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert (status, told["errors"]) == (1, {"reset": 500})

"""What the load tool asks of a server, and how it counts what is right."""

import os
import socket
import time
from pathlib import Path
from typing import List

import pytest

from grader.tests import served
from grader.tests.served import (Handler, echo, read_request, reply, run,
                                 serving)

load, mode = served.load, served.mode


def test_right_replies_are_no_errors(load: Path, mode: List[str]) -> None:
    with serving(echo) as address:
        status, told, text = run(load, address, *mode, "-c", "4", "-n", "50")
    assert (status, told["requests"], told["right"], told["errors"]) == (
        0, 50, 50, {})
    assert told["rate"] == pytest.approx(50 / told["seconds"], rel=0.01)
    assert "errors     0\n" in text


@pytest.mark.parametrize("size", [0, 1, 100000])
def test_bodies_of_every_size_are_verified(load: Path, mode: List[str], size: int) -> None:
    seen: List[bytes] = []

    def note(conn: socket.socket) -> None:
        seen.append(read_request(conn))
        reply(conn, seen[-1])

    with serving(note) as address:
        status, _, _ = run(load, address, *mode, "-n", "5", "--size", str(size))
    assert status == 0 and {len(body) for body in seen} == {size}


def test_no_two_requests_have_the_same_body(load: Path, mode: List[str]) -> None:
    seen: List[bytes] = []

    def note(conn: socket.socket) -> None:
        seen.append(read_request(conn))
        reply(conn, seen[-1])

    with serving(note) as address:
        run(load, address, *mode, "-c", "3", "-n", "30", "--size", "64")
    assert len(seen) == 30 and len(set(seen)) == 30
    assert len({body[8:] for body in seen}) == 3, "a body for each client"


@pytest.mark.parametrize("keep_alive", [False, True])
def test_connections_are_kept_only_when_asked(
        load: Path, mode: List[str], keep_alive: bool) -> None:
    count: List[int] = []

    def many(conn: socket.socket) -> None:
        count.append(1)
        while True:
            body = read_request(conn)
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                         % len(body) + body)

    extra = ["--keep-alive"] if keep_alive else []
    with serving(many) as address:
        status, _, _ = run(load, address, *mode, "-c", "2", "-n", "20", *extra)
    assert status == 0
    assert len(count) == (2 if keep_alive else 20)


def test_the_wait_is_asked_for_and_is_in_the_latency(load: Path, mode: List[str]) -> None:
    lines: List[bytes] = []

    def late(conn: socket.socket) -> None:
        lines.append(conn.recv(4, socket.MSG_PEEK | socket.MSG_WAITALL)
                     and conn.recv(40, socket.MSG_PEEK))
        body = read_request(conn)
        time.sleep(0.05)
        reply(conn, body)

    with serving(late) as address:
        _, told, _ = run(load, address, *mode, "-c", "5", "-n", "10", "-w", "50")
    assert all(line.startswith(b"POST /echo?wait=50 HTTP/1.1")
               for line in lines)
    assert told["latency_ms"]["p50"] >= 50
    assert told["client"]["bottleneck"] is False


def test_it_stops_after_the_seconds(load: Path, mode: List[str]) -> None:
    with serving(echo) as address:
        status, told, _ = run(load, address, *mode, "-c", "2", "-d", "0.3")
    assert status == 0 and told["requests"] > 2
    assert told["seconds"] > 0.29


def test_a_proxy_in_the_environment_is_ignored(load: Path, mode: List[str]) -> None:
    with serving(echo) as address:
        env = {**os.environ, "http_proxy": "http://127.0.0.1:1",
               "ALL_PROXY": "http://127.0.0.1:1", "no_proxy": ""}
        status, _, _ = run(load, address, *mode, "-n", "5", env=env)
    assert status == 0


def in_pieces(conn: socket.socket) -> None:
    body = read_request(conn)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body:
        conn.sendall(bytes([byte]))


def after_a_while(conn: socket.socket) -> None:
    body = read_request(conn)
    conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    reply(conn, body)


def without_a_length(conn: socket.socket) -> None:
    conn.sendall(b"HTTP/1.0 200 OK\n\n" + read_request(conn))


@pytest.mark.parametrize("handler", [in_pieces, after_a_while,
                                     without_a_length])
def test_a_right_reply_may_come_in_many_ways(
        load: Path, mode: List[str], handler: Handler) -> None:
    with serving(handler) as address:
        status, told, _ = run(load, address, *mode, "-c", "2", "-n", "6")
    assert (status, told["right"], told["errors"]) == (0, 6, {})


def test_a_connection_that_was_closed_while_it_was_kept_is_no_error(
        load: Path, mode: List[str]) -> None:
    count: List[int] = []

    def two_each(conn: socket.socket) -> None:
        count.append(1)
        for _ in range(2):
            body = read_request(conn)
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                         % len(body) + body)

    with serving(two_each) as address:
        status, told, _ = run(load, address, *mode, "-c", "2", "-n", "20", "-k")
    assert (status, told["right"]) == (0, 20)
    assert 10 <= len(count) <= 12


def test_a_name_is_resolved(load: Path, mode: List[str]) -> None:
    with serving(echo) as address:
        port = address.partition(":")[2]
        status, told, _ = run(load, f"localhost:{port}", *mode, "-n", "20")
    assert (status, told["right"]) == (0, 20)

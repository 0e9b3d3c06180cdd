"""What the load tool asks of a server, and how it counts what is right."""

import os
import socket
import time
from pathlib import Path
from typing import List

import pytest

from grader.tests import served
from grader.tests.served import echo, read_request, reply, run, serving

load = served.load


def test_right_replies_are_no_errors(load: Path) -> None:
    with serving(echo) as address:
        status, told, text = run(load, address, "-c", "4", "-n", "50")
    assert (status, told["requests"], told["right"], told["errors"]) == (
        0, 50, 50, {})
    assert told["rate"] == pytest.approx(50 / told["seconds"], rel=0.01)
    assert "errors     0\n" in text


@pytest.mark.parametrize("size", [0, 1, 100000])
def test_bodies_of_every_size_are_verified(load: Path, size: int) -> None:
    seen: List[bytes] = []

    def note(conn: socket.socket) -> None:
        seen.append(read_request(conn))
        reply(conn, seen[-1])

    with serving(note) as address:
        status, _, _ = run(load, address, "-n", "5", "--size", str(size))
    assert status == 0 and {len(body) for body in seen} == {size}


def test_no_two_requests_have_the_same_body(load: Path) -> None:
    seen: List[bytes] = []

    def note(conn: socket.socket) -> None:
        seen.append(read_request(conn))
        reply(conn, seen[-1])

    with serving(note) as address:
        run(load, address, "-c", "3", "-n", "30", "--size", "64")
    assert len(seen) == 30 and len(set(seen)) == 30
    assert len({body[8:] for body in seen}) == 3, "a body for each client"


@pytest.mark.parametrize("keep_alive", [False, True])
def test_connections_are_kept_only_when_asked(load: Path,
                                              keep_alive: bool) -> None:
    count: List[int] = []

    def many(conn: socket.socket) -> None:
        count.append(1)
        while True:
            body = read_request(conn)
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                         % len(body) + body)

    extra = ["--keep-alive"] if keep_alive else []
    with serving(many) as address:
        status, _, _ = run(load, address, "-c", "2", "-n", "20", *extra)
    assert status == 0
    assert len(count) == (2 if keep_alive else 20)


def test_the_wait_is_asked_for_and_is_in_the_latency(load: Path) -> None:
    lines: List[bytes] = []

    def late(conn: socket.socket) -> None:
        lines.append(conn.recv(4, socket.MSG_PEEK | socket.MSG_WAITALL)
                     and conn.recv(40, socket.MSG_PEEK))
        body = read_request(conn)
        time.sleep(0.05)
        reply(conn, body)

    with serving(late) as address:
        _, told, _ = run(load, address, "-c", "5", "-n", "10", "-w", "50")
    assert all(line.startswith(b"POST /echo?wait=50 HTTP/1.1")
               for line in lines)
    assert told["latency_ms"]["p50"] >= 50
    assert told["client"]["bottleneck"] is False


def test_it_stops_after_the_seconds(load: Path) -> None:
    with serving(echo) as address:
        status, told, _ = run(load, address, "-c", "2", "-d", "0.3")
    assert status == 0 and told["requests"] > 2
    assert told["seconds"] > 0.29


def test_a_proxy_in_the_environment_is_ignored(load: Path) -> None:
    with serving(echo) as address:
        env = {**os.environ, "http_proxy": "http://127.0.0.1:1",
               "ALL_PROXY": "http://127.0.0.1:1", "no_proxy": ""}
        status, _, _ = run(load, address, "-n", "5", env=env)
    assert status == 0

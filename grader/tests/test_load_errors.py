"""The load tool against servers that are wrong, rude and silent.

What they do wrong must be counted under its name, and the tool must end.
"""

import socket
import struct
import threading
import time
from pathlib import Path
from typing import List

import pytest

from grader.tests import served
from grader.tests.served import (Handler, OK, echo, read_request, reply, run,
                                 serving)

load, mode = served.load, served.mode


def test_the_reply_meant_for_somebody_else_is_a_wrong_body(load: Path, mode: List[str]) -> None:
    first: List[bytes] = []

    def swap(conn: socket.socket) -> None:
        first.append(read_request(conn))
        reply(conn, first[0])

    with serving(swap) as address:
        status, told, _ = run(load, address, *mode, "-c", "1", "-n", "3")
    assert (status, told["errors"]) == (1, {"wrong body": 2})


def reset(conn: socket.socket) -> None:
    read_request(conn)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def reset_half_way(conn: socket.socket) -> None:
    reply(conn, read_request(conn)[:10], claimed=64)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def hang_up(conn: socket.socket) -> None:
    read_request(conn)


def promise_too_much(conn: socket.socket) -> None:
    reply(conn, read_request(conn), claimed=1000)


def promise_too_little(conn: socket.socket) -> None:
    reply(conn, read_request(conn), claimed=10)


def flip_a_bit(conn: socket.socket) -> None:
    body = read_request(conn)
    reply(conn, body[:-1] + bytes([body[-1] ^ 1]))


def say_more(conn: socket.socket) -> None:
    reply(conn, read_request(conn) + b"!")


def unavailable(conn: socket.socket) -> None:
    read_request(conn)
    conn.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno")


def created(conn: socket.socket) -> None:
    body = read_request(conn)
    conn.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n"
                 % len(body) + body)


def old_echo(conn: socket.socket) -> None:
    conn.sendall(read_request(conn))


def garbage(conn: socket.socket) -> None:
    read_request(conn)
    conn.sendall(bytes(range(256)) * 4)


def bad_version(conn: socket.socket) -> None:
    read_request(conn)
    conn.sendall(b"HTTP/7.7 200 OK\r\nContent-Length: 0\r\n\r\n")


def endless_body(conn: socket.socket) -> None:
    read_request(conn)
    conn.sendall(OK + b"\r\n")
    while True:
        conn.sendall(b"x" * 65536)


@pytest.mark.parametrize("handler, kind", [
    (reset, "reset"), (reset_half_way, "reset"), (hang_up, "no reply"),
    (promise_too_much, "short"), (promise_too_little, "wrong body"),
    (flip_a_bit, "wrong body"), (say_more, "wrong body"),
    (unavailable, "wrong status"), (created, "wrong status"),
    (old_echo, "not HTTP"), (garbage, "not HTTP"), (bad_version, "not HTTP"),
    (endless_body, "wrong body")])
def test_each_kind_of_error_has_its_name(load: Path, mode: List[str], handler: Handler,
                                         kind: str) -> None:
    with serving(handler) as address:
        status, told, text = run(load, address, *mode, "-c", "4", "-n", "20")
    assert (status, told["errors"]) == (1, {kind: 20})
    assert told["right"] == 0 and told["rate"] == 0
    assert f"errors     20: 20 {kind}" in text


@pytest.mark.parametrize("lengths", [[b"99999999999999999999999"], [b"64abc"], [b"-1"], [b"5", b"64"], [b"64", b"5"]])
def test_a_false_content_length_is_not_http(load: Path, mode: List[str], lengths: List[bytes]) -> None:
    def promise_nonsense(conn: socket.socket) -> None:
        body = read_request(conn)
        fields = b"".join(b"Content-Length: %s\r\n" % length for length in lengths)
        conn.sendall(OK + fields + b"\r\n" + body)

    with serving(promise_nonsense) as address:
        status, told, _ = run(load, address, *mode, "-c", "4", "-n", "20")
    assert (status, told["errors"]) == (1, {"not HTTP": 20})


@pytest.mark.parametrize("head", [OK + b"Content-Length: 64 \r\n",
                                  b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" + OK],
                         ids=["said twice", "said in two heads"])
def test_a_second_content_length_that_contradicts_nothing_is_right(load: Path, mode: List[str], head: bytes) -> None:
    def promise_twice(conn: socket.socket) -> None:
        conn.sendall(head + b"Content-Length: 64\r\n\r\n" + read_request(conn))

    with serving(promise_twice) as address:
        status, told, _ = run(load, address, *mode, "-n", "20")
    assert (status, told["errors"]) == (0, {})


def silent(conn: socket.socket) -> None:
    read_request(conn)
    conn.recv(1)


def stuck_half_way(conn: socket.socket) -> None:
    reply(conn, read_request(conn)[:10], claimed=64)
    conn.recv(1)


def endless_head(conn: socket.socket) -> None:
    read_request(conn)
    conn.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        conn.sendall(b"X-More: yes\r\n")
        time.sleep(0.01)


@pytest.mark.parametrize("handler", [silent, stuck_half_way, endless_head])
def test_a_server_that_never_ends_its_reply_is_a_timeout(
        load: Path, mode: List[str], handler: Handler) -> None:
    with serving(handler) as address:
        status, told, _ = run(load, address, *mode, "-c", "4", "-n", "8",
                              "--timeout", "200")
    assert (status, told["errors"]) == (1, {"timeout": 8})


def test_a_head_without_bounds_does_not_take_the_memory(load: Path, mode: List[str]) -> None:
    def flood(conn: socket.socket) -> None:
        read_request(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            conn.sendall(b"x" * 65536)

    with serving(flood) as address:
        status, told, _ = run(load, address, *mode, "-c", "1", "-n", "2",
                              "--timeout", "3000")
    assert status == 1 and sum(told["errors"].values()) == 2


def test_a_line_without_end_is_named(load: Path, mode: List[str]) -> None:
    def flood(conn: socket.socket) -> None:
        read_request(conn)
        conn.sendall(b"HTTP/1.1 200 ")
        while True:
            conn.sendall(b"y" * 65536)

    with serving(flood) as address:
        status, told, text = run(load, address, *mode, "-c", "2", "-n", "4")
    assert (status, told["errors"]) == (1, {"other": 4} if mode else {"not HTTP": 4})
    if mode:    # the words are libcurl's in its newer versions
        assert told["words"] and f"4 other ({told['words']})" in text


def test_a_port_where_nobody_listens_is_refused(load: Path, mode: List[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        status, told, _ = run(load, address, *mode, "-n", "10")
    assert (status, told["errors"]) == (1, {"refused": 10})


def test_a_host_that_does_not_exist_is_unresolvable(load: Path, mode: List[str]) -> None:
    # A label of 70 letters is no name at all, so nobody is asked for it.
    status, told, _ = run(load, "x" * 70 + ".invalid", *mode, "-n", "3")
    assert (status, told["errors"]) == (1, {"unresolvable": 3})


def test_an_early_no_to_a_large_body_is_read(load: Path,
                                             mode: List[str]) -> None:
    def too_large(conn: socket.socket) -> None:
        conn.recv(1000)
        conn.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(65536):
            pass

    with serving(too_large) as address:
        status, told, _ = run(load, address, *mode, "-c", "1", "-n", "3",
                              "--size", "4000000")
    assert (status, told["errors"]) == (1, {"wrong status": 3})


def in_chunks(conn: socket.socket) -> None:
    body = read_request(conn)
    conn.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)
                 + body + b"\r\n0\r\n\r\n")


def test_chunks_are_for_libcurl_and_our_loop_says_so(load: Path) -> None:
    with serving(in_chunks) as address:
        assert run(load, address, "-n", "5", "--check")[:1] == (0,)
        status, told, text = run(load, address, "-n", "5")
    assert (status, told["errors"]) == (1, {"other": 5})
    assert "a reply in chunks, which --check can read" in text


def test_one_bad_reply_among_many_is_found(load: Path, mode: List[str]) -> None:
    lock, count = threading.Lock(), [0]

    def mostly(conn: socket.socket) -> None:
        with lock:
            count[0] += 1
            mine = count[0]
        (flip_a_bit if mine == 50 else reset if mine == 60 else echo)(conn)

    with serving(mostly) as address:
        status, told, text = run(load, address, *mode, "-c", "4", "-n", "100")
    assert (status, told["right"]) == (1, 98)
    assert told["errors"] == {"wrong body": 1, "reset": 1}
    assert "errors     2: 1 reset, 1 wrong body" in text

"""The load tool against servers that are right, wrong, rude and silent.

Each server is a function that gets one accepted connection; what it does wrong
must be counted under its name, and the tool must end.
"""

import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

from grader.bench.compare import BUILT
from grader.bench.servers import ROOT, build_load, compile_c

Handler = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def load() -> Path:
    return build_load(BUILT)


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


def test_the_reply_meant_for_somebody_else_is_a_wrong_body(load: Path) -> None:
    first: List[bytes] = []

    def swap(conn: socket.socket) -> None:
        first.append(read_request(conn))
        reply(conn, first[0])

    with serving(swap) as address:
        status, told, _ = run(load, address, "-c", "1", "-n", "3")
    assert (status, told["errors"]) == (1, {"wrong body": 2})


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
def test_each_kind_of_error_has_its_name(load: Path, handler: Handler,
                                         kind: str) -> None:
    with serving(handler) as address:
        status, told, text = run(load, address, "-c", "4", "-n", "20")
    assert (status, told["errors"]) == (1, {kind: 20})
    assert told["right"] == 0 and told["rate"] == 0
    assert f"errors     20: 20 {kind}" in text


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
        load: Path, handler: Handler) -> None:
    with serving(handler) as address:
        status, told, _ = run(load, address, "-c", "4", "-n", "8",
                              "--timeout", "200")
    assert (status, told["errors"]) == (1, {"timeout": 8})
    assert 0.4 <= told["seconds"] < 10


def test_a_head_without_bounds_does_not_take_the_memory(load: Path) -> None:
    def flood(conn: socket.socket) -> None:
        read_request(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            conn.sendall(b"x" * 65536)

    with serving(flood) as address:
        status, told, _ = run(load, address, "-c", "1", "-n", "2",
                              "--timeout", "3000")
    assert status == 1 and sum(told["errors"].values()) == 2


def test_a_port_where_nobody_listens_is_refused(load: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        status, told, _ = run(load, address, "-n", "10")
    assert (status, told["errors"]) == (1, {"refused": 10})


def test_a_host_that_does_not_exist_is_unresolvable(load: Path) -> None:
    # A label of 70 letters is no name at all, so nobody is asked for it.
    status, told, _ = run(load, "x" * 70 + ".invalid", "-n", "3")
    assert (status, told["errors"]) == (1, {"unresolvable": 3})


def test_one_bad_reply_among_many_is_found(load: Path) -> None:
    lock, count = threading.Lock(), [0]

    def mostly(conn: socket.socket) -> None:
        with lock:
            count[0] += 1
            mine = count[0]
        (flip_a_bit if mine == 50 else reset if mine == 60 else echo)(conn)

    with serving(mostly) as address:
        status, told, text = run(load, address, "-c", "4", "-n", "100")
    assert (status, told["right"]) == (1, 98)
    assert told["errors"] == {"wrong body": 1, "reset": 1}
    assert "errors     2: 1 reset, 1 wrong body" in text


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
        began = time.monotonic()
        status, told, _ = run(load, address, "-c", "2", "-d", "0.3")
        took = time.monotonic() - began
    assert status == 0 and told["requests"] > 2
    assert 0.3 <= told["seconds"] <= took < 10


def test_a_proxy_in_the_environment_is_ignored(load: Path) -> None:
    with serving(echo) as address:
        env = {**os.environ, "http_proxy": "http://127.0.0.1:1",
               "ALL_PROXY": "http://127.0.0.1:1", "no_proxy": ""}
        status, _, _ = run(load, address, "-n", "5", env=env)
    assert status == 0


@pytest.mark.parametrize("args, words", [
    ([], "exactly one URL"),
    (["127.0.0.1:1", "127.0.0.1:2"], "exactly one URL"),
    (["127.0.0.1:1", "-c", "0"], "-c: '0' is not a whole number from 1"),
    (["127.0.0.1:1", "-n", "many"], "-n: 'many' is not a whole number"),
    (["127.0.0.1:1", "-n", "9" * 30], "-n: '999"),
    (["127.0.0.1:1", "-d", "nan"], "-d: 'nan' is not a number of seconds"),
    (["127.0.0.1:1", "-d", "-1"], "-d: '-1'"),
    (["127.0.0.1:1", "--size", "-1"], "--size: '-1'"),
    (["127.0.0.1:1", "--wait", "1.5"], "--wait: '1.5'"),
    (["127.0.0.1:1", "--timeout", "0"], "--timeout: '0'"),
    (["127.0.0.1:1", "--nonsense"], "see load --help"),
    (["http://[::"], "is not a URL"), ([""], "is not a URL"),
    (["https://127.0.0.1:1/"], "only http://"),
    (["127.0.0.1:1", "--json", "/nonexistent/x"], "cannot write"),
    (["127.0.0.1:1", "-n", "1", "--json", "/dev/full"], "could not write"),
])
def test_bad_input_gets_a_clear_message_and_status_2(
        load: Path, args: List[str], words: str) -> None:
    done = subprocess.run([str(load), *args], capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 2
    assert words in done.stderr


def test_percentiles_and_the_verdict_on_the_client(tmp_path: Path) -> None:
    """The histogram against sorted values, and report.c's own judgement."""
    source = tmp_path / "unit.c"
    source.write_text(r"""
#include "report.h"
#include <stdlib.h>
static int order(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}
static long long value[5000];
static struct histogram h;
static struct run r;
int main(void)
{
    if (histogram_percentile(&h, 50) != 0)
        return 1;
    srand(1);
    for (int i = 0; i < 5000; i++) {
        value[i] = (long long)rand() >> rand() % 31 << rand() % 20;
        histogram_add(&h, value[i]);
    }
    qsort(value, 5000, sizeof *value, order);
    for (int p = 1; p <= 100; p++) {
        long long right = value[p * 50 - 1];
        long long told = histogram_percentile(&h, p);
        if (told < right || told > right + right / 64)
            return 2;
    }
    histogram_add(&h, -5);
    histogram_add(&h, 0x7fffffffffffffffLL);
    if (histogram_percentile(&h, 100) != 0x7fffffffffffffffLL)
        return 3;
    r.requests = r.outcome[RIGHT] = 10;
    r.seconds = 1;
    r.cpu = 0.95;
    if (!run_client_bound(&r))
        return 4;
    r.url = "http://x/\"\\";
    report_text(&r, stdout);
    r.cpu = 0.5;
    return run_client_bound(&r) ? 5 : 0;
}
""")
    directory = ROOT / "lab/load"
    binary = compile_c([source, directory / "histogram.c",
                        directory / "report.c", directory / "client.c"],
                       tmp_path / "unit", f"-I{directory}", "-lcurl")
    done = subprocess.run([str(binary)], capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 0
    assert "The client was the bottleneck" in done.stdout

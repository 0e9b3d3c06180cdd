"""The load tool's open loop, its turns, and its line on a terminal."""

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import List

from grader.tests import served
from grader.tests.served import echo, read_request, reply, run, serving

load, mode = served.load, served.mode
STALL = 0.2     # seconds, once


class Stalling:
    """Echoes, but all stand still for a moment when request 100 has come."""

    def __init__(self) -> None:
        self._lock, self._count = threading.Lock(), 0

    def __call__(self, conn: socket.socket) -> None:
        body = read_request(conn)
        with self._lock:
            self._count += 1
            if self._count == 100:
                time.sleep(STALL)
        reply(conn, body)


def test_a_closed_loop_hides_a_stall_that_an_open_one_shows(load: Path) -> None:
    with serving(Stalling()) as address:
        _, closed, _ = run(load, address, "-c", "2", "-n", "400")
    with serving(Stalling()) as address:
        _, opened, text = run(load, address, "-c", "32", "-n", "400", "--rate",
                              "400")
    assert closed["right"] == opened["right"] == 400
    # 2 of 400 met it, which is no percentile; of those due meanwhile, 80.
    assert closed["latency_ms"]["p90"] < 1000 * STALL / 2
    assert closed["latency_ms"]["max"] > 1000 * STALL / 2
    assert opened["latency_ms"]["p99"] > 1000 * STALL / 2
    assert opened["latency_ms"]["p90"] > 20
    assert "requests/s of the 400 that were due" in text


def test_an_open_loop_counts_from_when_a_request_was_due(load: Path) -> None:
    def slow(conn: socket.socket) -> None:
        body = read_request(conn)
        time.sleep(0.02)
        reply(conn, body)

    with serving(slow) as address:      # one client can ask 50 times a second
        _, told, text = run(load, address, "-c", "1", "-n", "50", "--rate", "100")
    assert told["seconds"] > 50 * 0.02
    # The last was due at 0.5 s, and is answered after a second and more.
    assert told["latency_ms"]["max"] > 400
    assert told["late_ms"]["p50"] < 20, "a client that is not free is not late"
    assert "sent late" in text


def test_a_client_that_was_late_itself_says_so(load: Path) -> None:
    came = threading.Event()

    def note(conn: socket.socket) -> None:
        reply(conn, read_request(conn))
        came.set()

    with serving(note) as address:
        client = subprocess.Popen(
            [str(load), address, "-c", "32", "-n", "400", "--rate", "500",
             "--json", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert came.wait(10)
        os.kill(client.pid, signal.SIGSTOP)
        time.sleep(STALL)       # 100 requests are due
        os.kill(client.pid, signal.SIGCONT)
        out, text = client.communicate(timeout=20)
    told = json.loads(out)
    assert (client.returncode, told["right"], told["valid"]) == (1, 400, False)
    assert b"This run says nothing: the client itself was late" in text


def test_an_open_loop_ends_after_its_seconds(load: Path) -> None:
    with serving(echo) as address:
        _, told, _ = run(load, address, "-c", "8", "-d", "0.5", "--rate", "100")
    assert told["requests"] == 50


def test_of_many_clients_a_few_at_a_time_do_their_share(
        load: Path, mode: List[str]) -> None:
    lock, at_once, most = threading.Lock(), [0], [0]

    def watch(conn: socket.socket) -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        body = read_request(conn)
        time.sleep(0.005)
        with lock:
            at_once[0] -= 1
        reply(conn, body)

    with serving(watch) as address:
        status, told, text = run(load, address, *mode, "-c", "7", "-n", "23",
                                 "--max-workers", "3", "--per-client")
    assert (status, told["at_once"], most[0] <= 3) == (0, 3, True)
    assert [c["requests"] for c in told["per_client"]] == [4, 4, 3, 3, 3, 3, 3]
    assert "7 clients, 3 at a time" in text
    rows = re.findall(r"^ +(\d+|all) +(\d+) +100.0 % +(\d+) +", text, re.M)
    assert rows[0] == ("1", "4", "256") and rows[-1] == ("all", "23", "1472")
    assert len(rows) == 8


def everything(terminal: int) -> str:
    """All that was written to a terminal whose other end is closed."""
    data = b""
    with contextlib.suppress(OSError):      # which is how it ends
        while piece := os.read(terminal, 4096):
            data += piece
    os.close(terminal)
    return data.decode()


def test_a_terminal_gets_a_line_that_goes_away(load: Path) -> None:
    ours, theirs = pty.openpty()
    with serving(echo) as address:
        done = subprocess.run([str(load), address, "-d", "0.6", "-c", "1"],
                              stderr=theirs, stdout=subprocess.PIPE, timeout=20,
                              check=False)
    os.close(theirs)
    shown = everything(ours)
    assert done.returncode == 0 and b"\r" not in done.stdout
    assert re.search(r"\r0\.\d s   \d+ requests   \d+/s   0 errors", shown)
    assert re.search(r"\r +\r$", shown)

"""make run, and make load beside it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from grader.tests import unpacked
from grader.tests.unpacked import kill, make

packed, kit = unpacked.packed, unpacked.kit


@pytest.fixture
def start(kit):
    """start(arguments) is `make run` in the background, and its first lines.

    The server is told to stop, and its session killed, when the test ends.
    """
    running = []

    def begin(*arguments):
        process = subprocess.Popen(
            ["make", f"PYTHON={sys.executable}", "run", *arguments], cwd=kit,
            text=True, stdout=subprocess.PIPE, start_new_session=True)
        running.append(process)
        for line in process.stdout:
            found = re.fullmatch(r"export LAB=(127\.0\.0\.1:\d+) PID=(\d+)\n",
                                 line)
            if found:
                return found[1], int(found[2])
        pytest.fail("make run ended and said no export line")

    yield begin
    for process in running:
        kill(process)
        process.wait()
        process.stdout.close()
    (kit / ".server").unlink(missing_ok=True)


def test_run_says_where_the_server_listens(start, kit):
    lab, pid = start("PART=pool", "W=3", "DIR=solutions")
    assert (kit / ".server").read_text().strip() == lab
    assert os.readlink(f"/proc/{pid}/exe") == str(
        kit / "build/solutions/pool")
    with urllib.request.urlopen(f"http://{lab}/stats", timeout=5) as reply:
        assert b"served" in reply.read()
    assert len(os.listdir(f"/proc/{pid}/task")) == 3 + 1


def test_run_takes_the_next_free_port(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        lab, _ = start("PART=serial", f"PORT={port}")
    assert port < int(lab.rsplit(":", 1)[1]) < port + 50


def test_a_stopped_server_takes_its_address_away(start, kit):
    _, pid = start("PART=serial")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while (kit / ".server").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def served(lab: str) -> bool:
    """Whether a client gets its echo, and not a refusal or an early end."""
    host, port = lab.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as conn:
        try:
            conn.sendall(b"POST /echo HTTP/1.1\r\nHost: lab\r\n"
                         b"Content-Length: 1\r\n\r\nx")
            return conn.recv(4096).startswith(b"HTTP/1.1 200 ")
        except (BrokenPipeError, ConnectionResetError):
            return False  # who is refused before asking may see a reset


def test_run_can_make_every_third_fork_fail(start):
    lab, _ = start("PART=fork", "DIR=solutions", "FAIL=fork:3")
    assert [served(lab) for _ in range(9)] == [True, True, False] * 3


def test_load_asks_the_server_that_runs(start, kit):
    start("PART=serial")
    done = make("load", "N=30", "C=3", cwd=kit)
    assert done.returncode == 0
    assert re.search(r"^requests +30 ", done.stdout, re.MULTILINE)

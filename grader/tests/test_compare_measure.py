"""What the comparison reads from /proc."""

import os
import signal
import socket
import subprocess
import sys
from typing import List

import pytest

from grader.bench import cgroup, measure
from grader.tests.compared import wait_for


@pytest.fixture
def python(request):
    """Start python code in a session of its own; it prints a line when it is
    where the test wants it."""
    started: List[subprocess.Popen] = []

    def start(code: str) -> int:
        process = subprocess.Popen([sys.executable, "-c", code],
                                   stdout=subprocess.PIPE,
                                   start_new_session=True)
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process.pid

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


BURN = """
import os, signal, sys, threading, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
def thread():
    t = threading.Thread(target=burn, args=(0.2,)); t.start(); t.join()
def child(reap=True):
    pid = os.fork()
    if pid == 0:
        burn(0.2); os._exit(0)
    if reap: os.waitpid(pid, 0)
"""


@pytest.mark.parametrize("work, least", [
    ("burn(0.2)", 0.2), ("thread()", 0.2), ("child()", 0.19),
    ("burn(0.1); thread(); child()", 0.49)])
def test_cpu_of_ended_threads_and_children_is_counted(
        python, work: str, least: float) -> None:
    pid = python(f"{BURN}\n{work}\nprint('ready', flush=True)\n"
                 "time.sleep(60)")
    found = measure.cpu_seconds(pid)
    assert least <= found <= least + 0.25


@pytest.fixture
def group():
    made = cgroup.make()
    if made is None:
        pytest.skip("no control group can be made here")
    yield made
    made.remove()
    assert not made.path.exists()


@pytest.mark.parametrize("work", ["burn(0.2)", "child()", "signal.signal(signal.SIGCHLD, signal.SIG_IGN); child(False)",
                                  "if os.fork() == 0: child(False); os._exit(0)\nos.wait()"])
def test_a_control_group_counts_the_cpu_of_everybody(group, work: str) -> None:
    code = f"{BURN}\n{work}\nprint(time.process_time(), flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, preexec_fn=group.enter) as process:
        assert process.stdout.readline()
        assert group.has(process.pid)
        wait_for(lambda: group.seconds() >= 0.2)
        process.kill()
    assert group.seconds() <= 0.8


def test_a_group_that_was_left_behind_is_taken_away(group) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    left = group.path.with_name(f"clk-{gone.pid}-x")
    left.mkdir()
    cgroup.make().remove()
    assert not left.exists() and group.path.exists()


def test_cpu_is_not_measured_when_ended_children_are_forgotten(python) -> None:
    pid = python(f"{BURN}\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
                 "child(False)\nprint('ready', flush=True)\ntime.sleep(60)")
    assert measure.cpu_seconds(pid) is None


def test_cpu_is_not_measured_when_a_grandchild_did_the_work(python) -> None:
    once = python("import os,time\n"
                  "if os.fork() == 0: time.sleep(60)\n"
                  "print('ready', flush=True)\ntime.sleep(60)")
    twice = python("import os,time\n"
                   "if os.fork() == 0:\n"
                   "    if os.fork() == 0:\n"
                   "        time.sleep(60)\n"
                   "    os._exit(0)\n"
                   "os.wait()\nprint('ready', flush=True)\ntime.sleep(60)")
    assert measure.is_family(once)
    assert not measure.is_family(twice)


def test_memory_is_that_of_all_processes(python) -> None:
    pid = python("import os,time\n"
                 "r, w = os.pipe()\n"
                 "if os.fork() == 0:\n"
                 "    data = os.urandom(1 << 22); os.write(w, b'x')\n"
                 "    time.sleep(60)\n"
                 "os.read(r, 1)\ndata = os.urandom(1 << 22)\n"
                 "print('ready', flush=True)\ntime.sleep(60)")
    assert 8192 < measure.pss_kib(pid) < 40000


def test_shape_counts_processes_threads_and_connections(python) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    os.set_inheritable(listener.fileno(), True)
    process = subprocess.Popen(
        [sys.executable, "-c",
         "import os, socket, sys, threading, time\n"
         "s = socket.socket(fileno=int(sys.argv[1]))\n"
         "held = [s.accept() for _ in range(3)]\n"
         "threading.Thread(target=time.sleep, args=(60,)).start()\n"
         "if os.fork() == 0: time.sleep(60)\n"
         "time.sleep(60)", str(listener.fileno())],
        pass_fds=[listener.fileno()], start_new_session=True)
    conns = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    try:
        wait_for(lambda: measure.shape(process.pid, port)
                 == measure.Shape(2, 3, 3))
        wait_for(lambda: measure.is_waiting(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for conn in [*conns, listener]:
            conn.close()


def test_a_thread_that_runs_is_not_waiting(python) -> None:
    pid = python("import threading\nprint('ready', flush=True)\n"
                 "while True: pass")
    assert not measure.is_waiting(pid)

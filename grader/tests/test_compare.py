"""The comparison: what it reads from /proc, how it pairs, what it says when
something cannot be had."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import List, Optional

import pytest

from grader.bench import compare, measure, rounds, table
from grader.bench.rounds import Burst, Contender, Hold
from grader.bench.servers import (ROOT, CannotMeasure, Program, Server, build,
                                  build_load, part, serial)


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)


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


def burst(rate: float, cpu: Optional[float] = 0.01, n: int = 100,
          bound: bool = False) -> Burst:
    return Burst(n, rate, 1000 / rate, 2000 / rate, cpu, bound)


def contender(name: str, bursts: list, kib: Optional[float] = 1.0,
              processes: int = 1) -> Contender:
    c = Contender(name, Program(name, (ROOT / "lab/serial.c",)))
    c.bursts = {0: bursts}
    c.holds = [Hold(measure.Shape(processes, 9, 25), kib, True)] * 2
    return c


def found(contenders: List[Contender], name: str) -> dict:
    rows = table.rows(contenders, [0], "pool")
    return next(r for r in rows if r["name"] == name)


def test_ratios_are_medians_of_paired_rounds() -> None:
    """The machine was ten times slower in the last two rounds; fork was twice
    as slow as pool in each, which no quotient of two averages shows."""
    pool = contender("pool", [burst(r) for r in (100, 110, 90, 10, 11)])
    fork = contender("fork", [burst(r) for r in (50, 55, 45, 5, 6.6)])
    row = found([fork, pool], "fork.wait0.rate")
    assert row == {"name": "fork.wait0.rate", "value": 45, "unit":
                   "requests/s", "versus": "pool", "ratio": 0.5, "low": 0.5,
                   "high": 0.5, "n": 5}
    assert found([fork, pool], "pool.wait0.rate")["versus"] is None


def test_a_round_that_one_side_missed_is_not_compared() -> None:
    pool = contender("pool", [burst(100), None, burst(100)])
    fork = contender("fork", [burst(50), burst(1), None])
    row = found([fork, pool], "fork.wait0.rate")
    assert (row["ratio"], row["n"]) == (0.5, 2)


def test_cpu_is_added_up_before_it_is_divided() -> None:
    """Ticks of 10 ms: most bursts of 5 ms seem to cost nothing."""
    pool = contender("pool", [burst(9, 0.001)] * 8)
    fork = contender("fork", [burst(9, c) for c in
                              (0, 0, 0, 0, 0.01, 0.01, 0.01, 0.01)])
    row = found([fork, pool], "fork.wait0.cpu")
    assert row["value"] == pytest.approx(50)
    assert row["ratio"] == pytest.approx(5)


def test_what_could_not_be_had_is_not_measured_and_never_zero() -> None:
    pool = contender("pool", [burst(100, None)], kib=None)
    broken = contender("fork", [None])
    broken.holds = []
    broken.leave_out("3 reset in 400 requests")
    rows = table.rows([broken, pool], [0], "pool")
    nothing = [r for r in rows if r["name"].startswith("fork.")]
    assert {r["value"] for r in nothing} == {None}
    assert {r["n"] for r in nothing} == {0}
    assert all(r["note"] == "not-measured: 3 reset in 400 requests"
               for r in nothing)
    for name in ("pool.wait0.cpu", "pool.held.memory"):
        assert found([broken, pool], name)["value"] is None
    again = contender("pool again", [burst(100, None)], kib=None)
    text = table.text(table.rows([broken, pool, again], [0], "pool")
                      + table.machine(), [broken, pool, again], [0], "pool",
                      "pool again", 1)
    assert "fork              not-measured\n" in text
    assert "not-measured: fork: 3 reset in 400 requests" in text
    assert text.splitlines()[3].endswith("not-measured"), "CPU of pool"


def test_cpu_that_proc_cannot_have_seen_is_dropped() -> None:
    strangers = contender("fork", [burst(9)])
    strangers.holds = [Hold(measure.Shape(3, 3, 32), 1, False)]
    rounds.forget_lost_cpu(strangers)
    assert strangers.bursts[0][0].cpu is None
    no_trace = contender("fork", [burst(9)], processes=33)
    rounds.forget_lost_cpu(no_trace)
    assert no_trace.bursts[0][0].cpu is None
    pool = contender("pool", [burst(9)])
    rounds.forget_lost_cpu(pool)
    assert pool.bursts[0][0].cpu == 0.01


def test_a_base_that_differs_from_itself_is_called_noise() -> None:
    pool = contender("pool", [burst(100)] * 3)
    again = contender("pool again", [burst(120, bound=True)] * 3)
    both = [pool, again]
    text = table.text(table.rows(both, [0], "pool") + table.machine(), both,
                      [0], "pool", "pool again", 3)
    assert "wait 0 ms: requests/s 20 %, CPU us 0 %\n" in text
    assert "its median is off by 20 %" in text
    assert "*: the client was the bottleneck" in text


def held(contenders: List[Contender]) -> tuple:
    """The rows of memory by server, and the part of the table on it."""
    waits: List[int] = []
    rows = table.rows(contenders, waits, "pool")
    text = table.text(rows + table.machine(), contenders, waits, "pool",
                      "pool again", 1)
    memory = {r["name"].split(".")[0]: r for r in rows
              if r["name"].endswith("held.memory")}
    return memory, text.split("\n\n")[0].strip()


def test_memory_has_no_ratio_without_a_thread_per_client() -> None:
    servers = [contender("fork", [], 61.4), contender("serial", [], -0.03),
               contender("pool", [], 1.2), contender("pool again", [], 0.5)]
    memory, text = held(servers)
    assert {r["versus"] for r in memory.values()} == {None}
    assert {r["ratio"] for r in memory.values()} == {None}
    assert "against" not in text and " x" not in text
    assert text.splitlines()[1].endswith(" 61.4")
    assert text.splitlines()[2].endswith(" ~0")
    assert text.splitlines()[3].endswith(" 1.20")
    assert text.splitlines()[4].endswith(" ~0")
    assert set(memory["fork"]) == {"name", "value", "unit", "versus", "ratio",
                                   "low", "high", "n"}


def test_no_memory_is_a_negative_multiple() -> None:
    servers = [contender("fork", [], 50), contender("thread", [], 10),
               contender("pool", [], -0.5), contender("pool again", [], 1.0)]
    memory, text = held(servers)
    assert (memory["fork"]["versus"], memory["fork"]["ratio"]) == ("thread", 5)
    assert memory["thread"]["versus"] is None
    assert (memory["pool"]["value"], memory["pool"]["ratio"]) == (-0.5, 0)
    assert text.splitlines()[0].endswith("KiB/client against thread")
    assert text.splitlines()[3].endswith(" ~0")


@pytest.mark.parametrize("kib", [None, 0.0, 0.5, -1.0])
def test_a_thread_that_cost_nothing_is_no_base(kib: Optional[float]) -> None:
    servers = [contender("fork", [], 50), contender("thread", [], kib),
               contender("pool", [], 0), contender("pool again", [], 0)]
    memory, text = held(servers)
    assert memory["fork"]["ratio"] is None
    assert "against" not in text


def tree(tmp_path: Path, **serve: str) -> Path:
    for name, code in serve.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "serve.c").write_text(code)
        (tmp_path / name / "stats.c").write_text(
            (ROOT / "lab/stats.c").read_text())
    return tmp_path


GOOD = (ROOT / "lab/serial.c").read_text()
BAD_REPLY = r'''
#include "serve.h"
#include <sys/socket.h>
#include <unistd.h>
int serve(int listener, const struct options *options)
{
    (void)options;
    for (;;) {
        int conn = accept(listener, 0, 0);
        char head[4096];
        if (read(conn, head, sizeof head) > 0)
            send(conn, "HTTP/1.1 500 Oh\r\n\r\n", 19, MSG_NOSIGNAL);
        close(conn);
    }
}
'''
DIES = r'''
#include "serve.h"
#include <stdio.h>
#include <stdlib.h>
int serve(int listener, const struct options *options)
{
    (void)listener;
    (void)options;
    fprintf(stderr, "cannot go on\n");
    exit(3);
}
'''


def compare_main(*args: str) -> int:
    return compare.main(list(args))


@pytest.fixture
def little(monkeypatch, tmp_path: Path):
    """A comparison of one round, for tests of everything around it. What it
    builds goes away with the test; what never changes is copied there."""
    real, built = rounds.burst_rounds, tmp_path / "built"
    for made in (build_load(compare.BUILT), build(serial(), compare.BUILT),
                 build(part(ROOT / "starter", "pool", "thread"),
                       compare.BUILT)):
        copy = built / made.relative_to(compare.BUILT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, copy)
    monkeypatch.setattr(compare, "BUILT", built)
    monkeypatch.setattr(compare, "WAITS", (0,))
    monkeypatch.setattr(
        rounds, "burst_rounds", lambda c, load, waits, n, until, least, show:
        real(c, load, waits, 1, 0, 1, show))


def test_broken_servers_are_left_out_and_named(tmp_path: Path, little,
                                               capsys) -> None:
    where = tree(tmp_path / "t", fork=BAD_REPLY, pool=GOOD)
    out = tmp_path / "new" / "compare.json"
    status = compare_main("--quick", "--dir", str(where), "--out", str(out))
    text = capsys.readouterr().out
    rows = {r["name"]: r for r in json.loads(out.read_text())}
    assert status == 1
    assert "not-measured: fork: 8 wrong status in 8 requests" in text
    assert rows["fork.wait0.rate"]["value"] is None
    assert rows["serial.wait0.rate"]["value"] > 0
    assert rows["pool again.wait0.rate"]["ratio"] > 0
    assert rows["serial.held.accepted"]["value"] == 1
    assert set(rows["serial.wait0.rate"]) == {
        "name", "value", "unit", "versus", "ratio", "low", "high", "n"}
    assert max(map(len, text.splitlines())) <= 100


def test_the_files_are_named_and_a_missing_server_too(tmp_path: Path) -> None:
    where = tree(tmp_path, pool=GOOD)
    text = table.heading(*compare.choose(str(where)), 42)
    assert "in about 42 seconds:" in text
    assert f"pool        {where}/pool/{{serve,stats}}.c" in text
    assert "thread      starter/pool/{queue,serve,stats}.c" in text
    assert "serial      lab/{serial,stats}.c" in text
    assert f"not-measured: fork: there is no {where}/fork/serve.c" in text


def test_the_reference_is_measured_where_it_is(monkeypatch) -> None:
    def files(directory: Optional[str]) -> dict:
        return {p.name: p.files() for p in compare.choose(directory)[0]}

    assert files(None)["pool"].startswith("solutions/pool/")
    own = files(str(ROOT / "starter"))
    assert own["pool"].startswith("starter/pool/") and "thread" not in own


def test_who_finished_the_pool_still_has_the_thread_per_client(
        monkeypatch, tmp_path: Path) -> None:
    """In the student's kit it lies in lab/thread; starter/ is theirs."""
    kept = tree(tmp_path / "lab", thread=GOOD) / "thread"
    own = tree(tmp_path / "own", pool=GOOD, fork=GOOD)
    monkeypatch.setattr(compare, "THREAD", kept)

    def names() -> list:
        programs, missing = compare.choose(str(own))
        assert missing == []
        return [p.name for p in programs]

    assert names() == ["serial", "fork", "pool"], "still the same code"
    (own / "pool/serve.c").write_text(GOOD + "\n")
    assert names() == ["serial", "fork", "thread", "pool"]
    thread = compare.choose(str(own))[0][2]
    assert {s.parent for s in thread.sources} == {kept}
    (own / "pool/serve.c").write_text(GOOD)
    (own / "pool/queue.c").write_text("")
    assert "thread" in names(), "a file more is other code"


@pytest.mark.parametrize("code, words", [
    ("int serve(void) { return x; }\n", "pool does not compile:\n"),
    (DIES, " in 8 requests; the server has ended: cannot go on\n")],
    ids=["compiles not", "dies"])
def test_a_base_that_cannot_be_had_is_said(tmp_path: Path, little, capsys,
                                           code: str, words: str) -> None:
    where = tree(tmp_path / "t", fork=GOOD, pool=code)
    out = tmp_path / "c.json"
    assert compare_main("--quick", "--dir", str(where),
                        "--out", str(out)) == 1
    said = capsys.readouterr()
    assert words in said.err + said.out
    assert (code is DIES) or "pool/serve.c:1:" in said.err
    assert out.exists() == (code is DIES), "there is nothing to write"


def test_bad_arguments_get_a_clear_message(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        compare_main("--dir", str(tmp_path / "nowhere"))
    assert end.value.code == 2
    assert "there is no directory" in capsys.readouterr().err
    assert compare_main("--dir", str(tmp_path)) == 1
    assert f"there is no {tmp_path}/pool/serve.c" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_said(tmp_path: Path, little,
                                                  capsys) -> None:
    (tmp_path / "file").write_text("")
    where = tree(tmp_path / "t", fork=GOOD, pool=GOOD)
    assert compare_main("--quick", "--dir", str(where), "--out",
                        str(tmp_path / "file" / "c.json")) == 1
    assert "compare: " in capsys.readouterr().err


FORKS = r'''
#include "serve.h"
#include <unistd.h>
int serve(int listener, const struct options *options)
{
    (void)listener;
    (void)options;
    for (int i = 0; i < 5; i++)
        if (fork() == 0)
            break;
    for (;;)
        pause();
}
'''


def test_leaving_a_server_kills_its_whole_session(tmp_path: Path) -> None:
    program = part(tree(tmp_path, pool=FORKS), "pool")
    with Server(build(program, tmp_path / "out")) as server:
        wait_for(lambda: len(measure.session(server.pid)) == 6)
        scratch = server.scratch.name
        assert os.path.isdir(scratch)
    assert measure.session(server.pid) == []
    assert not os.path.exists(scratch)


def test_a_server_dies_with_whoever_started_it(tmp_path: Path) -> None:
    binary = build(serial(), compare.BUILT)
    starter = subprocess.Popen(
        [sys.executable, "-c", "import sys, time\n"
         "from grader.bench.servers import Server\n"
         f"s = Server(__import__('pathlib').Path({str(binary)!r}))\n"
         "print(s.pid, flush=True)\ntime.sleep(60)"],
        cwd=ROOT, stdout=subprocess.PIPE)
    pid = int(starter.stdout.readline())
    assert len(measure.session(pid)) == 1
    starter.kill()
    starter.wait()
    starter.stdout.close()
    wait_for(lambda: measure.session(pid) == [])


def test_a_program_that_never_listens_is_told_from_one_that_ends(
        tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("grader.bench.servers.START_SECONDS", 0.3)
    for code, words in (("sleep 60", "did not say within"),
                        ("echo oh no >&2; exit 3", "ended before .*oh no"),
                        ("echo hello; sleep 60", "hello")):
        script = tmp_path / "program"
        script.write_text(f"#!/bin/sh\n{code}\n")
        script.chmod(0o755)
        with pytest.raises(CannotMeasure, match=words):
            Server(script)


def test_held_clients_show_the_model(tmp_path: Path) -> None:
    load = build_load(compare.BUILT)
    held = rounds.hold(build(serial(), compare.BUILT), load)
    assert held.shape == measure.Shape(1, 1, 1)
    thread = part(ROOT / "starter", "pool", "thread")
    held = rounds.hold(build(thread, compare.BUILT), load)
    assert held.shape == measure.Shape(1, 33, 32)
    assert held.kib is None or 4 < held.kib < 200


HASTY = r'''
#include "serve.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int serve(int listener, const struct options *options)
{
    (void)options;
    for (;;) {
        int conn = accept(listener, 0, 0);
        char in[4096], out[4096];
        ssize_t n = read(conn, in, sizeof in - 1);
        in[n > 0 ? n : 0] = 0;
        char *body = memmem(in, sizeof in, "\r\n\r\n", 4) + 4;
        int size = (int)(in + n - body);
        int head = sprintf(out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
                           "\r\n", size);
        memcpy(out + head, body, (size_t)size);
        send(conn, out, (size_t)(head + size), MSG_NOSIGNAL);
        close(conn);
    }
}
'''


def test_held_clients_that_are_not_answered_are_no_measurement(
        tmp_path: Path) -> None:
    hasty = part(tree(tmp_path, pool=HASTY), "pool")
    load = build_load(compare.BUILT)
    with pytest.raises(CannotMeasure, match="held"):
        rounds.hold(build(hasty, tmp_path / "built"), load)


@pytest.mark.slow
def test_the_whole_comparison_tells_the_models_apart(tmp_path: Path) -> None:
    out = tmp_path / "compare.json"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "grader.bench.compare", "--quick", "--dir",
         str(ROOT / "solutions"), "--out", str(out)], cwd=ROOT, text=True,
        capture_output=True, timeout=100, check=False)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {r["name"]: r for r in json.loads(out.read_text())}
    assert rows["fork.wait0.cpu"]["low"] > 1.5
    assert rows["serial.wait20.rate"]["high"] < 0.3
    assert rows["fork.held.processes"]["value"] == 33
    assert rows["thread.held.threads"]["value"] == 33
    assert rows["pool.held.accepted"]["value"] == 8 + 16 + 1
    assert rows["fork.held.memory"]["ratio"] > 1.5
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert took < 60, "15 s on an idle machine"

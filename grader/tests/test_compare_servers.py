"""The servers that are compared: how they start, hold clients, and end."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.bench import cgroup, compare, measure, rounds
from grader.bench.servers import ROOT, Server, build, part, serial
from grader.pace.tool import CannotMeasure, build_load
from grader.tests.compared import DIES, GOOD, tree, wait_for

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


@pytest.mark.parametrize("may", [True, False])
def test_a_server_that_may_not_enter_its_group_is_counted_by_proc(may: bool, monkeypatch) -> None:
    made = []
    make = cgroup.make
    monkeypatch.setattr(cgroup, "make", lambda: made.append(make()) or made[0])
    if not may:
        monkeypatch.setattr(cgroup.Group, "enter", lambda self: None)
    with Server(build(serial(), compare.BUILT)) as server:
        if not made[0]:
            pytest.skip("no control group can be made here")
        assert server.grouped == may
        assert server.cpu_seconds() > 0
    assert not made[0].path.exists()


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
                        ("kill -SEGV $$", "ended before .*: SIGSEGV, without"),
                        ("exec >&-; sleep 60", "closed its output"),
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


def test_a_server_at_rest_is_told_from_one_with_a_client(monkeypatch) -> None:
    """The kernel's table of connections is long, and asked only if need be."""
    asked = []
    shape = measure.shape
    monkeypatch.setattr(measure, "shape", lambda *a: asked.append(shape(*a)) or asked[-1])
    monkeypatch.setattr(rounds, "SETTLE_SECONDS", 0.5)
    with Server(build(serial(), compare.BUILT)) as server:
        rounds.settle(server, 1)
        assert asked == []
        with socket.create_connection(("127.0.0.1", server.port)):
            wait_for(lambda: shape(server.pid, server.port).accepted)
            rounds.settle(server, 1)
        assert {s.accepted for s in asked} == {1}


def test_held_clients_are_waited_for_without_the_kernels_table(monkeypatch) -> None:
    monkeypatch.setattr(measure, "shape", lambda *_: pytest.fail("asked"))
    thread = build(part(ROOT / "starter", "pool", "thread"), compare.BUILT)
    with Server(thread, rounds.OPTIONS) as server:
        with socket.create_connection(("127.0.0.1", server.port)):
            rounds._quiet(server)
            assert measure.threads_of(measure.session(server.pid)) == 2


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


def test_a_server_may_print_more_than_a_pipe_holds(tmp_path: Path) -> None:
    """A pipe holds 64 KiB, and a line of 1 KB for each client is more."""
    code = GOOD.replace("        echo_client", '        printf("%1023d\\n", conn);\n        fflush(stdout);\n'
                        "        echo_client").replace("#include <unistd.h>", "#include <unistd.h>\n#include <stdio.h>")
    chatty = build(part(tree(tmp_path, pool=code), "pool"), tmp_path / "built")
    with Server(chatty) as server:
        told = rounds.run_load(build_load(compare.BUILT), server, 200, 0)
        assert told["right"] == 200
        drain = server._drain.pid
    assert not Path(f"/proc/{drain}").exists()


ABORTS = DIES.replace('fprintf(stderr, "cannot go on\\n");', "").replace("exit(3)", "abort()")


@pytest.mark.parametrize("code, words", [
    (ABORTS, "SIGABRT, without a word"), (DIES, "cannot go on"),
    (DIES.replace("exit(3)", "abort()"), "SIGABRT: cannot go on"),
    (DIES.replace("fprintf", "if (0) fprintf"), "status 3, without a word")],
    ids=["aborts", "dies", "aborts with words", "dies without"])
def test_how_a_server_ended_is_told(tmp_path: Path, code: str, words: str) -> None:
    program = part(tree(tmp_path, pool=code), "pool")
    with Server(build(program, tmp_path / "out")) as server:
        assert not server.alive(patience=10)
        assert rounds.fate(server) == f"; the server has ended: {words}"

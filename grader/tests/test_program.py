"""grader/grade --program: servers that somebody else wrote, right and wrong ones."""
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from grader.core import rubric as rubrics
from grader.program import RUBRIC
from grader.program.protocol import Get, Http, Line, Plain, by_name, lacking, response, stray
from grader.program.subject import Claim
from grader.report import schema

ROOT = Path(__file__).resolve().parents[2]
GRADE = str(ROOT / "grader" / "grade")
FOREIGN = Path(__file__).parent / "data" / "foreign"
RUBRIC_OF_PROGRAMS = rubrics.load(RUBRIC)

RIGHT = {
    "fork_plain": ("plain", "fork"),
    "thread_line": ("line", "thread"),
    "pool_get": ("get:/", "pool", "--workers", "4", "--capacity", "16"),
    "epoll_get": ("get:/", "reactor"),
    "select_line": ("line", "any"),
}
# server, the mistake that is planted, the check that names it, the cause
WRONG = [
    ("fork_plain", "NO_REAPER", "left.zombies", "never-reaped"),
    ("fork_plain", "ONE_WAIT", "left.coalesced", "one-wait-per-signal"),
    ("fork_plain", "KEEPS_DESCRIPTOR", "left.descriptors", "descriptor-leak"),
    ("fork_plain", "KEEPS_LISTENER", "left.listener", "child-keeps-listener"),
    ("fork_plain", "EINTR_EXITS", "serve.again", "interrupted-ends-server"),
    ("fork_plain", "ACCEPT_UNCHECKED", "accept.shortage", "accept-minus-one-used"),
    ("fork_plain", "ACCEPT_EXITS", "accept.interrupted", "accept-error-ends-server"),
    ("fork_plain", "FORK_EXITS", "luck.fork", "fork-failure-ends-server"),
    ("fork_plain", "ONE_READ", "serve.split", "one-read"),
    ("thread_line", "SIGPIPE_KILLS", "rude.reset", "sigpipe-ends-server"),
    ("thread_line", "CLIENT_ERROR_EXITS", "rude.reset", "error-ends-server"),
    ("thread_line", "LOOP_VARIABLE", "luck.late", "thread-argument-shared"),
    ("thread_line", "NOT_CLOSED", "left.descriptors", "descriptor-leak"),
    ("thread_line", "NOT_DETACHED", "left.memory", "thread-not-collected"),
    ("thread_line", "JOINS_IN_LOOP", "silent.one", "one-blocks-all"),
    ("thread_line", "CREATE_UNCHECKED", "luck.thread", "thread-failure-leaks"),
    ("thread_line", "END_IS_DATA", "rest.idle", "end-taken-for-data"),
    ("thread_line", "ACCEPT_UNCHECKED", "accept.shortage", "accept-minus-one-used"),
    ("thread_line", "MINUS_ONE_KILLS", "accept.shortage", "accept-minus-one-used"),
    ("pool_get", "PUTS_AT_FRONT", "queue.gate", "slot-overwritten"),
    ("pool_get", "IF_NOT_WHILE", "luck.spurious", "wakes-without-item"),
    ("pool_get", "SPINS", "rest.idle", "busy-wait"),
    ("pool_get", "ACCEPTOR_READS", "silent.one", "one-blocks-all"),
    ("pool_get", "SIGPIPE_KILLS", "rude.reset", "sigpipe-ends-server"),
    ("pool_get", "CLIENT_ERROR_EXITS", "rude.reset", "error-ends-server"),
    ("pool_get", "NOT_CLOSED", "left.descriptors", "descriptor-leak"),
    ("epoll_get", "EINTR_EXITS", "serve.continued", "interrupted-ends-server"),
    ("epoll_get", "ONE_WRITE", "bytes.slow", "short-write"),
    ("epoll_get", "CLIENT_ERROR_EXITS", "rude.leave", "error-ends-server"),
    ("epoll_get", "ACCEPT_EXITS", "accept.aborted", "accept-error-ends-server"),
    ("select_line", "OVERFLOWS", "bytes.long", "long-request-crashes"),
    ("select_line", "NOT_CLOSED", "left.descriptors", "descriptor-leak"),
    ("serial_line", "NOTHING", "silent.one", "one-blocks-all"),
]


def built(name: str, mistake: str, into: Path, *flags: str) -> Path:
    """Compile a foreign server, with a mistake or "". Returns the executable."""
    plant = [f"-D{mistake}"] if mistake else []
    subprocess.run(["gcc", "-O1", "-D_GNU_SOURCE", "-w", "-pthread", *plant, *flags, str(FOREIGN / f"{name}.c"),
                    "-o", str(into / name)], check=True, timeout=60)
    return into / name


def grade(*args, cwd, timeout=400):
    return subprocess.run([GRADE, *map(str, args)], cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)


def graded(server: Path, *args, command="./{name} {{port}}") -> dict:
    """Grade it where it lies. Returns its result, held to the schema."""
    out = server.parent / "out"
    done = grade("--out", out, "--program", command.format(name=server.name), *args, cwd=server.parent)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    found = json.loads((out / server.name / "result.json").read_text())
    schema.validate(found)
    assert done.returncode == (1 if "error" in found else 0), done.stderr
    return found


def told(name: str) -> list[str]:
    protocol, model, *more = RIGHT.get(name, ("line", "any"))
    return ["--protocol", protocol, "--model", model, *more]


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_server_fails_nothing(name, tmp_path):
    found = graded(built(name, "", tmp_path), *told(name))
    bad = {c["check"]: c["observed"] for c in found["checks"] if c["outcome"] not in ("pass", "not-measured")}
    assert not bad
    assert not found["causes"]
    faults = [c["check"] for c in found["checks"] if "grader itself" in c["observed"]]
    assert not faults


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize("name, mistake, check, cause", WRONG)
def test_a_mistake_is_found_and_named(name, mistake, check, cause, tmp_path):
    found = graded(built(name, mistake, tmp_path), *told(name), "--task", check)
    record = next(c for c in found["checks"] if c["check"] == check)
    assert record["outcome"] == "fail", record["observed"]
    assert record["causes"][0] == cause, record
    assert found["causes"][cause] and f"--task {check}" in record["reproduce"]


def test_a_program_gets_a_result_its_pages_and_what_was_said_of_it(tmp_path):
    server = built("fork_plain", "", tmp_path)
    found = graded(server, *told("fork_plain"), "--task", "left.listener")
    assert found["score"] == found["max"] == 1 and found["complete"]
    assert "protocol plain, model fork" in found["notes"][0]
    assert (tmp_path / "out" / "fork_plain" / "index.html").exists()


def test_the_overwritten_slot_is_found_where_only_the_threads_tell_how_many_workers_there_are(tmp_path):
    server = built("pool_get", "PUTS_AT_FRONT", tmp_path)
    found = graded(server, "--protocol", "get:/", "--task", "queue.gate")
    assert found["causes"].keys() == {"slot-overwritten"}


def test_bad_luck_that_does_not_get_into_a_static_program_is_not_measured(tmp_path):
    server = built("thread_line", "LOOP_VARIABLE", tmp_path, "-static")
    found = graded(server, *told("thread_line"), "--task", "luck.late")
    record = next(c for c in found["checks"] if c["check"] == "luck.late")
    assert record["outcome"] == "not-measured" and "statically" in record["observed"]
    assert not found["complete"]


def test_a_ring_without_a_bound_is_not_told_as_a_use_of_what_a_failed_accept_returns(tmp_path):
    server = built("ring_line", "NO_BOUND", tmp_path)
    found = graded(server, "--protocol", "line", "--task", "accept.interrupted")
    record = next(c for c in found["checks"] if c["check"] == "accept.interrupted")
    assert record["outcome"] == "blocked", record["observed"]
    assert "where no accept fails" in record["observed"] and not found["causes"]


@pytest.mark.parametrize("mistake", ["", "CLIENT_ERROR_EXITS"])
def test_who_waited_for_a_descriptor_leaves_so_politely_that_nobody_dies_of_it(mistake, tmp_path):
    server = built("ring_line", mistake, tmp_path)
    found = graded(server, "--protocol", "line", "--task", "accept.shortage")
    assert found["score"] == 1, [c["observed"] for c in found["checks"]]


def test_a_program_that_listens_at_another_port_is_told_so_at_once_and_without_manners(tmp_path):
    server = built("ring_line", "ANY_PORT", tmp_path)
    found = graded(server, "--protocol", "line", "--task", "serve.again", "--task", "program.manners")
    records = {c["check"]: c for c in found["checks"]}
    assert re.search(r"it listens at \d+, not at the given port, \d+", records["program.starts"]["observed"])
    assert records["program.starts"]["causes"] == ["never-listens"]
    assert records["program.manners"]["outcome"] == "blocked"


def test_the_command_to_reproduce_is_the_one_that_was_given_with_one_pair_of_marks():
    line = Claim(("./ends", "-p", "{port}"), "/", "line").command("serve.again")
    assert "--program './ends -p {port}' --protocol" in line
    odd = ("./my server", "{port}; true", "")
    words = shlex.split(Claim(odd, "/", "line").command("serve.again"))
    assert tuple(shlex.split(words[2])) == odd


def test_what_needs_a_number_that_was_not_given_is_not_measured(tmp_path):
    server = built("pool_get", "", tmp_path)
    found = graded(server, "--protocol", "get:/", "--model", "pool", "--task", "silent.many", "--task", "queue.bounded")
    reasons = {c["check"]: c["observed"] for c in found["checks"] if c["outcome"] == "not-measured"}
    assert "--workers" in reasons["silent.many"] and "--capacity" in reasons["queue.bounded"]


@pytest.mark.parametrize("spoil, said", [
    (lambda s: s.unlink(), "is not there"),
    (lambda s: s.chmod(0o644), "is not executable; chmod +x"),
    (lambda s: (s.write_bytes(b"\x7fELF rubbish"), s.chmod(0o755)), "never listened at its port"),
])
def test_what_cannot_be_executed_is_said_clearly(spoil, said, tmp_path):
    server = built("select_line", "", tmp_path)
    spoil(server)
    found = graded(server, "--protocol", "line", "--task", "serve.again")
    text = found.get("error") or " ".join(c["observed"] for c in found["checks"])
    assert said in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only then the box has a user of its own")
def test_a_program_that_the_box_may_not_reach_is_copied_and_the_report_says_so(tmp_path):
    here = tmp_path / "private"
    here.mkdir(mode=0o700)
    found = graded(built("select_line", "", here), "--protocol", "line", "--task", "serve.again")
    assert found["score"] == 1 and any("copy" in note for note in found["notes"])


def test_a_program_that_never_listens_fails_all_and_says_why(tmp_path):
    server = tmp_path / "sleeper"
    server.write_text("#!/bin/sh\necho no port for $1; exit 3\n")
    server.chmod(0o755)
    found = graded(server, "--protocol", "line", "--task", "serve.again")
    assert found["score"] == 0 and "never-listens" in found["causes"]
    assert 'it printed: "no port for' in found["checks"][0]["observed"]


@pytest.mark.parametrize("args, said", [
    (["--program", "./server 8080", "--protocol", "line"], "{port}"),
    (["--program", "{port}", "--protocol", "line"], "{port}"),
    (["--program", "./server '{port}", "--protocol", "line"], "quotation"),
    (["--program", "./server {port}"], "--protocol"),
    (["--program", "./server {port}", "--protocol", "gopher"], "there is no protocol 'gopher'"),
    (["--program", "./server {port}", "--protocol", "get:page"], "there is no protocol"),
    (["--program", "./server {port}", "--protocol", "line", "--model", "magic"], "there is no model 'magic'"),
    (["--program", "./server {port}", "--protocol", "line", "--workers", "0"], "--workers"),
    (["--program", "./server {port}", "--protocol", "line", "solutions"], "by itself"),
    (["--program", "./server {port}", "--protocol", "line", "--task", "2c"], "there is no task or check '2c'"),
    (["--protocol", "line", "solutions"], "--program"),
])
def test_wrong_usage_gets_status_2_and_one_line(args, said, tmp_path):
    done = grade("--out", tmp_path / "out", *args, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_each_check_of_the_rubric_has_its_function_and_each_cause_its_place():
    source = "".join(p.read_text() for p in (RUBRIC.parent / "checks").glob("*.py"))
    assert [c for c in RUBRIC_OF_PROGRAMS.checks if f'@check("{c}")' not in source] == []
    code = source + (RUBRIC.parent / "server.py").read_text()
    assert [c for c in RUBRIC_OF_PROGRAMS.causes if f'"{c}"' not in code] == []


def test_a_response_is_complete_with_its_length_its_last_chunk_or_the_end():
    assert response(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\na", False) is None
    assert response(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", False).body == b"ab"
    assert response(b"HTTP/1.0 200 OK\r\n\r\nab", False) is None
    assert response(b"HTTP/1.0 200 OK\r\n\r\nab", True).body == b"ab"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
    assert response(chunked, False) is None and response(chunked + b"0\r\n\r\n", False)
    assert response(b"hello", True) is None
    assert stray(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nabc") == 1
    assert [lacking(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n" + got) for got in (b"", b"a", b"abc")] == [2, 1, 0]


def test_each_protocol_knows_its_own_answer_from_another():
    assert Plain().right(b"abc\r\n\r\n", b"abc", False) and Plain().right(b"abc", b"abc", False)
    assert not Plain().right(b"abcd", b"abc", False) and not Plain().right(b"ab", b"abc", True)
    assert Line().right(b"abc\r\n", b"abc", False) and not Line().right(b"abc", b"abc", True)
    assert not Line().right(b"abc\n\0", b"abc", False)
    assert Http().right(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x", False)
    assert not Http().right(b"HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\nx", b"x", False)
    assert isinstance(by_name("get:/a?b"), Get) and by_name("get:/a?b").path == "/a?b"

"""What the handout asks to be predicted, measured: the value that TA.md gives,
which is read from there.

Questions of which the value comes out of an experiment or of make compare are
tested with it, see ELSEWHERE; of 2a's millions, how many are lost depends on
who runs meanwhile. A time is held from below only, or against another one.
"""
import ast
import contextlib
import inspect
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest

from grader.bench import measure
from grader.bench.servers import ROOT, Server, build, part, serial
from grader.checks import measured
from grader.corpus import mutant
from grader.observe.client import Client
from grader.tests.compared import wait_for
from grader.tests.unpacked import make
from lab.predict import questions

pytestmark = pytest.mark.timeout(240)
OPTIONS = "-i", "60000"
WITH_QUEUE = *OPTIONS, "-w", "8", "-q", "16"
TA = (ROOT / "grader/TA.md").read_text("utf-8")
# Question: the words of TA.md, and the test that sees it, of another file; or why there is none.
ELSEWHERE = {
    "1b": ("19 zombies stay", "test_doors_try", "test_a_handler_that_asks_once_leaves_19_zombies"),
    "1c": ("depends on the student's code", "", "the prediction is compared with what the student's own server does"),
    "1e": ("1, the child that still serves", "test_doors_try", "test_an_orphan_is_seen_after_a_stop"),
    "2e": ("1.", "test_doors_try", "test_one_farewell_sends_one_worker_home"),
    "3b": ("as long as the readers go on", "test_locks_orders", "test_the_textbooks_first_solution_starves_the_writer_and_nobody_else"),
    "q1": ("W + C + 1; W where", "test_predictions", "test_2d_of_64_silent_clients_25_are_accepted"),
    "q3": ("about 10", "test_predictions", "test_q3_q4_and_q5_of_our_own_measurement_are_of_the_size_that_is_told"),
    "q4": ("about 4", "test_predictions", "test_q3_q4_and_q5_of_our_own_measurement_are_of_the_size_that_is_told"),
    "q5": ("above 1", "test_predictions", "test_q3_q4_and_q5_of_our_own_measurement_are_of_the_size_that_is_told"),
}


def said(question: str) -> str:
    """What TA.md says that comes, in one line."""
    row = re.search(rf"^\| {question} \| (.+?) \|", TA, re.MULTILINE)
    page = TA.partition(f"\n## {question} ")[2]
    found = row or re.search(r"^\*\*The prediction\*\*:? (.+?)\n\n", page, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split())


def value(question: str, pattern: str) -> float:
    """A number of it."""
    found = re.search(pattern, said(question))
    assert found, f"{question}: {pattern!r} is not in {said(question)!r}"
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize("question", [q.task for q in questions.read(ROOT / "handout.md")])
def test_every_question_is_measured_here_or_elsewhere_and_the_page_has_its_value(question):
    if question not in ELSEWHERE:
        asked = [n for n in globals() if n.startswith(f"test_{question}_")]
        assert asked and re.search(rf'(?:value|said)\("{question}"', "".join(map(inspect.getsource, map(globals().get, asked))))
        return
    words, file, name = ELSEWHERE[question]
    assert words in said(question)
    tree = ast.parse((ROOT / f"grader/tests/{file}.py").read_text("utf-8")) if file else None
    assert not tree or name in {f.name for f in tree.body if isinstance(f, ast.FunctionDef)}


@pytest.fixture
def running(tmp_path) -> Iterator:
    """A server of a mutant's, or of a tree's."""
    stack = contextlib.ExitStack()

    def start(which, name: str, *options: str) -> Server:
        tree = which if isinstance(which, Path) else of_mutant(which, tmp_path / "tree")
        return stack.enter_context(Server(build(part(tree, name), tmp_path / "built"), options or OPTIONS))

    with stack:
        yield start


def of_mutant(name: str, into: Path) -> Path:
    case = mutant.load(ROOT / "grader/corpus/mutants" / name, mutant.load_rubrics())
    return mutant.make_tree(case, into)


def ask(server: Server, path: str = "/echo", body: bytes = b"hello") -> socket.socket:
    """A client who has asked."""
    conn = socket.create_connection(("127.0.0.1", server.port), 10)
    conn.sendall(f"POST {path} HTTP/1.1\r\nHost: lab\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return conn


def reply(conn: socket.socket) -> str:
    """The whole reply, and the client leaves: a server may keep the connection."""
    data = b""
    with conn:
        while not (length := re.search(rb"Content-Length: (\d+)", data)) or \
                len(data.partition(b"\r\n\r\n")[2]) < int(length[1]):
            piece = conn.recv(65536)
            if not piece:
                break
            data += piece
    return data.decode()


def replied(conns: list) -> int:
    """How many got theirs, of those who have it within a second after the last one."""
    found = 0
    for conn in conns:
        conn.settimeout(1)
        with contextlib.suppress(OSError):
            found += reply(conn).startswith("HTTP/1.1 200")
    return found


def served(server: Server) -> int:
    conn = socket.create_connection(("127.0.0.1", server.port), 10)
    conn.sendall(b"GET /stats HTTP/1.1\r\nHost: lab\r\n\r\n")
    return int(re.search(r'served"?: *(\d+)', reply(conn))[1])


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def loaded(servers: list, *options: str) -> list[dict]:
    """What the load tool finds of each, at the same time: what else runs is in all of them."""
    subprocess.run(["make", "-s", "build/load"], cwd=ROOT, check=True, capture_output=True, timeout=100)
    with contextlib.ExitStack() as tools:
        started = [tools.enter_context(subprocess.Popen([ROOT / "build/load", s.address, *options, "--json", "-"],
                                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
                   for s in servers]
        return [json.loads(tool.communicate(timeout=100)[0]) for tool in started]


@pytest.mark.slow
def test_0a_the_second_of_two_waits_twice_as_long_and_the_cpu_is_idle(tmp_path):
    with Server(build(serial(), tmp_path), OPTIONS) as server:
        begin, before = time.monotonic(), measure.process_seconds(server.pid)
        for conn in [ask(server, "/echo?wait=2000") for _ in range(2)]:
            reply(conn)
        assert time.monotonic() - begin >= value("0a", r"after (\d+) seconds")
        assert measure.process_seconds(server.pid) - before < 0.2       # of 4 seconds
    assert value("0a", r"at (\d+) %") == 0


@pytest.mark.slow
def test_1a_a_parent_that_forgets_to_close_has_one_more_for_each_client(running):
    server = running("fork_parent_keeps_fd", "fork")
    assert descriptors(server) == 7
    for _ in range(100):
        reply(ask(server))
    assert descriptors(server) == value("1a", r"^(\d+) descriptors") == 107


@pytest.mark.slow
def test_1d_after_ten_echoes_the_parents_number_is_what_it_was(running, tmp_path):
    tree = tmp_path / "apart"
    (tree / "fork").mkdir(parents=True)
    for name, source in ("serve.c", "solutions"), ("stats.c", "starter"):
        (tree / "fork" / name).write_bytes((ROOT / source / "fork" / name).read_bytes())
    server = running(tree, "fork")
    for _ in range(10):
        reply(ask(server))
    assert served(server) == value("1d", r"^(\d+)\.$") == 0


@pytest.mark.slow
def test_2a_a_race_that_is_there_loses_next_to_nothing_in_2000_requests(running):
    server = running(ROOT / "starter", "pool")
    [found] = loaded([server], "-n", "2000", "-c", "8")
    assert found["right"] == 2000
    assert 1990 <= served(server) <= value("2a", r"^([\d,]+), nearly") == 2000


@pytest.mark.slow
def test_2b_with_volatile_all_four_numbers_still_race():
    assert said("2b").startswith("all four, as before. Of the six counters two are right")
    told = make("race-check", "PART=pool", "DIR=grader/corpus/class/volatile-counters", cwd=ROOT).stdout
    assert all(re.search(rf"\b{name}\b", told) for name in ("served", "bytes", "active", "peak")), told


@pytest.mark.slow
def test_2c_who_takes_the_lock_before_waiting_for_room_serves_one_of_three(running):
    server = running("sem_mutex_before_slots", "pool", *OPTIONS, "-w", "1", "-q", "1")
    first = ask(server, "/echo?wait=500")
    wait_for(lambda: measure.shape(server.pid, server.port).accepted == 1)
    assert replied([first, ask(server), ask(server)]) == value("2c", r"^(\d+), ") == 1


@pytest.mark.slow
def test_2d_of_64_silent_clients_25_are_accepted(running):
    server = running(ROOT / "solutions", "pool", *WITH_QUEUE)
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
        wait_for(lambda: measure.shape(server.pid, server.port).accepted >= 25)
        wait_for(lambda: measure.is_waiting(server.pid))
        assert measure.shape(server.pid, server.port).accepted == value("2d", r"^(\d+) are accepted") == 25
        assert value("2d", r"other (\d+)") == 64 - 25


def slow_between(source: str) -> str:
    """The journal, with time between its locks: else few ever meet there."""
    first = "pthread_mutex_lock(&totals_lock);\n    pthread_mutex_lock(&journal_lock);"
    other = "void journal_add(long bytes)\n{\n    pthread_mutex_lock(&journal_lock);"
    assert source.count(first) == source.count(other) == 1
    for lines in first, other:
        source = source.replace(lines, lines.replace(";", "; usleep(50000);", 1))
    return "#include <unistd.h>\n" + source


@pytest.mark.slow
def test_3a_a_circle_of_two_takes_all_eight_workers_and_no_cpu(running, tmp_path):
    tree = Path(shutil.copytree(ROOT / "starter", tmp_path / "slow"))
    path = tree / "locks/journal.c"
    path.write_text(slow_between(path.read_text("utf-8")), "utf-8")
    server = running(tree, "locks", *OPTIONS, "-w", "8")
    with contextlib.ExitStack() as clients:
        for _ in range(8):
            clients.enter_context(ask(server))
            clients.enter_context(look(server))
        wait_for(lambda: measure.shape(server.pid, server.port).accepted >= 8)
        assert replied([ask(server)]) == 0
        wait_for(lambda: measure.is_waiting(server.pid))
        before = measure.process_seconds(server.pid)
        assert replied([ask(server) for _ in range(8)]) == 0
        assert measure.process_seconds(server.pid) - before < 0.05
        assert measure.shape(server.pid, server.port).accepted == value("3a", r"^(\d+), at 0 % CPU") == 8, "each worker has one"


def look(server: Server) -> socket.socket:
    """A client who wants to see the journal."""
    conn = socket.create_connection(("127.0.0.1", server.port), 10)
    conn.sendall(b"GET /journal HTTP/1.1\r\nHost: lab\r\n\r\n")
    return conn


def seconds_of_eight(server: Server) -> float:
    """Until the last one of eight clients of 100 ms has the reply."""
    begin = time.monotonic()
    assert replied([ask(server, "/echo?wait=100") for _ in range(8)]) == 8
    return time.monotonic() - begin


@pytest.mark.slow
def test_3c_eight_who_hold_the_lock_while_they_wait_take_turns(running):
    assert seconds_of_eight(running("credit_held", "locks", *OPTIONS, "-w", "8")) >= value("3c", r"^([\d.]+) seconds")


@pytest.mark.slow
def test_3c_between_looking_and_taking_sixteen_are_served_for_eight_credits(running):
    server = running("credit_gap", "locks", *OPTIONS, "-w", "16", "-c", "8")
    assert 8 < replied([ask(server, "/echo?wait=100") for _ in range(16)]) <= value("3c", r"up to (\d+)") == 16


@pytest.mark.slow
def test_q2_eight_workers_who_wait_20_ms_serve_400_a_second_and_no_more(running):
    [found] = loaded([running(ROOT / "solutions", "pool", *WITH_QUEUE)], "-n", "1600", "-c", "64", "-w", "20")
    assert found["right"] == 1600
    assert said("q2") == "1000 · W / wait"
    assert 200 < found["rate"] <= 1000 * 8 / 20 * 1.05, "a busy machine is slower"


def test_q3_q4_and_q5_of_our_own_measurement_are_of_the_size_that_is_told():
    own = measured.read(measured.OURS)
    for question, middle in (("q3", own.ratio("fork.wait0.cpu", "pool").middle),
                             ("q4", own.ratio("fork.held.memory", "thread").middle)):
        about = value(question, r"^about (\d+)$")
        assert about / 2 < middle < about * 2, (question, middle)
    assert own.quotient("serial.wait0.rate", "fork.wait0.rate").middle > value("q5", r"^above (\d+)$") == 1


@pytest.mark.slow
@pytest.mark.parametrize("part, answered", [("fork", 4), ("pool", 0)])
def test_q6_after_a_crash_all_four_of_fork_have_their_reply_and_none_of_the_pool(running, part, answered):
    assert said("q6") == "all of the student's clients, and 0"
    server = running(ROOT / "solutions", part, *OPTIONS, "-x")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(Client(server.port))).gate(b"hello") for _ in range(4)]
        wait_for(lambda: all(client.in_service for client in clients))
        with contextlib.suppress(OSError), ask(server, "/crash") as crashed:
            assert crashed.recv(1) == b""
        for client in clients:
            client.release()
        wait_for(lambda: all(client.done for client in clients))
        assert sum(client.echoed for client in clients) == answered
    assert server.alive(0 if answered else 10) == bool(answered)


@pytest.mark.slow
def test_q7_eight_who_wait_without_the_lock_need_less_than_half_of_the_time(running):
    held = running("credit_held", "locks", *OPTIONS, "-w", "8")
    repaired = running(ROOT / "solutions", "locks", *OPTIONS, "-w", "8")
    assert value("q7", r"^(\d+)$") == 8
    assert seconds_of_eight(repaired) < seconds_of_eight(held) / 2


@pytest.mark.slow
def test_q8_a_queue_of_64_has_the_median_latency_of_one_of_4(running):
    short, long = (running(ROOT / "solutions", "pool", *OPTIONS, "-w", "8", "-q", slots) for slots in ("4", "64"))
    found = loaded([short, long], "-n", "1600", "-c", "64", "-w", "20")
    assert [one["right"] for one in found] == [1600, 1600]
    medians = [one["latency_ms"]["p50"] for one in found]
    assert 0.75 < medians[1] / medians[0] / value("q8", r"^(\d+)$") < 1.25, medians

"""make race-check PART=locks: its paths are asked, and two orders of locks told."""
import shutil
import socket
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from grader.core.build import ROOT
from grader.explore import cli, kept
from grader.tests.raced import own_place, scratch
from grader.witness import explorer, helgrind, load, race_check, searches
from grader.witness.finding import Access, Finding, confirm
from grader.witness.run import Program

JOURNAL = "locks/journal.c"
LOCKS = "journal_lock and totals_lock"
MUTANTS = ROOT / "grader" / "corpus" / "mutants"


def program(directory: Path, out: Path) -> Program:
    return replace(race_check.program("locks", directory, out), luck=None)


def order(*lines: int, locks: str = LOCKS) -> Finding:
    sides = [Access("lock", "journal_read", JOURNAL, line, 2) for line in lines]
    return Finding("helgrind", "lock-order", locks, None, sides, "Helgrind's words")


@pytest.fixture
def mutant(tmp_path):
    """mutant(name): the directory of a right submission with that one bug."""
    def make(name: str) -> Path:
        shutil.copytree(ROOT / "solutions" / "locks", tmp_path / "mine" / "locks")
        patch = (MUTANTS / name / "patch").read_text()
        subprocess.run(["patch", "-sp1"], input=patch, text=True, cwd=tmp_path / "mine", check=True)
        return tmp_path / "mine"
    return make


# -- the load

def asked(part: str) -> list[tuple[bytes, int]]:
    """What a server is asked that answers everything rightly: each request,
    and with how many others at the time."""
    lock, seen, there = threading.Lock(), [], [0]

    def answer(conn: socket.socket) -> None:
        with conn:
            with lock:
                there[0] += 1
                others = there[0] - 1
            request = conn.recv(4096)
            head, _, body = request.partition(b"\r\n\r\n")
            while head.startswith(b"POST") and len(body) < load.LENGTH:
                body += conn.recv(4096)
            with lock:
                seen.append((b" ".join(head.split()[:2]).partition(b"?")[0], others))
                there[0] -= 1       # before the reply, after which the next may come
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve() -> None:
            while True:
                try:
                    conn, _ = listener.accept()
                except OSError:     # it is closed
                    return
                threading.Thread(target=answer, args=(conn,), daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        assert load.apply(listener.getsockname()[1], part=part).complete
        listener.shutdown(socket.SHUT_RDWR)
    return seen


def test_the_paths_of_part_3_are_asked_and_the_journal_by_one_at_a_time():
    seen = asked("locks")
    requests = [request for request, _ in seen]
    assert requests[:2] == [b"POST /echo", b"GET /journal"]
    assert requests[-4:] == [b"POST /echo", b"GET /journal"] * 2
    assert {b"GET /page", b"PUT /page", b"GET /stats"} <= set(requests[2:-4])
    assert {others for request, others in seen if request == b"GET /journal"} == {0}


def test_in_another_part_nobody_asks_for_them():
    assert {request for request, _ in asked("pool")} == {b"POST /echo", b"GET /stats", b"NONSENSE"}


# -- two orders of locks

def test_the_circle_of_the_explorer_confirms_helgrinds_order_and_is_kept(scratch, capsys):
    found = order(36, 18)
    said = explorer.answer(program(ROOT / "starter", scratch), [found])
    (told,) = confirm([found], said.findings)
    assert told.verdict == f"two orders can end in a deadlock; confirmed by replay: make replay ID={told.replay}"
    assert (kept.load(told.replay).scenario, kept.load(told.replay).verdict) == ("journal", "deadlock")
    assert cli.main(["replay", told.replay]) == cli.FOUND and "circle: " in capsys.readouterr().out


def test_each_side_of_the_circle_is_the_taking_of_one_lock_under_the_other(scratch):
    said = explorer.answer(program(ROOT / "starter", scratch), [order(36, 18)])
    (circle,) = said.findings
    assert circle.variable == LOCKS and "each waits for the other" in circle.text
    assert {(a.op, a.function, a.place, a.locks, a.role) for a in circle.accesses} == {
        ("lock of journal_lock", "journal_read", (JOURNAL, 36), ("totals_lock",), "worker that reads"),
        ("lock of totals_lock", "counted", (JOURNAL, 18), ("journal_lock",), "worker that adds")}


def test_a_circle_at_other_lines_confirms_and_lends_no_replay(scratch):
    found = order(36, 99)
    (told,) = confirm([found], explorer.answer(program(ROOT / "starter", scratch), [found]).findings)
    assert told.confirmed_by == ["explorer"] and not told.replay


def test_a_journal_without_a_circle_is_met_with_silence(scratch):
    assert explorer.answer(program(ROOT / "solutions", scratch), [order(36, 18)]).findings == []


def test_in_a_grade_nothing_is_kept(scratch):
    files = (JOURNAL,)
    quiet = Program(Path, files, searches.here(ROOT / "starter", files, scratch / "grade"))
    (told,) = confirm([order(36, 18)], explorer.answer(quiet, [order(36, 18)]).findings)
    assert told.confirmed_by == ["explorer"] and not told.replay and not kept.KEPT.exists()


# -- the command

def command(monkeypatch, directory: Path, out: Path) -> int:
    monkeypatch.setattr(race_check, "OUT", out)
    return race_check.main(["--part", "locks", "--dir", str(directory)])


def test_the_planted_deadlock_is_told_by_both_witnesses(monkeypatch, scratch, capsys):
    assert command(monkeypatch, ROOT / "starter", scratch / "command") == 1
    told = capsys.readouterr().out
    assert told.count(f"lock-order on {LOCKS}") == 1 and "race on" not in told
    assert "lock of journal_lock in journal_read, locks/journal.c:36" in told and "locks held: totals_lock" in told
    assert "lock of totals_lock in counted, locks/journal.c:18" in told and "locks held: journal_lock" in told
    assert "two orders can end in a deadlock; confirmed by replay: make replay ID=journal-" in told


@pytest.mark.slow
def test_the_right_locks_are_met_with_silence(monkeypatch, scratch, capsys):
    assert command(monkeypatch, ROOT / "solutions", scratch / "right") == 0
    assert "was not heard" not in (told := capsys.readouterr().out) and "nothing found" in told


@pytest.mark.slow
@pytest.mark.parametrize("name, kind, about", [
    ("journal_two_orders", "lock-order", LOCKS), ("page_writer_beside_readers", "race", "text"),
    ("credit_unlocked", "race", "left")])
def test_a_mutant_of_part_3_is_named(mutant, scratch, name, kind, about):
    said = helgrind.testify(program(mutant(name), scratch / name), scratch)
    assert said.measured and {(f.kind, f.variable) for f in said.findings} == {(kind, about)}


@pytest.mark.slow
def test_a_server_that_hangs_takes_nothing_of_what_was_seen_along(mutant, scratch):
    hangs = mutant("journal_two_orders")
    source = hangs / JOURNAL
    source.write_text(source.read_text().replace("    return n;", "    pthread_mutex_lock(&totals_lock);\n    return n;"))
    said = helgrind.testify(program(hangs, scratch / "hangs"), scratch)
    assert said.measured and "lock-order" in {f.kind for f in said.findings}

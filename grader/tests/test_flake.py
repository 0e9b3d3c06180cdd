"""make flake: who is graded next, what is counted, and what is kept."""
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.bench import flake
from grader.corpus import counts as counting, mutant, tally
from grader.corpus.counts import CLEAN, IDLE, LOAD, Count
from grader.corpus.measure import Measured
from grader.corpus.mutant import Case

RUBRIC = mutant.load_rubrics()["submission"]
ALL = [c.id for c in RUBRIC.checks.values() if c.part == "fork"]


def design(name: str, part: str = "fork") -> Case:
    return Case(name, Path("/nowhere"), "right", part, RUBRIC)


def wrong_one(name: str, *must: str) -> Case:
    return Case(name, Path("/nowhere"), "wrong", "fork", RUBRIC, "solutions/fork", must_fail=must,
                causes=("never-reaped",))


def record(check, outcome, causes=()):
    return {"check": check, "outcome": outcome, "causes": list(causes), "observed": "so"}


def result(*records):
    return {"checks": list(records)}


# ---- counts.jsonl -------------------------------------------------------------


def test_runs_are_summed_by_check_hash_load_and_subject(tmp_path):
    path = tmp_path / "counts.jsonl"
    one = Count("1b.reaped", CLEAN, IDLE, "d", "h", 1, 0, 1)
    for more in one, one, Count("1b.reaped", CLEAN, LOAD, "d", "h", 1), Count("1b.reaped", CLEAN, IDLE, "d", "i", 1):
        counting.write(counting.add(counting.read(path), [more]), path)
    assert [(c.load, c.hash, c.runs, c.lost) for c in counting.read(path)] == [
        (IDLE, "h", 2, 2), (IDLE, "i", 1, 0), (LOAD, "h", 1, 0)]
    assert path.read_text().splitlines() == sorted(path.read_text().splitlines())
    assert [p.name for p in tmp_path.iterdir()] == ["counts.jsonl"]


def test_a_line_that_is_no_count_is_refused(tmp_path):
    (tmp_path / "counts.jsonl").write_text('{"check": "1b.reaped", "colour": 1}\n')
    with pytest.raises(ValueError, match="counts.jsonl"):
        counting.read(tmp_path / "counts.jsonl")


HASHES = {"a": "1", "b": "2"}


@pytest.mark.parametrize("case, made, sums", [
    (design("d"), result(record("a", "pass"), record("b", "fail")), [("a", 1, 0, 0), ("b", 1, 1, 0)]),
    (design("d"), result(record("a", "not-measured"), record("b", "blocked")), [("a", 0, 0, 1)]),
    (design("d"), result(record("c", "pass")), []),
    (wrong_one("m", "a"), result(record("a", "fail", ["never-reaped"]), record("b", "pass")), [("a", 1, 0, 0)]),
    (wrong_one("m", "a"), result(record("a", "pass")), [("a", 1, 1, 0)]),
    (wrong_one("m", "a"), result(record("a", "fail", ["stop-never-ends"])), [("a", 1, 1, 0)]),
    (wrong_one("m", "a", "b"), result(record("a", "fail", ["never-reaped"]), record("b", "fail")),
     [("a", 1, 0, 0), ("b", 1, 0, 0)]),
    (wrong_one("m", "a"), result(record("a", "not-measured")), [("a", 0, 0, 1)]),
])
def test_false_failures_misses_and_what_was_not_measured_are_counted(case, made, sums):
    assert [(c.check, c.runs, c.wrong, c.lost) for c in tally.counted(case, made, IDLE, HASHES)] == sums


# ---- who is next --------------------------------------------------------------


def test_designs_take_turns_and_each_grade_counts_for_all_checks():
    schedule = flake.Schedule([design("a"), design("b"), design("c", "pool")], [])
    runs = [schedule.next(IDLE) for _ in range(6)]
    assert [r.wants for r in runs] == [()] * 6
    assert {n: sum(r.case.name == n for r in runs) for n in "abc"} == {"a": 2, "b": 1, "c": 3} or \
        {n: sum(r.case.name == n for r in runs) for n in "abc"} == {"a": 1, "b": 2, "c": 3}


def test_a_mutant_is_asked_only_what_it_must_fail_and_gets_its_share():
    schedule = flake.Schedule([design("d"), wrong_one("m", "1b.reaped"), wrong_one("n", "1a.exit")], [])
    runs = [schedule.next(IDLE) for _ in range(60)]
    done = {n: [r for r in runs if r.case.name == n] for n in "dmn"}
    assert {r.wants for r in done["m"]} == {("1b.reaped",)}
    assert [len(done[n]) for n in "dmn"] == [50, 5, 5]      # the goals are reached together


def test_only_checks_that_lag_behind_are_asked_again():
    whole = [Count(c, CLEAN, IDLE, "d", "h", 60) for c in ALL if c != "1b.reaped"]
    schedule = flake.Schedule([design("d")], whole)
    assert schedule.next(IDLE).wants == ("1b.reaped",)
    assert flake.Schedule([design("d")], whole + [Count("1b.reaped", CLEAN, IDLE, "d", "h", 60)]) \
        .next(IDLE).wants == ()
    assert schedule.next(LOAD).wants == ()


def test_idle_and_load_are_counted_apart():
    schedule = flake.Schedule([design("d")], [Count(c, CLEAN, IDLE, "d", "h", 25) for c in ALL])
    assert schedule.least(IDLE) == 0.5 and schedule.least(LOAD) == 0


# ---- a session ----------------------------------------------------------------


@pytest.fixture
def session(tmp_path, monkeypatch):
    """session(cases, made): no code is graded, made(case) is the result."""
    monkeypatch.setattr(tally, "make_tree", lambda case, *_: tmp_path)
    monkeypatch.setattr(tally, "hash_of", lambda check, code, rubric: f"h-{check}")
    monkeypatch.setattr(flake.build, "kit_hash", lambda: "kit")
    made = {}

    class Ready:
        def __init__(self, *_):
            pass

        def measure(self, case, wants):
            time.sleep(0.01)
            return Measured(made["by"](case), tmp_path)
    monkeypatch.setattr(flake, "Bench", Ready)

    def begin(cases, by):
        made["by"] = by
        return flake.Session(cases, tmp_path / "flake", tmp_path / "counts.jsonl")
    return begin


def all_pass(case):
    return result(*(record(c, "fail" if c in case.must_fail else "pass", case.causes) for c in ALL))


def test_a_session_that_sees_nothing_wrong_ends_with_0(session, capsys):
    begun = session([design("d"), wrong_one("m", "1b.reaped")], all_pass)
    assert flake.run(begun, 0.01, 2) == 0
    counts = counting.read(begun.path)
    assert {c.subject for c in counts} == {"d", "m"} and sum(c.wrong for c in counts) == 0
    assert "beside load; the goal is 50" in capsys.readouterr().out


def test_what_is_wrong_is_kept_told_and_ends_the_session_with_1(session, capsys):
    begun = session([design("d")], lambda _: result(record("1b.reaped", "fail", ["never-reaped"])))
    assert flake.run(begun, 0.001, 1) == 1
    kept = json.loads(next((begun.out / "failures").glob("*.json")).read_text())
    assert kept["records"][0]["observed"] == "so" and kept["subject"] == "d"
    assert "1b.reaped on d, idle:" in capsys.readouterr().out
    # It does not go away by being run once more.
    again = session([design("d")], all_pass)
    assert flake.run(again, 0.001, 1) == 1


def test_counts_of_files_that_have_changed_are_dropped_and_others_go_on(session, monkeypatch):
    first = session([design("d")], all_pass)
    flake.run(first, 0.001, 1)
    runs = {c.check: c.runs for c in counting.read(first.path)}
    monkeypatch.setattr(tally, "hash_of", lambda check, *_: "new" if check == "1b.reaped" else f"h-{check}")
    second = session([design("d")], all_pass)
    assert {c.check: c.runs for c in second.counts} == {c: n for c, n in runs.items() if c != "1b.reaped"}


def test_a_kit_that_changes_meanwhile_ends_the_session(session, monkeypatch, capsys):
    begun = session([design("d")], all_pass)
    monkeypatch.setattr(flake.build, "kit_hash", lambda: "another")
    assert flake.run(begun, 1, 2) == 1
    assert not begun.path.exists() and "the kit was changed" in capsys.readouterr().err


# ---- stopped by somebody ------------------------------------------------------

FAKE = """#!/bin/sh
sleep 300 &
trap 'exit 0' TERM; echo $$ >>DIR/begun
while :; do sleep 0.1; done
"""
STOPPABLE = """
import sys
from pathlib import Path
from grader.bench import flake
from grader.corpus import measure, results, selftest
here = Path(sys.argv[1])
measure.GRADE, flake.OUT, selftest.OUT = here / "grade", here / "out", here / "out"
results.MATRIX = here / "none"
flake.choose = lambda names: (selftest.reference(flake.load_rubrics())[:1], {})
selftest.load_all = lambda known: ([], {})
flake.Session.__init__.__defaults__ = here / "out", here / "counts", measure.ROOT
sys.exit(COMMAND)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name, command", [
    ("flake", "flake.main(['--minutes', '5', '--jobs', '2'])"),
    ("selftest", "selftest.main(['--jobs', '1', 'solutions-fork', 'solutions-pool', 'program-fork'])"),
])
def test_who_is_stopped_ends_the_grades_and_begins_no_other(tmp_path, name, command, number):
    (tmp_path / "grade").write_text(FAKE.replace("DIR", str(tmp_path)))
    (tmp_path / "grade").chmod(0o755)
    begun = tmp_path / "begun"
    pids = lambda: [int(n) for n in begun.read_text().split()] if begun.exists() else []
    jobs = 2 if name == "flake" else 1
    # What ran the tests may ignore these signals, and who ignores them is not stopped.
    called = subprocess.Popen(["env", "--default-signal", sys.executable, "-c",
                               STOPPABLE.replace("COMMAND", command), str(tmp_path)], cwd=flake.ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        assert until(lambda: len(pids()) == jobs)
        called.send_signal(number)
        out, err = called.communicate(timeout=60)
        assert called.returncode == 130 and "Traceback" not in out + err
        assert err == f"{name}: stopped; the same command goes on\n"
        assert len(pids()) == jobs
        assert until(lambda: not any(map(group, pids())))
        assert name == "selftest" or "0 runs" in out and "at least 0 clean" in out
    finally:
        for pid in [called.pid, *pids()]:
            if group(pid):
                os.killpg(pid, signal.SIGKILL)
        called.wait()


# ---- the load -----------------------------------------------------------------


def group(pgid: int) -> dict[int, int]:
    """The processes of a group that are no zombies, with the CPU they used."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[2]) == pgid and words[0] != "Z":
            found[int(stat.parent.name)] = int(words[11])
    return found


def until(condition) -> bool:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_the_load_burns_in_two_processes_and_is_gone_afterwards(monkeypatch):
    started = []
    start = flake.subprocess.Popen
    monkeypatch.setattr(flake.subprocess, "Popen", lambda *a, **k: started.append(start(*a, **k)) or started[-1])
    with pytest.raises(ZeroDivisionError), flake.burning():
        assert until(lambda: sum(ticks > 3 for ticks in group(started[0].pid).values()) == 2)
        1 / 0
    assert until(lambda: not group(started[0].pid))


def test_the_load_ends_with_who_started_it():
    """Its standard input ends, as it does when flake is killed."""
    burner = flake.subprocess.Popen(["/bin/sh", "-c", flake.BURN], stdin=flake.subprocess.PIPE,
                                    start_new_session=True)
    try:
        assert until(lambda: len(group(burner.pid)) == 3)
        burner.stdin.close()
        assert until(lambda: not group(burner.pid))
    finally:
        if group(burner.pid):
            os.killpg(burner.pid, 9)
        burner.wait()


def test_what_a_full_selftest_measured_is_counted_as_idle(tmp_path, monkeypatch):
    monkeypatch.setattr(tally, "hashes", lambda case, scratch: HASHES)
    path = tmp_path / "counts.jsonl"
    for runs in 1, 2:
        tally.keep([(design("d"), result(record("a", "pass")))], tmp_path, path)
        [count] = counting.read(path)
        assert (count.load, count.runs, count.wrong) == (IDLE, runs, 0)


def test_what_a_full_selftest_finds_outdated_is_no_longer_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(tally, "hashes", lambda case, scratch: HASHES)
    path = tmp_path / "counts.jsonl"
    tally.keep([(design("d"), result(record("a", "pass")))], tmp_path, path)
    [count] = counting.read(path)
    counting.write([dataclasses.replace(count, hash="old"), dataclasses.replace(count, subject="another", hash="old")], path)
    tally.keep([(design("d"), result(record("a", "pass")))], tmp_path, path)
    assert [(c.subject, c.hash, c.runs) for c in counting.read(path)] == [("another", "old", 1), ("d", count.hash, 1)]

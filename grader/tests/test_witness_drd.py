"""DRD testifies about semaphores, and decides nothing."""
from pathlib import Path

import pytest

from grader.core.build import ROOT
from grader.tests.raced import FOUR, STATS, changed, only, program, race, scratch
from grader.witness import canaries, drd, helgrind
from grader.witness.finding import names
from grader.witness.hearing import hear, try_accused
from grader.witness.run import Program, Testimony

SEMAPHORE = ROOT / "grader" / "corpus" / "correct" / "stats-semaphore"


@pytest.mark.parametrize("start", [1, 2])
def test_drd_sees_whether_a_semaphore_starts_too_high_where_helgrind_does_not(scratch, changed, start):
    made = program(changed(SEMAPHORE, ("sem_init(&lock, 0, 1)", f"sem_init(&lock, 0, {start})")), scratch / str(start))
    assert helgrind.testify(made, scratch, runs=1).findings == []
    said = drd.testify(made, scratch)
    assert said.measured and {name for f in said.findings for name in names(f)} <= FOUR
    assert {a.file for f in said.findings for a in f.accesses} == ({STATS} if start == 2 else set())
    assert all(f.declared and f.accesses[1].op == "a stretch that ends" for f in said.findings)


def test_drd_says_nothing_of_what_no_semaphore_guards(scratch):
    assert drd.testify(program(ROOT / "starter", scratch), scratch) == Testimony([], True, races_in=())


@pytest.mark.parametrize("wrong, why", [(0, "does not see the race in semaphore.c -DSTART=2"),
                                        (1, "reports errors in semaphore.c -DSTART=1")])
def test_a_drd_that_cannot_tell_two_from_one_is_not_heard(tmp_path, monkeypatch, wrong, why):
    cage = [canaries.SEMAPHORES[0], canaries.SEMAPHORES[1]]
    cage[wrong] = (cage[wrong][0], f"-DSTART={1 if wrong == 0 else 2}")
    monkeypatch.setattr(canaries, "SEMAPHORES", tuple(cage))
    said = drd.testify(Program(lambda _: pytest.fail("asked all the same"), ()), tmp_path)
    assert not said.measured and why.split("semaphore.c")[0] in said.reason


def test_a_report_of_drd_that_is_not_whole_is_no_measurement(monkeypatch, scratch):
    monkeypatch.setattr(drd, "canary", lambda *_: None)
    said = drd.testify(Program(lambda _: Path("/no/such/server"), ()), scratch)
    assert not said.measured and "DRD's report is not complete" in said.reason


def test_drd_confirms_nothing_that_helgrind_says_and_repeats_nothing(monkeypatch, scratch):
    only(monkeypatch, helgrind=[race()], drd=[race(tool="drd", lines=(20, 27))])
    said = hear(Program(Path, (STATS,)), scratch)
    assert said.findings[0].verdict.endswith("Helgrind alone: it does not understand C11 atomics; no points lost")
    assert said.alone == [] and said.confirmed == []


def test_what_drd_alone_sees_costs_nothing_and_is_said_so(monkeypatch, scratch):
    only(monkeypatch, drd=[race(tool="drd")])
    (found,) = hear(Program(Path, (STATS,)), scratch).alone
    assert found.verdict == ("no common lock; DRD alone: to Helgrind a semaphore is a lock, whatever it starts at; "
                             "no points lost")


def test_in_a_grade_drd_is_not_asked(monkeypatch, scratch):
    only(monkeypatch, helgrind=[race()])
    monkeypatch.setattr(drd, "testify", lambda *_: pytest.fail("asked"))
    assert set(try_accused(Program(Path, (STATS,)), scratch, None, 1).testimonies) == {"helgrind", "tsan"}

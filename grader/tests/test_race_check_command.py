"""make race-check as it is typed: the racy, the right, and what only bad luck shows."""
import shutil
from pathlib import Path

import pytest

from grader.core.build import ROOT
from grader.core.rubric import load
from grader.tests.raced import ALL, FOUR, SERVED, changed, own_place, scratch
from grader.witness import outcome, race_check
from grader.witness.run import Testimony


def command(monkeypatch, scratch: Path, directory: Path, part: str = "pool") -> int:
    monkeypatch.setattr(race_check, "OUT", scratch / "out")
    return race_check.main(["--part", part, "--dir", str(directory)])


def test_the_starter_is_told_with_all_that_confirms_it(monkeypatch, scratch, capsys):
    assert command(monkeypatch, scratch, ROOT / "starter") == 1
    told = capsys.readouterr().out
    findings = [block for block in told.split("\n\n") if "race on all." in block]
    assert {block.partition("race on ")[2].split(",")[0] for block in findings} == FOUR
    assert all("no common lock; confirmed by replay: make replay ID=stats-" in block for block in findings)
    assert all(("ID=stats-crowd-" in block) == ("pool/stats.c:27" not in block) for block in findings)
    assert "chaos (served is " in told and "make chaos PART=pool DIR=" in told and "was not heard" not in told
    assert f"{len(findings)} confirmed by a second witness" in told


@pytest.mark.slow
def test_the_right_pool_is_met_with_silence(monkeypatch, scratch, capsys):
    assert command(monkeypatch, scratch, ROOT / "solutions") == 0
    assert "was not heard" not in (told := capsys.readouterr().out) and "nothing found" in told


@pytest.mark.slow
def test_an_atomic_read_and_an_atomic_write_are_shown_by_chaos_and_repeated(monkeypatch, scratch, changed, capsys):
    atomic = "static struct { _Atomic long served, bytes; _Atomic int active, peak; } all;"
    split = changed(ROOT / "solutions", (ALL, atomic),
                    ("    pthread_mutex_lock(&lock);\n", ""), ("    pthread_mutex_unlock(&lock);\n", ""),
                    ("static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;\n", ""),
                    ("all.served++", "all.served = all.served + 1"),
                    ("*s = all;", "*s = (struct stats){ all.served, all.bytes, all.active, all.peak };"))
    assert command(monkeypatch, scratch, split) == 1
    told = capsys.readouterr().out
    assert "wrong number: " in told and "race on" not in told and "and must be 64" in told
    assert "a wrong number proves a race condition; confirmed by replay: make replay ID=stats-" in told


@pytest.mark.slow
def test_a_right_design_with_relaxed_atomics_is_helgrinds_word_alone(monkeypatch, scratch, capsys):
    assert command(monkeypatch, scratch, ROOT / "grader" / "corpus" / "correct" / "stats-seqlock") == 1
    told = capsys.readouterr().out
    assert "Helgrind alone: it does not understand C11 atomics; no points lost" in told
    assert "0 confirmed by a second witness" in told and "wrong number" not in told


def test_of_processes_the_command_says_why_helgrind_is_blind_and_what_delay_shows(monkeypatch, capsys, scratch):
    monkeypatch.setattr(outcome, "numbers", lambda *_: Testimony([SERVED], True, races_in=()))
    assert command(monkeypatch, scratch, ROOT / "solutions", "fork") == 1
    told = capsys.readouterr().out
    assert "shadow" in told and "served is 61 and must be 64" in told and "make chaos PART=fork DIR=" in told


@pytest.mark.slow
@pytest.mark.parametrize("lock, status", [(True, 0), (False, 1)])
def test_numbers_that_processes_share_are_shown_wrong_without_a_lock(monkeypatch, scratch, tmp_path, capsys,
                                                                     lock, status):
    shutil.copytree(ROOT / "solutions" / "fork", tmp_path / "fork")
    source = tmp_path / "fork" / "stats.c"
    if not lock:
        source.write_text(source.read_text().replace("sem_down(", "(void)(").replace("sem_up(", "(void)("))
    assert command(monkeypatch, scratch, tmp_path, "fork") == status
    assert ("and must be 48" in capsys.readouterr().out) == (not lock)


def test_a_starter_that_forks_nothing_is_told_so(monkeypatch, scratch, capsys):
    assert command(monkeypatch, scratch, ROOT / "starter", "fork") == 0
    assert "no process was forked" in capsys.readouterr().out


def test_the_check_between_processes_says_why_the_tools_are_blind():
    assert "Helgrind" in (expected := load().checks["2b.fork"].expected) and "explorer" in expected

"""Checks that time: told in the reports, without points, and nothing follows from them."""
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.core import cli, rubric
from grader.core.subject import Case, Subject
from grader.corpus.verify import mismatches
from grader.report import schema, view
from grader.tests.reported import find, page, report, sample

ROOT = Path(__file__).resolve().parents[2]
TIMED = "1a.pace", "2d.pace"


def test_they_are_in_the_rubric_only_where_they_are_asked_for():
    without, with_them = rubric.load(), rubric.load(timing=True)
    assert sorted(set(with_them.checks) - set(without.checks)) == sorted(TIMED)
    assert sum(c.points for c in with_them.checks.values()) == sum(c.points for c in without.checks.values())
    assert with_them.digest == without.digest


@pytest.mark.parametrize("old, new, said", [
    ("factor = 1.25", "factor = 1.25\npoints = 1", "needs either points, or a factor"),
    ("factor = 1.25\n", "", "needs either points, or a factor"),
    ("factor = 1.25", "factor = 0.9", "EchoCo's server itself would fail"),
    ('id = "1a.pace"', 'id = "pace"', "needs a task it is named after")])
def test_a_check_has_either_points_or_a_factor_above_1(tmp_path, old, new, said):
    path = tmp_path / "rubric.toml"
    path.write_text(rubric.RUBRIC.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=said):
        rubric.load(path)


# ---- when they are left out -------------------------------------------------


@pytest.mark.parametrize("words, n, why", [
    ([], 1, ""), (["--jobs", "4"], 1, ""), ([], 5, ""), (["--jobs", "2"], 5, "--jobs"), (["--quick"], 1, "quick look"),
    (["--no-timing"], 1, "--no-timing")])
def test_they_are_measured_only_where_nothing_else_is(words, n, why):
    said = cli._untimed(cli.parser().parse_args(words), n)
    assert why in said and bool(said) == bool(why)


def test_without_echocos_servers_there_is_nothing_to_compare_with(monkeypatch, tmp_path):
    monkeypatch.setattr(cli.build, "ROOT", tmp_path)
    assert "not here" in cli._untimed(cli.parser().parse_args([]), 1)


def grade(out: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["grader/grade", "--out", out, *words, "solutions"], cwd=ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)


def test_that_they_were_left_out_is_said_in_the_result(tmp_path):
    assert grade(tmp_path, "--no-timing", "--task", "1a.overlap").returncode == 0
    found = json.loads((tmp_path / "solutions" / "result.json").read_text())
    assert found["notes"] == ["speeds were not compared with EchoCo's: it was told so (--no-timing)"]


def test_one_that_is_asked_for_and_cannot_be_measured_is_no_unknown_one(tmp_path):
    done = grade(tmp_path, "--quick", "--task", "2d.pace")
    assert done.returncode == 2 and "2d.pace: speeds were not compared" in done.stderr and "FULL=1" in done.stderr


# ---- nothing follows from them ----------------------------------------------


def subject_with(outcome: str, check: str = "2d.pace") -> Subject:
    """Of a whole submission; one check has been measured."""
    builder = SimpleNamespace(student_files=lambda part: ["queue.c", "serve.c", "stats.c"],
                              ours=lambda part, module: True, object=lambda *_: SimpleNamespace(path="there"))
    subject = Subject(ROOT, rubric.load(timing=True), None, builder, None, "kit")
    subject.records = {check: SimpleNamespace(check=check, part="pool", outcome=outcome, suspects={})}
    return subject


@pytest.mark.parametrize("check, failed", [("2d.pace", False), ("2d.fixed", True)])
def test_a_slow_module_stays_in_the_company_of_the_others(check, failed):
    subject = subject_with("fail", check)
    assert bool(subject.module_failed(subject.rubric.parts["pool"], "serve.c")) is failed
    assert Case(subject, subject.rubric.checks["2e.idle"])._lost("serve.c") is failed


def with_timed(outcome: str) -> dict:
    """A result with full marks, and a check that times."""
    result = sample("full")
    like = find(result, "1a.overlap")
    result["checks"].append({**like, "check": "1a.pace", "title": "as fast as EchoCo's", "points": 0, "max": 0,
                             "outcome": outcome, "causes": [], "evidence": [], "observed": "the rate is 0.61",
                             "expected": "0.8 or more"})
    return result


@pytest.mark.parametrize("outcome", ["pass", "fail", "not-measured", "blocked"])
def test_it_is_told_and_no_points_are_lost(outcome):
    result = with_timed(outcome)
    schema.validate(result)
    text = report(result)
    assert "provisional" not in text and view.provisional(result) == "" and result["complete"]
    [line] = [l for l in text.splitlines() if "1a.pace" in l and "TASK" not in l]
    assert line.startswith(view.WORDS[outcome]) and " told " in line and "0/0" not in line
    assert ("the rate is 0.61" in text) is (outcome != "pass")


def test_a_slow_server_is_nowhere_to_look_first():
    result = with_timed("fail")
    assert view.first_failed(result) is None and "1a.pace" not in [c["check"] for c in view.scored(result)]


def test_the_page_says_no_points(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.tests.reported.sample", lambda name: with_timed("fail"))
    assert "no points" in page("full", tmp_path)


@pytest.mark.parametrize("outcome", ["fail", "not-measured"])
def test_no_case_of_the_corpus_is_held_against_them(outcome):
    assert mismatches({"must_fail": []}, {"checks": with_timed(outcome)["checks"][-1:]}) == []
    counted = [{**with_timed(outcome)["checks"][-1], "max": 1}]
    assert mismatches({"must_fail": []}, {"checks": counted}) != []

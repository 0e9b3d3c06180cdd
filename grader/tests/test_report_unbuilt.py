"""A part that does not build is one fact at a terminal, and many records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.course import feedback
from grader.report import formats
from grader.tests.reported import report, sample

SAID = "the compiler says: queue.c:55:20: error: 'first' undeclared"
MISSING = "there is no pool/ with C files in the submission"


def record(id: str, outcome: str = "pass", observed: str = "fine", part: str = "pool", most: float = 2) -> dict[str, Any]:
    guard = id.split(".")[0].isdigit()
    return {**sample("half")["checks"][0], "check": id, "part": part, "guard": guard, "title": f"title of {id}",
            "outcome": outcome, "points": 0, "max": 0 if guard else most, "observed": observed, "expected": "due",
            "causes": [], "hint": "a hint", "evidence": [], "reproduce": f"make check TASK={id}"}


def of(*checks: dict[str, Any]) -> dict[str, Any]:
    return {**sample("half"), "checks": list(checks)}


def unbuilt(said: str = SAID) -> list[dict[str, Any]]:
    """A pool that does not build, as make check TASK=2d finds it."""
    return [record("2.builds", "fail", said), record("2.starts", "blocked", "not reached: first make 2.builds pass"),
            record("2d.fixed", "fail", f"guard 2.builds is broken: {said}"),
            record("2e.idle", "blocked", "not reached: first make 2d.fixed pass", most=1)]


@pytest.mark.parametrize("said", [SAID, MISSING])
def test_it_says_once_what_is_wrong_and_how_many_were_not_reached(said: str) -> None:
    text = report(of(*unbuilt(said)))
    assert text.count(said) == 1 and "    hint:       a hint\n" in text
    assert "    behind it:  3 checks, 3 points: not reached, because pool/ does not build\n" in text
    assert all(id not in text for id in ("2.starts", "2d.fixed", "2e.idle"))


@pytest.mark.parametrize("level", ["observed", "outcome"])
def test_it_is_one_fact_where_the_course_keeps_things_back_too(level: str) -> None:
    text = report(feedback.veiled(of(*unbuilt()), level))
    assert "behind it:  3 checks" in text and "2d.fixed" not in text and SAID in text


def test_checks_that_heard_the_same_compiler_are_told_once_and_without_what_is_of_no_use() -> None:
    text = report(of(record("2c.order", "fail", SAID), record("2c.bounded", "blocked", "not reached: first make 2c.order pass"),
                     record("2c.exact", "fail", SAID, most=4)))
    assert text.count(SAID) == text.count("FAIL         2c.") == 1 and "behind it:  2 checks, 6 points: not" in text
    assert "a hint" not in text and "expected:" not in text, "what the check is about is not what went wrong"


def test_a_part_that_builds_keeps_its_lines_beside_one_that_does_not() -> None:
    text = report(of(record("1.builds", part="fork"), record("1a.exit", "fail", "a child stays", "fork"),
                     record("1b.reaped", "blocked", "not reached: first make 1a.exit pass", "fork"), *unbuilt()))
    assert "seen:       a child stays" in text and "why:        not reached: first make 1a.exit pass" in text
    assert text.count("behind it:") == 1


def test_a_check_that_waits_for_anothers_build_says_which_command_tells_of_it() -> None:
    blocked = record("1d.shared", "blocked", "not reached: first make 1.builds pass", "fork")
    text = report(of(blocked, record("2b.fork", "blocked", "not reached: first make 1d.shared pass", "fork")))
    assert text.count("    look:       make check TASK=1.builds\n") == 1 and "TASK=1d.shared" not in text


def test_files_and_pages_keep_each_check(tmp_path: Path) -> None:
    formats.write_submission(of(*unbuilt()), tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert all(f'id="{c["check"]}"' in page for c in unbuilt())

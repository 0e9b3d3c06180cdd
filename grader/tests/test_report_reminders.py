"""Beside the record: the prediction, the handout's section, a line of praise."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Optional

import pytest

from grader.core import cli, rubric
from grader.course import feedback
from grader.report import reminders, terminal, view
from grader.report.reminders import Reminders
from grader.tests.reported import fail, find, sample
from grader.tests.unpacked import ROOT

HANDOUT = ROOT / "handout.md"
SCORED = rubric.load().scored()
SAID = {"1a": "106", "1b": "20", "2d": "64"}


def told(result: dict[str, Any], said: Optional[dict[str, str]] = None, brief: bool = True) -> str:
    """The report of a result as its student sees it."""
    out = io.StringIO()
    scored: dict[str, list[str]] = {}
    for check in view.scored(sample("full")):
        scored.setdefault(view.task(check), []).append(check["check"])
    shown = Reminders(SAID if said is None else said, reminders.read(HANDOUT, {}, None).titles, scored)
    terminal.print_result(result, out, False, brief, shown)
    return out.getvalue()


def of(check: str, text: str) -> str:
    """What is said of one failed check."""
    return text.partition(f"FAIL         {check} ")[2].partition("reproduce:")[0]


def answers(where: Path, text: str) -> Path:
    (where / "answers.toml").write_text(text, encoding="utf-8")
    return where


def test_the_prediction_stands_before_what_was_seen_at_the_check_it_is_about() -> None:
    text = told(sample("half"))
    assert "\n    You predicted: 20\n    seen:       20 children died" in of("1b.coalesced", text)
    assert "You predicted: 106\n    seen:       the parent held 6" in of("1a.parent-fd", text)
    assert text.count("You predicted") == 3


def test_at_another_check_of_the_task_it_names_the_question_and_is_said_once() -> None:
    result = sample("half")
    fail(result, "2c.bounded")
    fail(result, "2c.order")
    text = told(result, {"2c": "none"})
    assert "You predicted: none (the question: make predict TASK=2c)\n" in of("2c.order", text)
    assert text.count("You predicted") == 1
    fail(result, "2c.exact")
    assert "You predicted: none\n" in of("2c.exact", told(result, {"2c": "none"}))


def test_no_prediction_stands_beside_what_the_course_keeps_back() -> None:
    text = told(feedback.veiled(sample("half"), "outcome"))
    assert "handout:    1b Nobody stays behind" in text and "seen:" not in text
    assert "You predicted" not in text.partition("\n\n1a done")[0]


def test_where_nothing_was_predicted_nothing_is_said_of_it() -> None:
    assert "redicted" not in told(sample("half"), {})


def test_a_guard_that_is_broken_or_a_check_without_points_is_no_place_for_a_prediction() -> None:
    result = sample("half")
    find(result, "1b.coalesced").update(max=0)
    assert "You predicted: 20" not in told(result, {"1b": "20"})
    result = sample("broken")
    assert "redicted" not in told(result, {"2c": "20"})
    fail(result, "2c.bounded")
    assert "You predicted: 20 (the question: make predict TASK=2c)\n" in of("2c.bounded", told(result, {"2c": "20"}))


def test_every_failure_names_the_handouts_section() -> None:
    text = told(sample("half"))
    for check, section in ("1b.coalesced", "1b Nobody stays behind"), ("2d.fixed", "2d The pool"):
        assert f"\n    handout:    {section}\n" in of(check, text)
    assert text.count("    handout:  ") == sum(c["outcome"] == "fail" for c in sample("half")["checks"])


def test_every_task_with_points_has_a_section() -> None:
    assert set(SCORED) <= set(reminders.read(HANDOUT, {}, None).titles)


def test_a_task_that_is_done_has_one_line_in_a_checks_own_words_before_the_score() -> None:
    result = sample("full")
    find(result, "1b.coalesced").update(observed="20 children ended; no zombie stayed")
    find(result, "1b.reaped").update(observed="40 clients answered, no zombie")
    text = told(result, {})
    assert "\n1a done: 8 clients at once in 8 processes, 6 descriptors before and after\n1b done: " in text
    assert "\n1b done: 20 children ended; no zombie stayed\n1c done: 2 of 2 checks pass\n" in text
    assert text.index("2e done: ") < text.index("\nScore: ")


def test_a_task_of_which_a_check_did_not_pass_or_was_not_asked_for_is_not_done() -> None:
    result = sample("half")
    assert "1c done: " in told(result) and "1b done" not in told(result) and "2b done" not in told(result)
    find(result, "1c.killed-child").update(outcome="not-measured", points=0)
    assert "1c done" not in told(result)
    result = sample("full")
    find(result, "1c.killed-child").update(guard=True, max=0, points=0)      # make check TASK=1c.fork-fails
    assert "1c done" not in told(result)


@pytest.mark.parametrize("words, line", [
    (("word 8 " * 12, "8 of 8"), "1c done: 8 of 8"), (("a fact", "another"), "1c done: a fact"),
    (("as the port says", "8 of 8"), "1c done: 8 of 8"), (("7\n8", "as expected"), "1c done: 2 of 2 checks pass"),
    (("does not apply: 8", "with EchoCo's queue.c; 9"), "1c done: 2 of 2 checks pass")])
def test_praise_takes_words_that_fit_with_numbers_and_of_the_students_own_work(words: tuple, line: str) -> None:
    result = sample("full")
    for check, seen in zip(("1c.fork-fails", "1c.killed-child"), words):
        find(result, check).update(observed=seen)
    assert f"\n{line}\n" in told(result)


def test_what_was_predicted_of_a_task_that_is_done_names_the_question() -> None:
    assert "\n1b done: 3 of 3 checks pass\n    You predicted: 20 (the question: make predict TASK=1b)\n1c done" \
        in told(sample("full"))


@pytest.mark.parametrize("name", ["half", "full", "hostile"])
def test_all_of_it_is_plain_lines_of_80_columns(name: str) -> None:
    said = {task: "a long word " * 16 for task in SCORED}
    for line in told(sample(name), said, brief=False).splitlines():
        assert len(line) <= 80, line


def test_only_who_says_that_it_is_their_own_is_shown_predictions(tmp_path: Path) -> None:
    own = answers(tmp_path, '[1b]\npredict = "20"\n')
    assert reminders.read(HANDOUT, {}, None).predicted == {}
    assert reminders.read(HANDOUT, {}, own).predicted == {"1b": "20"}


@pytest.mark.parametrize("text, said", [
    ('[1b]\npredict = "\\u001b[2J\\n20"\n', {"1b": "\\x1b[2J 20"}), ('[1b]\npredict = 20\n', {}), ("", {})])
def test_a_prediction_cannot_repaint_the_terminal(tmp_path: Path, text: str, said: dict) -> None:
    assert reminders.read(HANDOUT, {}, answers(tmp_path, text)).predicted == said


def test_what_cannot_be_read_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_bytes(b"\xff\xfe")
    unread = tmp_path / "none.md"
    assert reminders.read(unread, {}, tmp_path) == reminders.read(unread, {}, tmp_path / "none") == Reminders()


@pytest.mark.parametrize("words, shown", [(["--own"], True), ([], False)])
def test_the_grader_shows_a_prediction_where_it_was_told_that_the_work_is_ones_own(
        tmp_path: Path, monkeypatch, capsys, words: list, shown: bool) -> None:
    own = answers(tmp_path, '[1b]\npredict = "20"\n')
    monkeypatch.setattr(cli, "_grade_all", lambda *_: [sample("half")])
    assert cli.main([*words, "--quick", "--out", str(tmp_path / "out"), str(own)]) == 0
    out = capsys.readouterr().out
    assert ("You predicted: 20" in out) == shown and "handout:    1b Nobody stays behind" in out


def test_nothing_of_it_is_in_the_result(tmp_path: Path) -> None:
    before = json.dumps(sample("half"))
    result = sample("half")
    told(result)
    assert json.dumps(result) == before

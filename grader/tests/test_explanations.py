"""The comparison's explanations: what is read, what is not, and by whom."""
import tomllib
from pathlib import Path

import pytest

from grader.checks import as_measured, explanations, questions
from grader.core import marks
from grader.core.record import NotMeasured
from grader.core.subject import Blocked, Case, Subject
from grader.tests.asked import RUBRIC, case, refused
from grader.tests.test_handout import ROOT

TASKS = ["e1", "e2", "e3", "e4"]
each = pytest.mark.parametrize("task", TASKS)


def unread(measure, of: Case) -> NotMeasured:
    with pytest.raises(NotMeasured, match="^a person reads this$") as reason:
        measure(of)
    return reason.value


@each
def test_what_was_written_waits_for_a_person_with_the_numbers_beside_it(tmp_path: Path, task: str) -> None:
    text = f'text = """\nSixty words\nat most."""\n[{explanations.BESIDE[task][0]}]\nratio = 3.5\nhours = 2\npredict = "9"'
    told = unread(explanations.mechanism, case(tmp_path, f"{task}.mechanism", text)).evidence
    beside = f"{explanations.BESIDE[task][0]} ratio = 3.5"
    assert [e["text"] for e in told] == ["Sixty words\nat most.", beside]
    assert unread(explanations.number, case(tmp_path, f"{task}.number", text)).evidence == [], "it is shown once"


@each
@pytest.mark.parametrize("text, cause", [
    ("", "answer-missing"), ('text = ""', "answer-missing"), ('text = " \\n\\t "', "answer-missing"),
    ("text = 5", "answer-unreadable"), ("text = ['a']", "answer-unreadable"), ("text = nan", "answer-unreadable"),
    ('text = "' + "word " * 61 + '"', "explanation-too-long"), ('text = "' + "x" * 1001 + '"', "explanation-too-long")])
def test_what_is_no_explanation_fails_once(tmp_path: Path, task: str, text: str, cause: str) -> None:
    failed = refused(explanations.mechanism, case(tmp_path, f"{task}.mechanism", text))
    assert failed.causes == [cause] and f"[{task}]" in failed.observed
    with pytest.raises(Blocked, match=f"first make {task}.mechanism pass"):
        explanations.number(case(tmp_path, f"{task}.number", text))


def test_sixty_words_are_read(tmp_path: Path) -> None:
    unread(explanations.mechanism, case(tmp_path, "e1.mechanism", 'text = "' + "word " * 60 + '"'))


def test_a_number_of_any_size_is_shown_short(tmp_path: Path) -> None:
    text = f'text = "a"\n[q2]\n"{"n" * 300}" = 0.1\nrate = {"9" * 18}\nother = 1e300'
    told = unread(explanations.mechanism, case(tmp_path, "e1.mechanism", text)).evidence
    assert len(told[1]["text"]) < 200


def test_the_checks_of_an_explanation_are_those_that_marks_know() -> None:
    known = [c for c in RUBRIC.checks if marks.CHECK.fullmatch(c)]
    assert known == [f"{t}.{what}" for t in TASKS for what in ("mechanism", "number")]
    assert known == [c.id for c in RUBRIC.checks.values() if c.task in TASKS]


def test_echocos_own_answers_are_right_and_its_explanations_can_be_read() -> None:
    subject = Subject(ROOT / "solutions", RUBRIC, None, None, None, "kit")
    measures = [questions.accepted, questions.rate, as_measured.cpu, as_measured.memory, as_measured.rate,
                questions.survivors, questions.lock, questions.latency]
    checks = [c for c in RUBRIC.checks.values() if c.task.startswith("q") and not c.id.endswith(".predicted")]
    for check, measure in zip(checks, measures, strict=True):
        assert " = " in measure(Case(subject, check))
    for task in TASKS:
        unread(explanations.mechanism, Case(subject, RUBRIC.checks[f"{task}.mechanism"]))


def test_an_untouched_starter_has_answered_nothing() -> None:
    subject = Subject(ROOT / "starter", RUBRIC, None, None, None, "kit")
    measures = [questions.accepted, questions.rate, as_measured.cpu, as_measured.memory, as_measured.rate,
                questions.survivors, questions.lock, questions.latency] + [explanations.mechanism] * 4
    checks = [c for c in RUBRIC.checks.values() if c.task[:1] in ("q", "e") and not c.id.endswith((".predicted", ".number"))]
    for check, measure in zip(checks, measures, strict=True):
        assert refused(measure, Case(subject, check)).causes == ["answer-missing"]


def test_the_numbers_beside_an_explanation_are_those_that_the_handout_names() -> None:
    handout = (ROOT / "handout.md").read_text("utf-8")
    for task in "e1", "e2", "e3":
        [row] = [line for line in handout.splitlines() if line.startswith(f"| {task} | ")]
        assert f"({', '.join(explanations.BESIDE[task])}) |" in row
    asked = tomllib.loads((ROOT / "grader/course.toml").read_text("utf-8"))["params"]
    for task in "q1", "q2", "q6":
        [row] = [line for line in handout.splitlines() if line.startswith(f"| {task} | **")]
        assert row.count("°") == len(asked[task])
        assert all(f"{least}°" in row for least, _ in asked[task].values())

"""The comparison's questions whose numbers follow from arithmetic."""
from pathlib import Path
from typing import Callable

import pytest

from grader.checks import conftest, questions
from grader.core.record import Record
from grader.params import params
from grader.tests.asked import RUBRIC, case, refused

MEASURE: dict[str, Callable] = {
    "q1.accepted": questions.accepted, "q2.rate": questions.rate, "q6.replies": questions.survivors,
    "q7.lock": questions.lock, "q8.latency": questions.latency}
NAMES = {"q1.accepted": ["accepted"], "q2.rate": ["rate"], "q6.replies": ["fork", "pool"], "q7.lock": ["ratio"],
         "q8.latency": ["ratio"]}


@pytest.mark.parametrize("check, text", [
    ("q1.accepted", "accepted = 25"), ("q1.accepted", "accepted = 25.0"),
    ("q2.rate", "rate = 400"), ("q2.rate", "rate = 397"), ("q2.rate", "rate = 381"), ("q2.rate", "rate = 419"),
    ("q6.replies", "fork = 4\npool = 0"),
    ("q7.lock", "ratio = 8"), ("q7.lock", "ratio = 7.94"), ("q7.lock", "ratio = 7.21"), ("q7.lock", "ratio = 8.79"),
    ("q8.latency", "ratio = 1"), ("q8.latency", "ratio = 0.96"), ("q8.latency", "ratio = 1.04")])
def test_a_right_number_passes(tmp_path: Path, check: str, text: str) -> None:
    assert text.partition("\n")[0].split(" = ")[0] in MEASURE[check](case(tmp_path, check, text))


@pytest.mark.parametrize("check, text, cause", [
    ("q1.accepted", "accepted = 64", "connected-is-not-accepted"),
    ("q1.accepted", "accepted = 24", "accepted-miscounted"), ("q1.accepted", "accepted = 26", "accepted-miscounted"),
    ("q1.accepted", "accepted = 8", "accepted-miscounted"), ("q1.accepted", "accepted = 25.2", "accepted-miscounted"),
    ("q2.rate", "rate = 3000", "waiting-is-no-work"), ("q2.rate", "rate = 379", "ceiling-missed"),
    ("q2.rate", "rate = 421", "ceiling-missed"), ("q2.rate", "rate = 50", "ceiling-missed"),
    ("q6.replies", "fork = 4\npool = 3", "crash-is-not-shared"), ("q6.replies", "fork = 3\npool = 0", "crash-is-not-shared"),
    ("q7.lock", "ratio = 1", "lock-is-not-cheap"), ("q7.lock", "ratio = 0.125", "lock-is-not-cheap"),
    ("q7.lock", "ratio = 8.9", "lock-is-not-cheap"), ("q7.lock", "ratio = 7.1", "lock-is-not-cheap"),
    ("q8.latency", "ratio = 2", "queue-makes-no-speed"), ("q8.latency", "ratio = 0.94", "queue-makes-no-speed"),
    ("q8.latency", "ratio = 1.06", "queue-makes-no-speed")])
def test_a_wrong_number_is_told_what_it_is_and_not_what_it_should_be(tmp_path: Path, check: str, text: str,
                                                                    cause: str) -> None:
    failed = refused(MEASURE[check], case(tmp_path, check, text))
    assert failed.causes == [cause] and text.partition("\n")[0].split(" = ")[1] in failed.observed


def right(check: str, student: str) -> str:
    """The answer for a student's numbers."""
    own = params(student, check[:2])
    if check == "q1.accepted":
        return f"accepted = {own['workers'] + own['capacity'] + 1}"
    return f"rate = {8000 / own['wait']}" if check == "q2.rate" else f"fork = {own['clients']}\npool = 0"


@pytest.mark.parametrize("check", ["q1.accepted", "q2.rate", "q6.replies"])
def test_each_student_has_numbers_of_their_own(tmp_path: Path, check: str) -> None:
    students = [f"student{i}" for i in range(60)]
    assert len({right(check, s) for s in students}) > 3
    others = 0
    for student in students:
        assert student in MEASURE[check](case(tmp_path, check, right(check, student), student))
        if right(check, student) != right(check, "") and params(student, "q2") != {"wait": 21}:     # 5 % of 20
            failed = refused(MEASURE[check], case(tmp_path, check, right(check, ""), student))
            others += failed.causes == ["number-of-other-numbers"]
    assert others > 20


def test_where_workers_accept_each_holds_one_and_nobody_waits_accepted(tmp_path: Path) -> None:
    measure, design = MEASURE["q1.accepted"], "every worker accepts"
    assert "accepted = 8" in measure(case(tmp_path, "q1.accepted", "accepted = 8", design=design))
    assert "accepted = 25" in measure(case(tmp_path, "q1.accepted", "accepted = 25", design=design))
    refused(measure, case(tmp_path, "q1.accepted", "accepted = 16", design=design))


@pytest.mark.parametrize("check", MEASURE)
@pytest.mark.parametrize("value, cause", [
    ("-1", "answer-missing"), ("-0.5", "answer-missing"), ("nan", "answer-unreadable"), ("inf", "answer-unreadable"),
    ("-inf", "answer-unreadable"), ("true", "answer-unreadable"), ('"25"', "answer-unreadable"), ("[25]", "answer-unreadable"),
    ("{a = 1}", "answer-unreadable"), ("2026-11-30", "answer-unreadable"), ('"' + "x" * 5000 + '"', "answer-unreadable"),
    ("0x" + "f" * 300, "answer-unreadable"), ("25 25", "answer-unreadable")])
def test_what_is_no_number_is_told_and_crashes_nothing(tmp_path: Path, check: str, value: str, cause: str) -> None:
    text = "\n".join(f"{name} = {value}" for name in NAMES[check])
    failed = refused(MEASURE[check], case(tmp_path, check, text))
    assert failed.causes == [cause] and len(failed.observed) < 400


@pytest.mark.parametrize("check", MEASURE)
def test_what_was_not_answered_is_missing(tmp_path: Path, check: str) -> None:
    assert refused(MEASURE[check], case(tmp_path, check)).causes == ["answer-missing"]
    empty = case(tmp_path, check)
    (tmp_path / "answers.toml").unlink()
    assert refused(MEASURE[check], empty).causes == ["answer-missing"]


def test_what_was_predicted_is_shown_beside_it(tmp_path: Path) -> None:
    said = refused(MEASURE["q1.accepted"], case(tmp_path, "q1.accepted", 'accepted = 24\npredict = "all\\u001b 64"'))
    assert said.observed.endswith("predicted: all 64") and "\x1b" not in said.observed


def failure(check: str) -> Record:
    made = RUBRIC.checks[check]
    return Record(made.id, made.part, "", "fail", 0, made.points, made.guard, "", "", [], "", "", [], 0, 0,
                  hang="pool/serve.c:31")


@pytest.mark.parametrize("check", [c.id for c in RUBRIC.checks.values() if c.task[:1] in ("q", "e")])
def test_nothing_that_fails_in_the_servers_blocks_a_question(tmp_path: Path, check: str) -> None:
    asked = case(tmp_path, check)
    asked.subject.records = {c.id: failure(c.id) for c in RUBRIC.checks.values() if c.part != "answers"}
    assert len(asked.subject.records) > 40 and conftest._gate(asked) is None

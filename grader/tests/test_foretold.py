"""Predictions about the comparison: kept, unchanged, and seen to be before or after the numbers."""
import json
import tomllib
from pathlib import Path

import pytest

from grader.checks import foretold
from grader.core.subject import Case, Subject
from grader.tests.asked import RUBRIC, refused
from grader.tests.explained import USUALLY, foretell
from grader.tests.test_handout import ROOT
from grader.tests.test_questions_measured import BROKEN, compared
from lab.predict.answers import predicted

CHECKS = [f"q{n}.predicted" for n in (2, 4, 6, 8)]
each = pytest.mark.parametrize("check", CHECKS)


@pytest.fixture
def student(tmp_path: Path) -> Path:
    """A student who has predicted everything."""
    text = (ROOT / "starter/answers.toml").read_text("utf-8").replace('student = ""', 'student = "ada"', 1)
    (tmp_path / "answers.toml").write_text(text)
    foretell(tmp_path / "answers.toml")
    return tmp_path


def of(where: Path, check: str) -> Case:
    return Case(Subject(where, RUBRIC, None, None, None, "kit"), RUBRIC.checks[check])


def change(where: Path, old: str, new: str) -> None:
    path = where / "answers.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


@each
def test_two_predictions_are_a_point_whether_right_or_wrong(student: Path, check: str) -> None:
    said = foretold.both(of(student, check))
    first, second = f"q{int(check[1]) - 1}", check[:2]
    assert said == f"{first}: {USUALLY[first]}; {second}: {USUALLY[second]}"


@each
def test_one_of_two_is_missing_and_is_named(student: Path, check: str) -> None:
    for task in f"q{int(check[1]) - 1}", check[:2]:
        text = (student / "answers.toml").read_text()
        change(student, f'predict = "{USUALLY[task]}"', 'predict = " "')
        failed = refused(foretold.both, of(student, check))
        assert failed.causes == ["not-predicted"] and f"make predict TASK={task}" in failed.observed
        (student / "answers.toml").write_text(text)


@pytest.mark.parametrize("old, new", [
    ('predict = "64"', 'predict = "25"'), ("predict_hash = \"", "predict_hash = \"0"), ("predicted = \"2", "predicted = \"3")])
def test_a_prediction_that_was_changed_by_hand_is_told_from_one_that_was_not(student: Path, old: str, new: str) -> None:
    change(student, old, new)
    assert refused(foretold.both, of(student, "q2.predicted")).causes == ["prediction-edited"]
    foretold.both(of(student, "q4.predicted"))


@pytest.mark.parametrize("value", ["5", "nan", "[]", "true", "{a = 1}"])
@pytest.mark.parametrize("key", ["predict", "predicted", "predict_hash"])
def test_a_value_of_another_kind_crashes_nothing(student: Path, key: str, value: str) -> None:
    said = tomllib.loads((student / "answers.toml").read_text())["q1"][key]
    change(student, f'{key} = "{said}"', f"{key} = {value}")
    assert refused(foretold.both, of(student, "q2.predicted")).causes[0] in ("not-predicted", "prediction-edited")


def test_whether_it_was_there_before_the_measurement_is_said_and_costs_nothing(student: Path) -> None:
    marks = predicted(student / "answers.toml")
    for known, words in ((marks, ["before", "before"]), ({"q1": marks["q1"]}, ["before", "after"]), ({}, ["after", "after"])):
        (student / "compare.json").write_text(json.dumps(compared(predicted=known)))
        first, second = foretold.both(of(student, "q2.predicted")).split("; ")
        assert [words[0] in first, words[1] in second] == [True, True] and "measured)" in first


def test_a_measurement_that_cannot_be_read_costs_no_prediction(student: Path) -> None:
    for content in BROKEN.values():
        (student / "compare.json").write_bytes(content if isinstance(content, bytes) else content.encode())
        assert "measured" not in foretold.both(of(student, "q2.predicted"))


@each
def test_an_untouched_starter_has_predicted_nothing(check: str) -> None:
    assert refused(foretold.both, of(ROOT / "starter", check)).causes == ["not-predicted"]

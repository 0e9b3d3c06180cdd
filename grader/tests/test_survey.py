"""What a student says beside the code, on its way into the result."""

from pathlib import Path

import pytest

from grader.core import survey
from grader.params import params
from grader.tests.test_handout import ROOT
from lab.predict.answers import LONGEST, put

HEAD = 'student = "Ada"\ndesign = "given"\n'


def told(tmp_path: Path, text: str) -> dict:
    path = tmp_path / "answers.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return survey.read(path)


def test_what_make_predict_keeps_is_in_the_result_with_the_students_numbers(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text((ROOT / "starter/answers.toml").read_text("utf-8").replace('student = ""', 'student = "Ada"'), "utf-8")
    for task, said in ("0a", "4 s, 0 %"), ("1b", "19"), ("q1", "64"):
        put(path, task, said)
    assert survey.read(path)["predictions"] == {
        "0a": {"said": "4 s, 0 %", "numbers": {}}, "1b": {"said": "19", "numbers": {}},
        "q1": {"said": "64", "numbers": params("Ada", "q1")}}
    assert set(params("Ada", "q1")) == {"clients", "workers", "capacity"}


def test_hours_that_were_filled_in_are_in_the_result(tmp_path: Path) -> None:
    assert told(tmp_path, "[1b]\nhours = 1.5\n[1c]\nhours = 0.0\n[1d]\nhours = 2\n[1e]\n")["hours"] == {"1b": 1.5, "1d": 2.0}


@pytest.mark.parametrize("said, kept", [
    ('"a\\u001b[2J\\nb"', "a [2J b"), (f'"{"x" * 50000}"', "x" * LONGEST), ('"  19  "', "19")])
def test_a_prediction_is_one_line_that_is_not_too_long(tmp_path: Path, said: str, kept: str) -> None:
    assert told(tmp_path, f"[1b]\npredict = {said}\n")["predictions"]["1b"]["said"] == kept


@pytest.mark.parametrize("said", ["19", '""', '"   "', '["19"]', "nan"])
def test_what_make_predict_would_not_have_written_is_left_out(tmp_path: Path, said: str) -> None:
    assert told(tmp_path, f"[1b]\npredict = {said}\n")["predictions"] == {}


@pytest.mark.parametrize("text", ["[1b\n", "[1b]\nhours = 500\n", "[9]\n"])
def test_answers_that_cannot_be_read_say_nothing(tmp_path: Path, text: str) -> None:
    nothing = {"predictions": {}, "hours": {}}
    assert told(tmp_path, text) == nothing == survey.read(tmp_path / "missing.toml")

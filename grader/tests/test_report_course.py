"""What reports say of a course that does not ask everything: nothing of the rest."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader.core import rubric as rubrics
from grader.course import tailor
from grader.course.read import read
from grader.report import formats, hours, schema, view
from grader.tests.courses import course
from grader.tests.reported import Page, find, sample, telling, words


def only(result: dict[str, Any], *tasks: str, box: int) -> dict[str, Any]:
    """A result of a course that asks these tasks alone, all of one box."""
    checks = [c for c in result["checks"] if view.task(c) in tasks]
    sums = {"score": sum(c["points"] for c in checks), "measured_max": sum(c["max"] for c in checks),
            "max": sum(c["max"] for c in checks)}
    return {**result, **sums, "checks": checks, "boxes": [{**result["boxes"][box], **sums}]}


def class_page(results: list[dict[str, Any]], tmp_path: Path) -> str:
    formats.write_class(results, tmp_path)
    return (tmp_path / "index.html").read_text("utf-8")


@pytest.fixture
def pool() -> list[dict[str, Any]]:
    return [only({**sample("full"), "submission": f"s{n}"}, "2c", "2d", "2e", box=1) for n in range(5)]


def test_a_box_that_is_the_whole_course_is_not_told_beside_it(pool, tmp_path):
    schema.validate(pool[0])
    title = pool[0]["boxes"][0]["title"]
    assert title not in words(class_page(pool, tmp_path)) and "Boxes" not in words(class_page(pool, tmp_path))
    formats.write_submission(pool[0], tmp_path / "one")
    assert title not in words((tmp_path / "one/index.html").read_text("utf-8"))
    assert Page(class_page(pool, tmp_path)).open == []


def test_hours_of_a_task_that_is_not_asked_are_not_told(pool):
    for result in pool:
        result["hours"] = {"2c": 2.0, "1a": 1.0, "0a": 0.5}
    assert [row.task for row in hours.of_class(pool)] == ["0a", "2c"]


def test_where_no_prediction_can_be_shown_their_signs_are_not_explained(pool, tmp_path):
    said = words(class_page(pool, tmp_path))
    assert "Fewer than five answered" in said
    assert "Each number stands for" not in said and "&deg;" not in said
    assert not [a for a in Page(class_page(pool, tmp_path)).all("div") if a.get("class") == "guesses"]


def test_signs_are_explained_where_a_question_has_them(tmp_path):
    results = telling(5)
    assert "C slots" in words(class_page(results, tmp_path))
    for result in results:
        result["checks"] = [c for c in result["checks"] if view.task(c) != "q1"]
    said = words(class_page(results, tmp_path))
    assert "Each number stands for" in said and "&deg;" not in said and "C slots" not in said


def test_a_column_and_a_sign_that_nobody_has_are_left_out(pool, tmp_path):
    said = words(class_page(pool, tmp_path))
    assert "Not reached" not in said and "not measured" not in said.partition("Where the class")[0].partition("Submissions ")[2]
    find(pool[0], "2d.overlap").update(outcome="blocked", points=0, observed="so")
    said = words(class_page(pool, tmp_path))
    assert "Not reached" in said and "not reached" in said and "Not measured" not in said.partition("Check ")[2]


def test_what_the_instructor_left_out_is_told_once_on_the_page_of_the_class(pool, tmp_path):
    for result in pool:
        result["notes"] = ["main.c was left out", "not graded in this course: 2b.zoo: too long for our week"]
    said = words(class_page(pool, tmp_path))
    assert said.count("not graded in this course: 2b.zoo: too long for our week") == 1 and "main.c" not in said


def test_parts_come_in_the_order_of_the_lab_also_where_one_has_no_guards():
    result = {"parts": {"fork": "1", "pool": "2", "answers": "A"},
              "checks": [{"check": "2a.count", "part": "answers"}, {"check": "2b.exact", "part": "pool"}]}
    assert [part for part, _ in view.parts(result)] == ["pool", "answers"]


@pytest.mark.parametrize("text, title", [
    ("", "Answers: by hand, and from the comparison"), ('profile = "workshop"', "Answers by hand"),
    ("[parts]\npool = true\nlocks = false\ncomparison = false", "Answers by hand"),
    ('[off]\n2a = "given"\n"2b.zoo" = "given"\n3a = "given"', "Answers from the comparison")])
def test_the_title_of_the_answers_names_what_is_asked(text, title, tmp_path):
    (tmp_path / "course.toml").write_text(course(text), "utf-8")
    table = tomllib.loads(tailor.tailored(rubrics.RUBRIC.read_text("utf-8"), read(tmp_path / "course.toml")))
    assert {p["id"]: p["title"] for p in table["part"]}["answers"] == title


def test_the_marks_of_a_submission_have_a_line_for_each_part(tmp_path):
    groups = view.groups({"check": f"{task}.x"} for task in ("1a", "1e", "2a", "2b", "3c", "q1", "q8", "e1"))
    assert [[view.task(check) for check in group] for group in groups] == \
        [["1a", "1e"], ["2a", "2b"], ["3c"], ["q1", "q8", "e1"]]
    built = Page(class_page([sample("full")] * 3, tmp_path))
    rows = [a for a in built.all("div") if a.get("class") == "strips"]
    assert len(rows) == 3 and all(a.get("role") == "img" and "passed" in str(a.get("aria-label")) for a in rows)
    most = max(len(group) for group in view.groups(view.scored(sample("full"))))
    assert all(float(str(a["width"])) < 16 * most for a in built.all("svg") if a.get("class") == "strip")

"""What a class expected: sums of five and more, and nothing below."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from grader.report import asked, formats, guesses, hours, reasons, schema
from grader.report.guesses import OTHERS, Row, rows
from grader.report.said import Guess
from grader.tests.reported import Page, find, sample, tell, telling, words

HOSTILE = "<script>alert`1`</script><img src=//e.example/x onerror=alert`2`>"


def numbers(*said: float) -> list[Guess]:
    return [Guess(f"{n:g}", float(n)) for n in said]


def saying(said: str, n: int) -> list[dict[str, Any]]:
    """n students who all say the same of 1b."""
    results = telling(n)
    for result in results:
        result["predictions"] = {"1b": {"said": said, "numbers": {}}}
    return results


def page(results: list[dict[str, Any]], tmp_path: Path) -> str:
    formats.write_class(results, tmp_path)
    return (tmp_path / "index.html").read_text(encoding="utf-8")


def table(tmp_path: Path) -> list[dict[str, str]]:
    with open(tmp_path / "predictions.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- rows -------------------------------------------------------------------


def test_numbers_stand_in_their_order_and_words_behind_them() -> None:
    said = numbers(*[20] * 5, *[3] * 7) + [Guess("many")] * 5 + [Guess("few")] * 6
    assert rows(said) == [Row("3", 7), Row("20", 5), Row("few", 6), Row("many", 5)]


def test_four_who_say_the_same_are_among_the_others() -> None:
    assert rows(numbers(*[19] * 4)) == []
    assert rows(numbers(*[19] * 5)) == [Row("19", 5)]
    assert rows([Guess("a")] * 4 + [Guess("b")] * 2) == [Row(OTHERS, 6)]
    assert rows([Guess("a")] * 5 + [Guess("b")] * 4) == [Row("a", 5), Row(OTHERS, 0)]


def test_numbers_that_few_have_said_are_ranges_with_open_ends() -> None:
    said = numbers(1, 2, 2, 3, 4, 12, 30, 55, 70, 90, 300, 1000, 2000, 5000, 1e6)
    assert rows(said) == [Row("below 10", 5), Row("10 to below 200", 5), Row("200 and more", 5)]
    assert rows(said[:9]) == [Row("any number", 9)]
    assert rows(said[:9] + numbers(*[8] * 5)) == [Row("8", 5), Row("other numbers", 9)]
    assert rows(said[:10] + numbers(*[8] * 5)) == [
        Row("8", 5), Row("other numbers below 10", 5), Row("other numbers 10 and more", 5)]


def test_a_range_ends_between_two_numbers_and_never_at_one_of_two_alike() -> None:
    said = numbers(0, 0, 0, 0, 5, 5, 5, 6, 7, 8, 9, 9)
    assert rows(said) == [Row("any number", 12)]
    assert rows(numbers(-7, -3, 0, 0.1, 0.2, 0.5, 0.5, 0.5, 0.7, 0.8)) == [Row("below 0.5", 5), Row("0.5 and more", 5)]


def test_no_number_of_a_row_stands_for_fewer_than_five() -> None:
    for step in range(1, 40):
        said = numbers(*(i * i * step % 97 for i in range(30)), *[7] * (step % 9)) + [Guess("w")] * (step % 7)
        found = rows(said)
        assert all(row.students >= 5 or row == Row(OTHERS, 0) for row in found)
        left = len(said) - sum(row.students for row in found)
        assert left == 0 or 0 < left < 5 and found[-1] == Row(OTHERS, 0), "somebody is counted nowhere"


# ---- the page and the table -------------------------------------------------


def test_of_four_students_nothing_is_shown(tmp_path: Path) -> None:
    source = page(saying("nineteen-ish", 4), tmp_path)
    assert "nineteen-ish" not in source and "expected" not in words(source) and "Hours" not in words(source)
    assert not (tmp_path / "predictions.csv").exists()


def test_of_five_students_the_sum_is_shown(tmp_path: Path) -> None:
    source = page(saying("nineteen-ish", 5), tmp_path)
    assert '<th scope="row" class="said">nineteen-ish</th><td><svg' in source and "100 % of the submissions" in source
    assert [(r["task"], r["answer"], r["students"]) for r in table(tmp_path)] == [("1b", "nineteen-ish", "5")]
    assert table(tmp_path)[0]["question"] == "How many zombies stay?"


def test_a_question_that_four_of_thirty_answered_is_named_and_not_shown(tmp_path: Path) -> None:
    results = saying("19", 30)
    for result in results[:4]:
        result["predictions"]["2c"] = {"said": "the-secret", "numbers": {}}
    source = page(results, tmp_path)
    assert "the-secret" not in source
    assert re.search(r"Fewer than five answered, so nothing is shown: [^.]*\b2c\b[^.]*\.", words(source))
    assert {r["task"] for r in table(tmp_path)} == {"1b"}


def test_those_who_could_not_be_graded_and_those_who_said_nothing_are_no_students(tmp_path: Path) -> None:
    silent = {**sample("full"), "submission": "silent"}
    assert "the-same" not in page(saying("the-same", 4) + [sample("ungradable")] * 9 + [silent], tmp_path)


def test_a_table_of_an_earlier_grade_does_not_stay(tmp_path: Path) -> None:
    page(saying("19", 5), tmp_path)
    page(saying("19", 4), tmp_path)
    assert not (tmp_path / "predictions.csv").exists()


def test_how_few_the_others_were_is_nowhere(tmp_path: Path) -> None:
    results = saying("19", 9)
    for result in results[:3]:
        result["predictions"]["1b"]["said"] = "the-secret"
    source = page(results, tmp_path)
    assert 'other answers</th><td></td><td class="n">under 5</td>' in source and "the-secret" not in source
    assert [(r["answer"], r["students"]) for r in table(tmp_path)] == [("19", "6")]


def test_page_and_table_say_the_same_numbers_and_no_name(tmp_path: Path) -> None:
    source = page(telling(30), tmp_path)
    on_page = re.findall(r'class="said">([^<]+)</th><td><svg[^>]*>.*?</svg></td><td class="n">(\d+)</td>', source, re.S)
    in_table = [(r["answer"], r["students"]) for r in table(tmp_path)]
    assert on_page == in_table and {("0", "15"), ("20", "10"), ("19", "5"), ("W + C + 1", "10")} <= set(in_table)
    assert "student" not in (tmp_path / "predictions.csv").read_text().replace('"students"', "").replace("the student's", "")
    section = source[source.index('<h2 id="guesses">'):]
    assert "student-" not in section


def test_what_a_question_asks_beside_is_told_apart(tmp_path: Path) -> None:
    page(telling(30), tmp_path)
    of_2a = {(r["part"], r["question"]): r["answer"] for r in table(tmp_path) if r["task"] == "2a"}
    assert [question for _, question in of_2a] == ["What does served say?", "How sure are you, in percent?",
                                                  "Four threads count a million each, without a lock: how many are lost?",
                                                  "And on one CPU?"]
    assert of_2a["4", "And on one CPU?"] == "0"


def test_what_the_course_leaves_out_is_no_question_of_the_page(tmp_path: Path) -> None:
    results = telling(6)
    for result in results:
        result["checks"] = [c for c in result["checks"] if c["check"][:2] not in ("2a", "2e", "3b", "q1")]
    assert [one.asked.task for one in guesses.of_class(results)] == ["0a", "1a", "1b", "1c", "1d", "1e", "2b", "2c", "2d"]
    source = page(results, tmp_path)
    section = words(source[source.index('<h2 id="guesses">'):])
    assert "Fewer than five answered" in section and not re.search(r"\b(2a|2e|3a|3b|q1|q8)\b", section.partition("Hours")[0])
    results[3]["checks"].append({**results[3]["checks"][0], "check": "2e.idle"})
    assert "2e" in [one.asked.task for one in guesses.of_class(results)], "somebody was asked"


def test_a_hostile_prediction_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    source = page(saying(HOSTILE, 6), tmp_path)
    built = Page(source)
    assert "&lt;script&gt;alert`1`&lt;/script&gt;" in source and built.open == []
    assert built.all("img") == [] and len(built.all("script")) == 1


def test_an_absurdly_long_prediction_is_cut(tmp_path: Path) -> None:
    source = page(saying("lorem" * 10_000, 6), tmp_path)
    assert "lorem" * 15 + "lo..." in source and "lorem" * 17 not in source


@pytest.mark.parametrize("said", ["=HYPERLINK(1)", "@SUM(A1)", "+1 or so"])
def test_a_spreadsheet_takes_no_prediction_for_a_formula(said: str, tmp_path: Path) -> None:
    page(saying(said, 5), tmp_path)
    assert table(tmp_path)[0]["answer"][0] not in "=@+-"


# ---- what comes -------------------------------------------------------------


def test_each_question_has_what_comes_beside_it() -> None:
    found = {q.task: q.comes for q in asked.all_questions()}
    assert len(found) == 22 and all(found.values())
    assert found["1b"] == "19 zombies stay." and found["2c"] == "1, the one in service."
    assert found["q8"] == "1" and found["q1"].startswith("W + C + 1")
    assert not [text for text in found.values() if set(text) & set("`*|\n")]


def test_without_the_instructors_page_nothing_tells_what_comes(tmp_path: Path) -> None:
    assert {q.comes for q in asked.all_questions(ta=tmp_path / "TA.md")} == {""}


# ---- hours ------------------------------------------------------------------


def test_hours_are_quartiles_of_five_and_more(tmp_path: Path) -> None:
    results = telling(5)
    for result, took in zip(results, (1.0, 2.0, 3.0, 4.25, 40.0)):
        result["hours"] = {"1b": took}
    results[0]["hours"]["2c"] = 77.0
    [found] = hours.of_class(results)
    assert (found.task, found.students, found.quartiles) == ("1b", 5, (2.0, 3.0, 4.2))
    source = page(results, tmp_path)
    assert "Hours, as reported" in source and "77" not in words(source) and "40" not in words(source[source.index('id="hours"'):])


def test_of_four_nobodys_hours_are_told() -> None:
    results = telling(9)
    for result in results[4:]:
        del result["hours"]
    assert hours.of_class(results) == [] == hours.of_class(telling(4))


# ---- what was not measured --------------------------------------------------


def test_reasons_are_counted_and_those_that_differ_in_numbers_are_one() -> None:
    results = telling(3)
    for n, result in enumerate(results):
        find(result, "2c.waits").update(outcome="not-measured", observed=f"no port was free for {n}.5 s\nerrno 98")
    find(results[0], "2c.exact").update(outcome="not-measured", observed="the tool is missing: 1")
    assert [(r.text, r.checks, r.times) for r in reasons.of_class(results)] == [
        ("no port was free for … s", ["2c.waits"], 3), ("the tool is missing: 1", ["2c.exact"], 1)]


def test_a_class_in_which_all_was_measured_has_no_table_of_reasons(tmp_path: Path) -> None:
    assert "Not measured, and why" not in page(telling(3), tmp_path)
    results = telling(2) + [sample("half")]
    assert "the grader itself failed here: please report it" in page(results, tmp_path)


# ---- the record -------------------------------------------------------------


@pytest.mark.parametrize("change", [
    {"predictions": {"1b": {"said": "", "numbers": {}}}}, {"predictions": {"1b": {"said": "x" * 201, "numbers": {}}}},
    {"predictions": {"1b": {"said": "19"}}}, {"predictions": {"1b": {"said": "19", "numbers": {"n": 1.5}}}},
    {"hours": {"1b": 0}}, {"hours": {"1b": 201}}, {"hours": {"a b": 1}}])
def test_the_schema_refuses(change: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    result = sample("full")
    tell(result, 0)
    schema.validate(result)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({**result, **change})

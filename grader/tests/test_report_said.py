"""What a student has said: which of it is the same guess."""

from __future__ import annotations

import pytest

from grader.report.said import LONGEST, Guess, own_terms, read, written

ZOMBIES = "Its handler asks once. How many zombies stay?"
TWO = "After how many seconds does the second one have its reply? How busy is the CPU, in percent?"
OWN = {"clients": 70, "workers": 9, "capacity": 18}


@pytest.mark.parametrize("said", ["19", " 19. ", "~19", "about 19 zombies", "19 ?", "'19'", "19.0", "Roughly 19 (zombies)", "all 19",
                                  "19 (all but 1, of 20)"])
def test_what_stands_around_a_number_makes_no_other_guess(said: str) -> None:
    assert read(said, ZOMBIES, {}) == [Guess("19", 19.0)]


@pytest.mark.parametrize("said, text, number", [
    ("2,000", "2,000", 2000), ("2000", "2,000", 2000), ("-1", "-1", -1), (".8", "0.8", 0.8), ("10x", "10", 10),
    ("x10", "10", 10), ("none", "0", 0), ("Zero", "0", 0), ("eight", "8", 8), ("50 %", "50", 50),
    ("266.66", "266.7", 266.7)])
def test_a_number_is_read_however_it_is_written(said: str, text: str, number: float) -> None:
    assert read(said, ZOMBIES, {}) == [Guess(text, float(number))]


@pytest.mark.parametrize("said, text", [
    ("below 1", "below 1"), ("<1", "<1"), ("800 ms", "800 ms"), ("800ms", "800 ms"), ("0,8", "0,8"), ("10 or 11", "10 or 11"),
    ("not 19", "not 19"), ("all but 1", "all but 1"), ("(why)", "why"), ("As fast as  FORK!", "as fast as fork"), ("3 of 4", "3 of 4"), ("???", "???"), ("10 20", "10 20")])
def test_what_is_more_than_a_number_stays_words(said: str, text: str) -> None:
    assert read(said, ZOMBIES, {}) == [Guess(text)]


def test_a_word_of_the_question_that_changes_a_number_stays_with_it() -> None:
    asked = "Is it less than or more than one, and not none?"
    assert read("less than 1", asked, {}) == [Guess("less than 1")]
    assert read("not 1", asked, {}) == [Guess("not 1")]
    assert read("it is 1", asked, {}) == [Guess("1", 1.0)]


def test_a_question_that_asks_two_things_has_two_guesses() -> None:
    four = [Guess("4", 4.0), Guess("0", 0.0)]
    for said in "4, 0", "4 s, 0 %", "4 seconds and 0 percent", "4; none":
        assert read(said, TWO, {}) == four, said
    assert read("4 s, idle", TWO, {}) == [Guess("4", 4.0), Guess("idle")]
    assert read("4 and 3", ZOMBIES, {}) == [Guess("4", 4.0), Guess("3", 3.0)]


def test_a_sentence_with_commas_is_one_guess() -> None:
    assert read("19, since signals do not queue", ZOMBIES, {}) == [Guess("19 since signals do not queue")]


@pytest.mark.parametrize("said, text", [("70", "all clients"), ("27", "W + C"), ("28", "W + C + 1"), ("9 connections", "W")])
def test_a_students_own_number_is_told_by_its_name(said: str, text: str) -> None:
    assert read(said, "How many connections has it accepted?", own_terms("q1", OWN)) == [Guess(text)]


def test_a_ceiling_is_known_although_it_was_rounded() -> None:
    terms = own_terms("q2", {"wait": 30})
    assert read("267", "", terms) == read("266.6", "", terms) == [Guess("1000 · W / wait")]
    assert read("33", "", terms) != [Guess("1000 / wait")] == read("33.3", "", terms)


def test_other_numbers_in_the_course_have_no_names() -> None:
    assert own_terms("q1", {"threads": 3}) == own_terms("q2", {"wait": 0}) == own_terms("1b", {}) == {}


@pytest.mark.parametrize("said", ["A" * 200, "9" * 200, "9" * 199 + "%", "-" * 200, "1, " * 66, "; " * 100, "." * 200, "x", "×"])
def test_nothing_that_can_be_said_is_too_long_or_breaks(said: str) -> None:
    found = read(said, TWO, own_terms("q1", OWN))
    assert all(guess.text and len(guess.text) <= LONGEST for guess in found)


def test_numbers_are_written_without_false_precision() -> None:
    assert [written(n) for n in (0, 4.0, 0.8, 266.66, 2000, 1e6, 1e150, 123456.7)] == [
        "0", "4", "0.8", "266.7", "2,000", "1,000,000", "1e+150", "123,457"]

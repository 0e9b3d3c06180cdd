"""What reports say of causes: a mutant's its own sentence, a right design's none."""
import pytest

from grader.corpus import feedback, mutant
from grader.report import formats

RUBRICS = mutant.load_rubrics()
SENTENCES = RUBRICS["submission"].causes
CASE = {"must_fail": ["1b.reaped"], "may_fail": [], "causes": ["never-reaped"]}
RIGHT = {"must_fail": [], "may_fail": [], "causes": []}


def record(outcome: str, causes=(), observed="12 zombies") -> dict:
    return {"check": "1b.reaped", "part": "fork", "title": "t", "outcome": outcome, "points": 0, "max": 2,
            "guard": False, "observed": observed, "expected": "none", "causes": list(causes), "hint": "h",
            "reproduce": "make check", "evidence": [], "seed": 1, "seconds": 0.1}


def reported(directory, *records, known=SENTENCES) -> dict:
    """A result with its reports in a directory."""
    named = {c for r in records for c in r["causes"]}
    result = {"schema": 1, "submission": "s", "score": 0, "measured_max": 2, "max": 2, "complete": True,
              "level": "uid", "missing": [], "kit": "k", "key": "k", "tools": {"gcc": "12"}, "seed": 1,
              "parts": {"fork": "1"}, "boxes": [{"title": "b", "score": 0, "measured_max": 2, "max": 2}],
              "notes": [], "causes": {c: s for c, s in known.items() if c in named}, "checks": list(records)}
    formats.write_submission(result, directory)
    return result


def test_each_cause_has_a_sentence_that_leaves_the_fix_to_the_student():
    for rubric in RUBRICS.values():
        for cause, sentence in rubric.causes.items():
            assert len(sentence) > 30 and sentence.endswith("."), cause
            assert not feedback.gives_away(sentence), f"{cause}: {feedback.gives_away(sentence)}"


@pytest.mark.parametrize("sentence", [
    "The lock is not taken. Use a mutex.", "You should take the lock before the read.",
    "The parent needs to close its copy.", "Call waitpid in a loop until it returns 0.",
    "A child stays: make sure that it ends.", "Nobody waits: add a call of waitpid.",
    "The slot is lost; do not put before down."])
def test_a_sentence_that_says_what_to_do_is_noticed(sentence):
    assert feedback.gives_away(sentence)


@pytest.mark.parametrize("sentence", [
    "No child is ever asked for its exit status: the code that asks is missing, or never called.",
    "A worker was let go without an item: what the queue waits for is not what it holds.",
    "The two ends do not agree on where it stands."])
def test_a_sentence_that_says_what_was_seen_is_let_be(sentence):
    assert not feedback.gives_away(sentence)


def test_a_mutants_report_has_its_own_sentence(tmp_path):
    result = reported(tmp_path, record("fail", ["one-wait-per-signal", "never-reaped"]))
    assert feedback.mismatches(CASE, result, tmp_path, SENTENCES) == []


def test_a_report_that_lacks_the_sentence_is_told_for_page_and_terminal(tmp_path):
    result = reported(tmp_path, record("fail", ["never-reaped"]), known={"never-reaped": "Something else."})
    assert feedback.mismatches(CASE, result, tmp_path, SENTENCES) == [
        f"{where} lacks the sentence of never-reaped" for where in ("the terminal", "the page")]


def test_a_right_designs_report_accuses_it_of_nothing(tmp_path):
    quiet = reported(tmp_path, record("pass"))
    assert feedback.mismatches(RIGHT, quiet, tmp_path, SENTENCES) == []
    # Not by a cause, and not by the words of a cause either.
    loud = reported(tmp_path, record("not-measured", observed=SENTENCES["never-reaped"]))
    assert feedback.mismatches(RIGHT, loud, tmp_path, SENTENCES) == [
        f"{where} accuses a right design: never-reaped" for where in ("the terminal", "the page")]
    accused = reported(tmp_path, record("fail", ["stop-never-ends"]))
    assert len(feedback.mismatches(RIGHT, accused, tmp_path, SENTENCES)) == 2


def test_a_case_that_was_not_named_is_not_told_twice(tmp_path):
    result = reported(tmp_path, record("fail", ["one-wait-per-signal"]))
    assert feedback.mismatches(CASE, result, tmp_path, SENTENCES) == []

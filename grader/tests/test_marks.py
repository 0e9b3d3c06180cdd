"""Explanations: read by a person, without names, and what marks make of a grade."""
import io
import json
import os
import pty
import random
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from grader.core import marks, reading
from grader.core.grade import Plan, with_marks
from grader.core.record import Record
from grader.core.rubric import Rubric

ROOT = Path(__file__).resolve().parents[2]
BOX = {"title": "Numbers", "tasks": ["q1", "e1", "e2"]}


def record(check: str, text: str = "", numbers: str = "", outcome: str = "not-measured", points: float = 0) -> Record:
    told = marks.evidence(text, numbers) if text else []
    return Record(check, "answers", "t", outcome, points, 1, False, marks.UNREAD, f"asked in {check}", [], "h", "r",
                  told, 1, 0.1)


def result(name: str, *records: Record) -> dict:
    return {"schema": 1, "submission": name, "score": 0, "max": 0, "measured_max": 0, "complete": False,
            "boxes": [], "checks": [asdict(r) for r in records]}


def explained(name: str, text: str = "W workers serve", numbers: str = "q2 rate = 400", task: str = "e1") -> dict:
    return result(name, record("q1.accepted", outcome="pass", points=1), record(f"{task}.mechanism", text, numbers),
                  record(f"{task}.number"))


def graded(found: dict, given: marks.Marks) -> dict:
    plan = Plan(Path(), Rubric({}, {}, [BOX], {}), "kit", None, {}, marks=given)
    return with_marks(found, plan)


def outcomes(found: dict) -> list:
    return [c["outcome"] for c in found["checks"]]


def read(tmp_path: Path, keys: str, *results: dict) -> str:
    """A session over these results; what it showed."""
    for found in results:
        path = tmp_path / "out" / found["submission"] / "result.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
    show = io.StringIO()
    reading.read(tmp_path / "out", tmp_path / "marks.json", io.StringIO(keys), show)
    return show.getvalue()


@pytest.mark.parametrize("mark, outcome, score", [
    (0, ["pass", "fail", "blocked"], 1), (1, ["pass", "pass", "fail"], 2), (2, ["pass", "pass", "pass"], 3)])
def test_a_mark_gives_the_points_of_two_checks(mark: int, outcome: list, score: int) -> None:
    found = explained("alice")
    [one] = marks.to_read([found])
    after = graded(found, {one.key: mark})
    assert outcomes(after) == outcome and after["complete"]
    assert (after["score"], after["measured_max"], after["max"]) == (score, 3, 3)
    assert after["boxes"] == [{"title": "Numbers", "score": score, "measured_max": 3, "max": 3}]


def test_what_nobody_has_read_counts_on_neither_side() -> None:
    after = graded(explained("alice"), {"another": 2})
    assert outcomes(after) == ["pass", "not-measured", "not-measured"] and not after["complete"]
    assert (after["score"], after["measured_max"], after["max"]) == (1, 1, 3)
    assert after["checks"][1]["observed"] == "a person reads this"


def test_marks_can_be_put_on_a_result_again_and_again() -> None:
    found = explained("alice")
    [one] = marks.to_read([found])
    for mark in 2, 0, 1:
        found = graded(found, {one.key: mark})
    assert outcomes(found) == ["pass", "pass", "fail"]
    assert outcomes(graded(found, {})) == ["pass", "not-measured", "not-measured"]


def test_an_explanation_that_was_never_written_stays_a_failure() -> None:
    empty = result("bob", record("e1.mechanism", outcome="fail"), record("e1.number", outcome="blocked"))
    assert marks.to_read([empty]) == [] and outcomes(graded(empty, {})) == ["fail", "blocked"]


@pytest.mark.parametrize("change", [{"text": "other"}, {"numbers": "q2 rate = 1"}, {"task": "e2"}])
def test_another_text_another_number_and_another_task_have_no_mark_yet(change: dict) -> None:
    [one] = marks.to_read([explained("alice")])
    assert outcomes(graded(explained("alice", **change), {one.key: 2})) == ["pass", "not-measured", "not-measured"]


def test_a_session_shows_text_question_and_numbers_and_no_name(tmp_path: Path) -> None:
    shown = read(tmp_path, "2", explained("alice-of-the-class"))
    assert "W workers serve" in shown and "q2 rate = 400" in shown and "asked in e1.mechanism" in shown
    assert "alice" not in shown and "alice" not in (tmp_path / "marks.json").read_text()


def test_what_was_read_is_kept_and_the_rest_is_asked_next_time(tmp_path: Path) -> None:
    class_of = [explained(f"s{i}", f"text {i}") for i in range(4)]
    assert "2 read now, 2 left" in read(tmp_path, "2x\n0sq", *class_of)
    assert sorted(marks.load(tmp_path / "marks.json").values()) == [0, 2]
    again = read(tmp_path, "11")
    assert "4 explanations, 2 of them read." in again and "2 read now, 0 left" in again
    assert sorted(marks.load(tmp_path / "marks.json").values()) == [0, 1, 1, 2]
    assert "0 read now, 0 left" in read(tmp_path, "")


@pytest.mark.parametrize("keys, kept", [
    ("2b0q", [0]), ("21bb0bq", [0, 1]), ("2bsq", []), ("b2q", [2]), ("bb1b1", [1]), ("210bq", [0, 1, 2]), ("s1b", [1])])
def test_a_key_goes_back_and_the_mark_is_given_anew(tmp_path: Path, keys: str, kept: list) -> None:
    shown = read(tmp_path, keys, *[explained(f"s{i}", f"text {i}") for i in range(3)])
    given = marks.load(tmp_path / "marks.json")
    assert sorted(given.values()) == kept and f"{len(kept)} read now, {3 - len(kept)} left" in shown
    assert "b  back to the one before" in shown


def test_who_goes_back_sees_the_mark_and_behind_the_last_one_too(tmp_path: Path) -> None:
    shown = read(tmp_path, "2b1q", explained("alice"))
    assert shown.count("e1 (1 of 1)") == 2 and "marked 2 before" in shown
    assert shown.count("That was the last one: b goes back to it, q stops.") == 2
    assert list(marks.load(tmp_path / "marks.json").values()) == [1]


INSERT, DELETE, CTRL_RIGHT, F1, F2, ALT_2 = "\x1b[2~", "\x1b[3~", "\x1b[1;5C", "\x1bOP", "\x1b[[B", "\x1b2"


@pytest.mark.parametrize("stray", [INSERT, DELETE, CTRL_RIGHT, F1, F2, ALT_2, "\x1b" + INSERT, "\x1bOb", "\x1b[1;2s"])
def test_a_key_that_a_terminal_sends_as_several_characters_is_no_mark(tmp_path: Path, stray: str) -> None:
    shown = read(tmp_path, stray * 2 + "0" + stray + "q", explained("alice"), explained("bob", "another"))
    assert list(marks.load(tmp_path / "marks.json").values()) == [0] and "1 read now, 1 left" in shown


@pytest.mark.parametrize("end", ["\x1b", "\x1b[", "\x1b[2", "\x1bO"])
def test_a_sequence_that_never_ends_is_the_end(tmp_path: Path, end: str) -> None:
    assert "0 read now, 1 left" in read(tmp_path, end, explained("alice"))


def test_who_gives_no_mark_is_told_of_no_file(tmp_path: Path) -> None:
    shown = read(tmp_path, "sq", explained("alice"))
    assert shown.endswith("\n0 read now, 1 left; no mark was given\n") and not (tmp_path / "marks.json").exists()


def test_the_order_is_by_question_and_says_nothing_of_whose_it_is() -> None:
    class_of = [explained(f"s{i:02}", f"text {i}", task=task) for i in range(20) for task in ("e1", "e2")]
    order = marks.to_read(class_of)
    random.Random(1).shuffle(class_of)
    assert order == marks.to_read(class_of)
    assert [e.task for e in order] == ["e1"] * 20 + ["e2"] * 20
    assert [e.text for e in order[:20]] not in ([f"text {i}" for i in range(20)], [f"text {i}" for i in range(19, -1, -1)])


def test_the_same_text_with_the_same_numbers_is_read_once() -> None:
    assert len(marks.to_read([explained("alice"), explained("bob")])) == 1


def test_a_strangers_text_cannot_move_the_cursor(tmp_path: Path) -> None:
    shown = read(tmp_path, "q", explained("eve", "good\x1b[2J\x1b]0;x\x07\r2"))
    assert "\x1b" not in shown and "\r" not in shown and "\x07" not in shown


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"marks": 3}', '{"marks": {"a": 3}}', '{"marks": {"a": true}}',
                                     '{"marks": {"a": 1.0}}', "[" * 100000, "\udcff"])
def test_a_file_that_holds_no_marks_is_said_to_hold_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "m").write_text(content, errors="surrogateescape")
    with pytest.raises(ValueError, match="holds no marks"):
        marks.load(tmp_path / "m")
    with pytest.raises(OSError):
        marks.load(tmp_path / "none")


def test_a_result_of_an_older_grader_is_passed_over(tmp_path: Path) -> None:
    old = explained("alice")
    old["checks"][1]["gone"] = old["checks"][2]["gone"] = 1
    assert "0 explanations" in read(tmp_path, "", old)


def grade(*words: object, **options: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(ROOT / "grader/grade"), *map(str, words)], cwd=ROOT, capture_output=True, text=True,
                          timeout=60, **options)


def test_on_a_terminal_a_key_is_enough(tmp_path: Path) -> None:
    read(tmp_path, "q", explained("alice"))
    ours, theirs = pty.openpty()
    os.write(ours, (INSERT + CTRL_RIGHT + "0b" + INSERT + "2q").encode())
    done = grade("--out", tmp_path / "out", "--mark", tmp_path / "marks.json", stdin=theirs)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0, done.stderr
    assert "1 read now, 0 left" in done.stdout and list(marks.load(tmp_path / "marks.json").values()) == [2]


def test_without_stdin_there_are_no_keys_to_read(tmp_path: Path) -> None:
    read(tmp_path, "q", explained("alice"))
    done = subprocess.run(["sh", "-c", 'exec "$0" --out "$1" --mark "$2" <&-', ROOT / "grader/grade", tmp_path / "out",
                           tmp_path / "m"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "stdin, and that is closed" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--mark", "--marks"])
def test_a_fifo_is_no_file_of_marks(tmp_path: Path, option: str) -> None:
    read(tmp_path, "q", explained("alice"))
    os.mkfifo(tmp_path / "m")
    done = grade("--out", tmp_path / "out", option, tmp_path / "m", *["solutions"] * (option == "--marks"),
                 stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "m holds no marks" in done.stderr


@pytest.mark.parametrize("words, said", [
    (["--mark", "m", "solutions"], "without a submission"),
    (["--mark", "m"], "there are no results in"),
    (["--marks", "/dev/null", "solutions"], "holds no marks")])
def test_what_cannot_be_meant_is_said(tmp_path: Path, words: list, said: str) -> None:
    done = grade("--out", tmp_path / "none", *words, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and said in done.stderr

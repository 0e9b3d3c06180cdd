"""make predict: the handout's questions, and answers kept in answers.toml."""

import importlib
import os
import pty
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from grader.bench.measure import read_stat
from grader.bench.servers import ROOT
from grader.core import rubric
from grader.params import params
from grader.tests.compared import wait_for
from lab.predict import seen
from lab.predict.__main__ import lines
from lab.predict.questions import Question
from lab.way import kept, record

QUESTIONS = ["0a", "1a", "1b", "1c", "1d", "1e", "2a", "2b", "2c", "2d", "2e", "3a", "3b", "3c",
             "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8"]


def predict(answers: Path, *words: str, handout: Path = ROOT / "handout.md", **options: object) -> tuple:
    done = subprocess.run(
        [sys.executable, "-m", "lab.predict", "--handout", str(handout), "--dir", str(answers.parent), *words], cwd=ROOT,
        capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.toml"
    path.write_bytes((ROOT / "starter/answers.toml").read_bytes())
    return path


def test_every_task_asks_before_it_shows(answers: Path) -> None:
    status, out, _ = predict(answers)
    *questions, blank, then = out.splitlines()
    assert status == 0 and [line.split()[0] for line in questions] == QUESTIONS
    assert all(line.rstrip().endswith(" -") and len(line) <= 78 for line in questions)
    assert (blank, then) == ("", "Say what you expect: make predict TASK=0a")


def test_the_list_names_the_first_question_without_an_answer_or_none(answers: Path) -> None:
    for task in QUESTIONS[:2]:
        predict(answers, "--task", task, "--say", "7")
    assert predict(answers)[1].endswith("make predict TASK=1b\n")
    for task in QUESTIONS[2:]:
        predict(answers, "--task", task, "--say", "7")
    status, out, _ = predict(answers)
    assert status == 0 and len(out.splitlines()) == len(QUESTIONS) and "make predict" not in out


def test_a_question_is_shown_without_the_marks_of_some_courses(answers: Path, tmp_path: Path) -> None:
    out = predict(answers, "--task", "2b")[1]
    assert "make zoo" in out and "<!--" not in out and "-->" not in out
    marked, text = tmp_path / "handout.md", (ROOT / "handout.md").read_text("utf-8")
    marked.write_text(text.replace("What does `served` say?\n", "What does `served` say? <!-- if 1d -->\n"), "utf-8")
    out = predict(answers, "--task", "1d", handout=marked)[1]
    assert "if 1d" in marked.read_text("utf-8") and "say?" in out and "<!--" not in out


def test_a_question_is_the_handouts(answers: Path) -> None:
    status, out, _ = predict(answers, "--task", "1b")
    assert status == 0 and "How many zombies stay?" in " ".join(out.split())
    assert 'make predict TASK=1b SAY="..."' in out and answers.read_bytes() == (ROOT / "starter/answers.toml").read_bytes()


@pytest.mark.parametrize("said", ["19", 'it\'s "19" \\ or so', "ungefähr 19"])
def test_what_is_said_is_kept_and_nothing_else_changes(answers: Path, said: str) -> None:
    before = answers.read_text().splitlines()
    assert predict(answers, "--task", "1b", env={**os.environ, "SAY": said})[0] == 0
    table = tomllib.loads(answers.read_text())["1b"]
    assert table["predict"] == said and table["predicted"].endswith("Z") and table["hours"] == 0
    left = [line for line in answers.read_text().splitlines() if not line.startswith("predict")]
    assert left == before
    assert f"said: {said}" in predict(answers)[1]


def test_a_question_of_the_comparison_comes_with_the_students_own_numbers(answers: Path) -> None:
    of_nobody = "capacity 16, clients 64, workers 8."
    assert f"of who has no id in answers.toml yet: {of_nobody}" in " ".join(predict(answers, "--task", "q1")[1].split())
    answers.write_text(answers.read_text().replace('student = ""', 'student = "Ada"', 1))
    own = ", ".join(f"{name} {value}" for name, value in params("ada", "q1").items())
    assert own + "." != of_nobody
    assert f"of 'Ada': {own}." in " ".join(predict(answers, "--task", "q1")[1].split())
    assert "umbers (" not in predict(answers, "--task", "q7")[1], "everybody has the same"
    assert predict(answers, "--task", "e1")[0] == 2, "an explanation is no guess"


def test_saying_it_again_replaces_it(answers: Path) -> None:
    for said in "20", "0":
        predict(answers, "--task", "0a", "--say", said)
    assert tomllib.loads(answers.read_text())["0a"]["predict"] == "0"
    assert answers.read_text().count("[0a]") == 1


def test_on_a_terminal_it_asks(answers: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"106\n")
    done = subprocess.run(
        [sys.executable, "-m", "lab.predict", "--handout", str(ROOT / "handout.md"), "--dir", str(answers.parent),
         "--task", "1a"], cwd=ROOT, stdin=theirs, capture_output=True, text=True, timeout=20, check=False)
    os.close(theirs)
    os.close(ours)
    assert "You say: " in done.stdout and tomllib.loads(answers.read_text())["1a"]["predict"] == "106"


def reads_stdin(pid: int) -> bool:
    """Whether a process waits in a call whose first argument is descriptor 0."""
    words = Path(f"/proc/{pid}/syscall").read_text().split()
    return words[1:2] == ["0x0"] and read_stat(pid).state == "S"


def test_ctrl_c_in_place_of_an_answer_changes_nothing(answers: Path) -> None:
    before = answers.read_bytes()
    ours, theirs = pty.openpty()
    asked = subprocess.Popen(
        [sys.executable, "-m", "lab.predict", "--handout", str(ROOT / "handout.md"), "--dir", str(answers.parent),
         "--task", "1a"], cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with asked:
        said = b""
        while not said.endswith(b"You say: "):
            piece = os.read(asked.stdout.fileno(), 4096)
            assert piece, said
            said += piece
        wait_for(lambda: reads_stdin(asked.pid))        # a signal before the read is heard after it
        asked.send_signal(signal.SIGINT)
        _, told = asked.communicate(timeout=20)
    os.close(theirs)
    os.close(ours)
    assert (asked.returncode, told) == (130, b"\npredict: stopped; nothing was changed\n")
    assert answers.read_bytes() == before


@pytest.mark.parametrize("words, said", [
    (["--task", "9z"], "there is no question in task '9z'; there is one in 0a, 1a,"),
    (["--task", "1a", "--say", "x" * 201], "one line of at most 200 characters"),
    (["--task", "1a", "--say", "a\nb"], "one line of at most 200 characters")])
def test_what_cannot_be_kept_is_said(answers: Path, words: list, said: str) -> None:
    before = answers.read_bytes()
    status, _, told = predict(answers, *words)
    assert status == 2 and said in " ".join(told.split()) and answers.read_bytes() == before
    assert all(len(line) <= 80 for line in told.splitlines())


def test_answers_that_are_broken_are_left_alone(answers: Path, tmp_path: Path) -> None:
    answers.write_text('student = "unclosed\n[1a]\n')
    status, _, told = predict(answers, "--task", "1a", "--say", "7")
    assert status == 2 and "is not valid TOML" in " ".join(told.split()) and "unclosed" in answers.read_text()
    assert "there is no" in predict(tmp_path / "none/answers.toml", "--task", "1a", "--say", "7")[2]


@pytest.mark.parametrize("words", [[], ["--task", "1a"], ["--task", "1a", "--say", "7"]])
def test_answers_in_another_encoding_are_left_alone_and_the_line_is_said(answers: Path, words: list) -> None:
    text = 'student = "ada"\n[1a]\nwhy = "geh\u00f6rt"\n'.encode("latin-1")
    answers.write_bytes(text)
    status, _, told = predict(answers, *words)
    assert status == 2 and "is not in UTF-8, as line 3 shows" in " ".join(told.split()) and "Traceback" not in told
    assert answers.read_bytes() == text


def test_a_prediction_with_escapes_of_tomls_own_is_shown(answers: Path) -> None:
    answers.write_text('[1a]\npredict = "\\U000000e9"\n[1b]\npredict = "1\t9"\n')
    status, out, told = predict(answers)
    assert status == 0 and "said: \\U000000e9" in out and "said: 1\t9" in out, told


def test_a_long_answer_is_kept_whole_and_said_in_lines_of_80_columns(answers: Path) -> None:
    said = " ".join(["because"] * 25)
    for out in predict(answers, "--task", "1b", "--say", said)[1], predict(answers, "--task", "1b")[1]:
        assert said in " ".join(out.split()) and all(len(line) <= 80 for line in out.splitlines())


def test_what_came_stands_beside_what_was_said_and_only_there(answers: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("lab.way.kept.HERE", tmp_path / "way")
    checks = {"1b.coalesced": {"outcome": "fail", "observed": "20 deaths, and 19 zombies\x1b[2J stay", "files": ""},
              "1a.parent-fd": {"outcome": "blocked", "observed": "not reached", "files": ""}}
    kept.write(record.place(tmp_path), {"directory": str(tmp_path), "checks": checks})
    answers.write_text(answers.read_text().replace("accepted = -1", "accepted = 25"))
    assert seen.seen(tmp_path) == {"1b": "20 deaths, and 19 zombies [2J stay", "q1": "accepted = 25"}
    question = Question("1b", "Nobody stays behind", "How many?")
    assert lines(question, "20", "19 stay").splitlines() == [
        "  1b  Nobody stays behind                   said: 20", "      now: 19 stay"]
    assert "now" not in lines(question, "", "19 stay"), "first predict, then see"


def test_every_check_that_tells_what_came_is_in_the_rubric() -> None:
    known = rubric.load().checks
    assert set(seen.ABOUT.values()) <= set(known)
    assert all(known[check].task == task for task, check in seen.ABOUT.items())


def test_an_experiment_says_what_was_expected_of_it(answers: Path) -> None:
    subprocess.run(["make", "-s", "build/starter/serial"], cwd=ROOT, check=True, capture_output=True, timeout=60)
    predict(answers, "--task", "0a", "--say", "4 seconds")
    done = subprocess.run([sys.executable, "lab/try", "ladder", "build/starter/serial", str(answers)], cwd=ROOT,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.endswith("\nYou expected (0a): 4 seconds\n"), done.stderr
    tried = importlib.import_module("lab.try.__main__")     # try is a word of Python's
    assert tried.expected("ladder", "build/starter/fork", str(answers)) == "", "0a asks about the serial server"


def test_every_experiment_belongs_to_a_question() -> None:
    tried = importlib.import_module("lab.try.__main__")     # try is a word of Python's
    tasks = {task for asked in tried.ASKED.values() for task in (asked.values() if isinstance(asked, dict) else [asked])}
    assert {name for name, _ in tried.names()} == set(tried.ASKED) and tasks <= set(QUESTIONS)

"""The command that writes points and rules into a handout, and the marks in its text."""
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from grader.course import handout, marks
from grader.tests.unpacked import ROOT

RUBRIC = tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))
TEXT = (ROOT / "handout.md").read_text("utf-8")


def run(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "grader.course.handout", *map(str, words)], cwd=ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)


def changed(directory: Path, old: str, new: str) -> Path:
    assert TEXT.count(old) == 1
    path = directory / "other.md"
    path.write_text(TEXT.replace(old, new), "utf-8")
    return path


def test_asked_for_help_it_says_how_it_is_called():
    said = run("--help")
    assert said.returncode == 0 and said.stdout.startswith("usage: ") and "--check" in said.stdout and said.stderr == ""


@pytest.mark.parametrize("words, reason", [
    (["--chek"], "unrecognized arguments: --chek"),
    (["a.md", "b.md"], "unrecognized arguments: b.md"),
    (["nowhere.md"], "handout: nowhere.md: No such file or directory"),
    (["grader"], "handout: grader: Is a directory"),
    (["lab/figures/class.png"], "handout: lab/figures/class.png: it is not a text"),
])
def test_a_name_that_means_nothing_is_said_and_is_2(words, reason):
    said = run(*words)
    assert said.returncode == 2 and reason in said.stderr and "Traceback" not in said.stderr


def test_a_mark_of_what_there_is_not_is_said(tmp_path):
    said = run(changed(tmp_path, "<!-- if 2b.fork -->\nDo the same", "<!-- if 2b.forc -->\nDo the same"))
    assert said.returncode == 2 and "<!-- if 2b.forc -->: there is no task, check or part of that name" in said.stderr


def test_a_task_without_a_heading_is_said(tmp_path):
    said = run("--check", changed(tmp_path, "### 1c ·", "### 9c ·"))
    assert said.returncode == 2 and "task 1c has points, and no heading" in said.stderr


def test_every_mark_of_the_handout_is_of_something():
    assert handout.unknown(TEXT, RUBRIC) == [] and len(marks.named(TEXT)) > 10


@pytest.mark.parametrize("names, left", [
    ({"fork", "1b"}, "all\none\nblock\n1\n\nend\n"),
    ({"1b"}, "all\nblock\n1\n\nend\n"),
    ({"pool"}, "all\nblock\n1\n2\n\nend\n"),
    (set(), "all\nend\n"),
])
def test_what_is_marked_is_there_where_it_is_asked(names, left):
    text = ("all\none <!-- if fork -->\n<!-- if 1b or pool -->\nblock\n1\n2 <!-- if pool -->\n\n<!-- end -->\nend\n")
    assert marks.kept(text, names) == left
    assert marks.plain(text) == "all\none\nblock\n1\n2\n\nend\n"


@pytest.mark.parametrize("listed, left", [
    ("q3, q4 and q5", "q3 and q5"), ("(q3, q4)", "(q3)"), ("`2b.fork`, `2b.zoo` and `2b.peak`", "`2b.zoo`"), ("(q3, q5)", "(q3, q5)"),
    ("TASK=q4", "TASK=q4"),
])
def test_a_list_loses_what_is_not_asked(listed, left):
    assert marks.kept(f"Of {listed} all.\n", {"q3", "q5", "2b.zoo"}) == f"Of {left} all.\n"

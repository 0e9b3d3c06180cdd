"""More time for a student whom nobody finds: a slip in extensions.csv is told."""
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.report import schema
from grader.tests import courses
from grader.tests.reported import words
from grader.tests.unpacked import ROOT

SAID = "extensions.csv:3: no graded submission has the student id adda in its answers.toml"


@pytest.fixture
def kit(tmp_path) -> Path:
    """A course with two extensions, and the class of ada and of one without an id."""
    root = courses.tree(tmp_path, '[dates]\ndue = "2026-03-20 23:59"\nextensions = "extensions.csv"')
    (root / "grader/extensions.csv").write_text("# id, time\nAda, 2 days\nadda, 1 day\n")
    for name, student in ("one", "ada"), ("two", ""):
        answers = Path(shutil.copytree(ROOT / "starter", tmp_path / "class" / name)) / "answers.toml"
        answers.write_text(answers.read_text("utf-8").replace('student = ""', f'student = "{student}"'), "utf-8")
    return root


def graded(kit: Path, *what) -> str:
    """What a terminal shows, in one line."""
    command = kit / "grader/grade", "--no-timing", "--task", "2a.count", "--out", kit / "report", *what
    done = subprocess.run(command, cwd=kit, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_an_extension_of_nobody_is_told_with_its_line_in_the_terminal_and_on_the_page(kit):
    said = graded(kit, "--class", kit.parent / "class")
    assert f"note: {SAID}" in said and said.count("extensions.csv:") == 1
    assert SAID in words((kit / "report/index.html").read_text("utf-8"))
    result = json.loads((kit / "report/one/result.json").read_text("utf-8"))
    schema.validate(result)
    assert result["extended"] == "ada"


def test_a_class_of_one_is_told_too(kit):
    shutil.rmtree(kit.parent / "class/two")
    assert f"note: {SAID}" in graded(kit, "--class", kit.parent / "class")


def test_who_grades_some_of_a_class_is_not_told_of_the_others(kit):
    assert "extensions.csv" not in graded(kit, kit.parent / "class/one", kit.parent / "class/two")

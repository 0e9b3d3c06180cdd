"""make submit: what it packs, and when it packs nothing."""

import re
import shutil
import tarfile
from pathlib import Path

import pytest

from grader import submit
from grader.course.read import Course
from grader.course.tailor import tailored
from grader.tests import unpacked
from grader.tests.answered import answer
from grader.tests.explained import explain, read_by_a_person
from grader.tests.unpacked import ROOT, make, run

packed, own = unpacked.packed, unpacked.own


@pytest.fixture
def solved(own) -> Path:
    """A tree whose student has copied the solutions, and has an id."""
    for source in ROOT.glob("solutions/*/*.[ch]"):
        shutil.copy(source, own / "starter" / source.parent.name)
    answers = own / "starter/answers.toml"
    text = re.sub(r'^student = ".*"', 'student = "ada"', answers.read_text(),
                  flags=re.MULTILINE)
    answers.write_text(text)
    answer(answers)
    return own


def test_submit_packs_the_students_files_and_says_which(solved):
    (solved / "starter/pool/notes.txt").write_text("mine")
    done = make("submit", cwd=solved)
    assert done.returncode == 0, done.stdout
    with tarfile.open(solved / "submission-ada.tar.gz") as tar:
        names = sorted(tar.getnames())
    assert names == [f"ada/{n}" for n in (
        "answers.toml", "fork/serve.c", "fork/stats.c", "locks/credit.c",
        "locks/journal.c", "locks/page.c", "locks/serve.c", "locks/stats.c",
        "pool/queue.c", "pool/serve.c", "pool/stats.c")]
    for name in names:
        assert name[4:] in done.stdout
    assert "left out: pool/notes.txt" in done.stdout
    assert "note: there is no starter/compare.json" in done.stdout


def test_what_was_measured_is_packed_beside_the_answers(solved):
    for text in '{"rows": []}', " " * (submit.LIMIT + 1):
        (solved / "starter/compare.json").write_text(text)
        done = make("submit", cwd=solved)
        with tarfile.open(solved / "submission-ada.tar.gz") as tar:
            packed_it = "ada/compare.json" in tar.getnames()
        fits = len(text) <= submit.LIMIT
        assert packed_it == fits and ("note: " in done.stdout) != fits


@pytest.mark.parametrize("file, old, new, says", [
    ("answers.toml", 'student = "ada"', 'student = ""', "your id is missing; write it into its line"),
    ("answers.toml", 'student = "ada"', "", 'there is no line student = "your id" in'),
    ("answers.toml", 'student = "ada"', "student = 7", 'your id is a text: student = "7"'),
    ("answers.toml", 'student = "ada"', 'student = "-/."', "no letter from a to z and no digit"),
    ("answers.toml", 'student = "ada"', f'student = "{81 * "x"}"', "your id has 81 characters; it may have 80"),
    ("answers.toml", 'student = "ada"', "student = ", "not valid TOML"),
    ("fork/serve.c", "int serve", "int serv", "does not build"),
])
def test_submit_packs_nothing_that_is_not_fit(solved, file, old, new, says):
    path = solved / "starter" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    done = make("submit", cwd=solved)
    assert done.returncode == 2 and says in done.stdout
    assert "Traceback" not in done.stdout
    assert list(solved.glob("submission-*")) == []


@pytest.mark.parametrize("student, name", [
    ("a/b", "a-b"), ("Ada L.", "Ada-L"), ("../x", "x"), ("-rf", "rf"), ("\u00e4da", "da"), (80 * "x", 64 * "x"), (". -", "")])
def test_an_id_that_the_grader_takes_is_made_a_name_of_a_file(student, name):
    assert submit.name_of(student) == name


def test_a_file_that_the_course_asks_for_and_that_is_not_there_is_told(solved):
    shutil.rmtree(solved / "starter/pool")
    (solved / "starter/locks/page.c").rename(solved / "starter/locks/mine.c")
    done = make("submit", cwd=solved)
    told = re.findall(r"^  not there: (.*)$", done.stdout, re.MULTILINE)
    assert done.returncode == 0 and told == ["pool/queue.c", "pool/serve.c", "pool/stats.c", "locks/page.c"], done.stdout


def test_a_server_that_the_course_has_not_is_not_missed(tmp_path):
    (tmp_path / "rubric.toml").write_text(tailored((ROOT / "grader/rubric.toml").read_text("utf-8"), Course(profile="threads")))
    shutil.copytree(ROOT / "starter", tmp_path / "starter", ignore=shutil.ignore_patterns("fork"))
    assert submit.missing(tmp_path / "starter", tmp_path / "rubric.toml") == []
    assert submit.missing(tmp_path / "starter") == ["fork/serve.c", "fork/stats.c"]


def test_what_is_wrong_with_answers_is_said_in_lines_of_80_columns(tmp_path, capsys):
    here = tmp_path / ("long" * 12)
    (here / "pool").mkdir(parents=True)
    (here / "pool/serve.c").touch()
    assert submit.main(str(here)) == 1
    assert f"there is no {here}/answers.toml" in " ".join(capsys.readouterr().err.split())
    for text in "", 'student = ""', "student = 7", 'student = "- -"', 'student = "a':
        (here / "answers.toml").write_text(text)
        assert submit.main(str(here)) == 1
        said = capsys.readouterr().err
        assert [line for line in said.splitlines() if len(line) > 80 and str(here) not in line] == []
        assert "Errno" not in said and said.startswith("submit:")


def test_an_older_python_still_finds_the_students_id(tmp_path, monkeypatch):
    monkeypatch.setattr(submit, "tomllib", None)
    path = tmp_path / "answers.toml"
    path.write_text('# who\nstudent = "ada"\n')
    assert submit.student_of(submit.read_answers(path), path) == "ada"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_solved_lab_checks_submits_and_grades_at_full_marks(solved):
    import json
    explain(solved / "starter/answers.toml")
    checked = make("check", cwd=solved)
    assert checked.returncode == 0, checked.stdout
    assert make("submit", cwd=solved).returncode == 0
    grade = ROOT / "grader/grade", "--out", solved / "out"
    done = run(*grade, solved / "submission-ada.tar.gz")
    assert done.returncode == 0, done.stdout
    marks = read_by_a_person(solved / "out", solved / "marks.json")
    done = run(*grade, "--marks", marks, solved / "submission-ada.tar.gz")
    assert done.returncode == 0, done.stdout
    [result] = (solved / "out").glob("*/result.json")
    record = json.loads(result.read_text())
    assert record["complete"] and record["score"] == record["max"] > 0

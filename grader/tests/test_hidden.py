"""Checks that lie outside of the kit: --hidden."""
import csv
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from grader.core import rubric as rubrics
from grader.core.hidden import with_hidden
from grader.core.subject import closure
from grader.report import schema
from grader.tests import boxed
from grader.tests.boxed import shell
from grader.tests.test_grade import ROOT, grade, outcomes, result

HIDDEN = ROOT / "grader/tests/data/hidden"
KNOWN = rubrics.load()
OURS = "1a.endurance"
box = boxed.box


@pytest.fixture
def hidden(tmp_path) -> Path:
    """A copy of the example, free to be spoilt."""
    return Path(shutil.copytree(HIDDEN, tmp_path / "hidden"))


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


# ---- the rubric -------------------------------------------------------------


def test_hidden_checks_come_behind_the_kits_own_which_stay_as_they_are(hidden):
    rubric = with_hidden(KNOWN, hidden)
    assert list(rubric.checks) == [*KNOWN.checks, OURS]
    assert {id: rubric.checks[id] for id in KNOWN.checks} == KNOWN.checks
    assert set(rubric.causes) - set(KNOWN.causes) == {"table-full"}
    assert {"1a.overlap", "1.builds"} < closure(rubric, [OURS])


@pytest.mark.parametrize("file", ["rubric.toml", "test_endurance.py", "helper.py"])
def test_whatever_changes_in_the_directory_makes_another_rubric_of_it(hidden, file):
    before = with_hidden(KNOWN, hidden).digest
    (hidden / "__pycache__").mkdir()
    (hidden / "__pycache__/x.pyc").write_text("what Python leaves there is nothing")
    assert with_hidden(KNOWN, hidden).digest == before != KNOWN.digest
    (hidden / file).write_text((hidden / file).read_text() + "\n# more\n" if (hidden / file).exists() else "")
    assert with_hidden(KNOWN, hidden).digest != before


FUNCTION = '@check("1a.endurance")\ndef test_three_hundred_clients_are_served'


@pytest.mark.parametrize("file, old, new, said", [
    ("rubric.toml", 'id = "1a.endurance"', 'id = "1a.exit"', "there is a check of this id already"),
    ("rubric.toml", 'part = "fork"', 'part = "threads"', "there is no part 'threads'"),
    ("rubric.toml", 'task = "1a"', 'task = "2d"', "there is no task '2d' in fork"),
    ("rubric.toml", 'id = "1a.endurance"', 'id = "1b.endurance"', "the id must be 1a. and a word"),
    ("rubric.toml", 'id = "1a.endurance"', 'id = "1a./../x"', "the id must be 1a. and a word"),
    ("rubric.toml", "points = 2", "points = 0", "points must be a number above 0"),
    ("rubric.toml", "points = 2", "points = true", "points must be a number above 0"),
    ("rubric.toml", "points = 2", "", "points must be a number above 0"),
    ("rubric.toml", "points = 2", "points = 2\nfactor = 2", "a hidden check has no 'factor'"),
    ("rubric.toml", "points = 2", "points = 2\nguards = ['1a']", "a hidden check has no 'guards'"),
    ("rubric.toml", "points = 2", "points = 2\nponits = 2", "a hidden check has no 'ponits'"),
    ("rubric.toml", 'after = "1a.overlap"', "after = 1", "after must be the id of a check"),
    ("rubric.toml", 'after = "1a.overlap"', 'after = "1a.nope"', "there is no check '1a.nope' that it could come after"),
    ("rubric.toml", 'hint = "What', 'hnit = "What', "hint is needed, as a text"),
    ("rubric.toml", "[[check]]", "[[chekc]]", "nobody reads 'chekc'"),
    ("rubric.toml", "[[check]]", "[check]", "write [[check]] above each check"),
    ("rubric.toml", "points = 2", "points = two", "line 5"),
    ("rubric.toml", "table-full =", "serial =", "causes: serial: a new id"),
    ("test_endurance.py", '"1a.endurance"', '"1a.duration"', "1a.duration has no [[check]] in"),
    ("test_endurance.py", FUNCTION, "def test_nothing(case):\n    pass\n\n\n" + FUNCTION, "test_nothing needs both"),
    ("test_endurance.py", "def test_three", "def three", "three_hundred_clients_are_served needs both"),
    ("test_endurance.py", FUNCTION, FUNCTION + "_soon(case):\n    pass\n\n\n" + FUNCTION, "measured at"),
    ("test_endurance.py", '@check("1a.endurance")', '@check("1a.endurance")\n@attributed', "without @attributed"),
    ("test_endurance.py", "def test", "def def test", "invalid syntax"),
])
def test_what_is_wrong_is_said_with_its_file(hidden, file, old, new, said):
    spoil(hidden / file, old, new)
    with pytest.raises(ValueError) as error:
        with_hidden(KNOWN, hidden)
    assert said in str(error.value) and str(hidden / file) in str(error.value)


def test_an_entry_without_a_function_is_said(hidden):
    (hidden / "test_endurance.py").unlink()
    with pytest.raises(ValueError, match="rubric.toml: 1a.endurance: no function of .*test_.*py measures it"):
        with_hidden(KNOWN, hidden)


@pytest.mark.parametrize("name, said", [
    ("nothing", "there is no such directory"), ("empty", "rubric.toml is not there"),
    ("a:b", "a colon in its name"), (str(ROOT.parent), "a directory of their own"), ("/tmp", "a directory of their own")])
def test_a_directory_that_cannot_be_one_of_hidden_checks_is_refused(tmp_path, name, said):
    (tmp_path / "empty").mkdir(), (tmp_path / "a:b").mkdir()
    with pytest.raises(ValueError, match=said):
        with_hidden(KNOWN, tmp_path / name)


@pytest.mark.parametrize("args, said", [
    (["--hidden", "/nowhere", "solutions"], "/nowhere: there is no such directory"),
    (["--hidden", HIDDEN, "--program", "./server {port}", "--protocol", "line"], "not about a program")])
def test_wrong_usage_is_said_in_one_line(args, said):
    done = grade(*args)
    assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1


# ---- the grade --------------------------------------------------------------

RIGHT = "    pid_t pid = fork();\n"
WRONG = "    static int children;\n    pid_t pid = children++ < 256 ? fork() : -1;\n"


@pytest.fixture
def submission(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "solutions", tmp_path / "alice"))


def record(found: dict) -> dict:
    return next(c for c in found["checks"] if c["check"] == OURS)


def test_a_hidden_check_catches_its_mistake_and_spares_the_reference(submission, tmp_path):
    bad = Path(shutil.copytree(submission, tmp_path / "bob"))
    spoil(bad / "fork/serve.c", RIGHT, WRONG)
    done = grade("--out", tmp_path / "out", "--hidden", HIDDEN, "--task", "1a", submission, bad)
    assert done.returncode == 0, done.stderr
    right, wrong = result(tmp_path / "out", "alice"), result(tmp_path / "out", "bob")
    schema.validate(right), schema.validate(wrong)
    assert set(outcomes(right).values()) == {"pass"}
    points = sum(c.points for c in KNOWN.checks.values() if c.task == "1a") + 2
    assert right["score"] == right["max"] == points == wrong["score"] + 2
    assert {id for id, outcome in outcomes(wrong).items() if outcome != "pass"} == {OURS}
    assert record(wrong)["causes"] == ["table-full"] and "table-full" in wrong["causes"]
    assert record(wrong)["observed"] == "256 of 300 clients were served"
    assert "make check" not in record(wrong)["reproduce"]      # the student has not got it
    with open(tmp_path / "out/summary.csv", newline="") as file:
        rows = {row["submission"]: row[OURS] for row in csv.DictReader(file)}
    assert rows == {"alice": "pass", "bob": "fail"}
    assert "the 300th client is served like the first" in (tmp_path / "out/bob/index.html").read_text()


def test_an_untouched_starter_gets_nothing_for_it(tmp_path):
    assert grade("--out", tmp_path / "out", "--hidden", HIDDEN, "--task", "1a", ROOT / "starter").returncode == 0
    found = result(tmp_path / "out", "starter")
    assert found["score"] == 0 and record(found)["outcome"] == "blocked"


def test_a_kept_result_is_of_the_same_hidden_checks(submission, hidden, tmp_path):
    def asked(*args):
        assert grade("--out", tmp_path / "out", *args, "--task", "1a.child-listener", submission).returncode == 0
        return result(tmp_path / "out", "alice")["key"]
    without, first = asked(), asked("--hidden", hidden)
    spoil(hidden / "rubric.toml", "points = 2", "points = 3")
    assert len({without, first, asked("--hidden", hidden)}) == 3 and asked() == without


def test_a_file_that_cannot_be_imported_is_said_with_the_reason(submission, hidden, tmp_path):
    spoil(hidden / "test_endurance.py", "from grader.core.record", "from grader.core.recorder")
    done = grade("--out", tmp_path / "out", "--hidden", hidden, "--task", OURS, submission)
    assert done.returncode == 1
    said = result(tmp_path / "out", "alice")["error"]
    assert "test_endurance.py" in said and "grader.core.recorder" in said


@pytest.fixture
def readable():
    """A copy of the example that everybody may read, as an instructor's may be."""
    with tempfile.TemporaryDirectory(prefix="clk-hidden-") as directory:
        os.chmod(directory, 0o755)
        yield Path(shutil.copytree(HIDDEN, Path(directory, "hidden")))


def test_a_box_hides_a_directory_that_it_is_told_to(box, readable):
    look = f"cat {readable}/rubric.toml"
    assert b"1a.endurance" in shell(box, look).stdout
    box.hide(readable)
    box.hide(readable / "below")        # hidden by now
    if "m" not in box._mode.flags:
        pytest.skip("a box without mounts hides nothing, and says so")
    assert shell(box, look).stdout == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="the box hides nothing from the user who owns it")
def test_no_submission_can_read_the_hidden_checks(submission, readable, tmp_path):
    (readable / "seen.h").write_text("")
    (submission / "fork/spy.c").write_text(f'#include "{readable}/seen.h"\nint spy;\n')
    found = []
    for args in [], ["--hidden", readable]:
        assert grade("--out", tmp_path / "out", *args, "--task", "1.builds", submission).returncode == 0
        found.append(outcomes(result(tmp_path / "out", "alice"))["1.builds"])
    assert found == ["pass", "fail"]

"""The two trees: starter/ is made from solutions/ and from nothing else."""
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from grader import starter
from grader.core import answers
from grader.params import params

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS, STARTER = ROOT / "solutions", ROOT / "starter"


def test_the_starter_is_what_the_solutions_make():
    assert starter.stale(SOLUTIONS, STARTER) == [], "run make starter"


def test_an_edited_starter_and_an_extra_file_are_noticed_and_mended(tmp_path):
    copy = Path(shutil.copytree(STARTER, tmp_path / "starter"))
    with open(copy / "pool" / "queue.c", "a") as file:
        file.write("/* mine */\n")
    (copy / "pool" / "extra.c").write_text("int extra;\n")
    assert starter.main(["--check", str(SOLUTIONS), str(copy)]) == 1
    assert starter.stale(SOLUTIONS, copy) == ["pool/extra.c", "pool/queue.c"]
    assert starter.main([str(SOLUTIONS), str(copy)]) == 0
    assert starter.stale(SOLUTIONS, copy) == []


@pytest.mark.parametrize("text, said", [
    ("//@ begin 1a: x\n", "has no end"),
    ("//@ end\n", "unexpected end"),
    ("//@ stub x\n", "unexpected stub"),
    ("//@ begin 1a: x\n//@ begin 1b: y\n//@ end\n", "unexpected begin"),
    ("//@ bgin 1a: x\n", "bad mark"),
])
def test_a_mark_out_of_place_is_said_with_file_and_line(text, said):
    with pytest.raises(ValueError, match=said):
        starter.strip(text, "pool/queue.c")


def test_marks_give_todo_stub_or_nothing():
    made = starter.strip("a\n  //@ begin 2c: wait.\n  x;\n  //@ stub y;\n  //@ end\n"
                         "//@ starter\nsecret\n//@ end\nb\n", "t")
    assert made == "a\n  // TODO 2c: wait.\n  y;\nb\n"


def test_every_task_of_the_lab_has_its_place_in_the_starter():
    text = "".join(p.read_text() for p in STARTER.glob("*/*.c"))
    for task in "1a", "1b", "1c", "1d", "1e", "2b", "2c", "2d", "2e":
        assert f"TODO {task}:" in text


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("tree", ["starter", "solutions"])
@pytest.mark.parametrize("part", ["fork", "pool"])
def test_every_tree_compiles_without_a_warning(tmp_path, compiler, tree, part):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    sources = [str(p) for p in sorted((ROOT / tree / part).glob("*.c"))]
    lab = [f"lab/{name}.c" for name in ("main", "net", "http", "echo")]
    done = subprocess.run([compiler, "@compile_flags.txt", *lab, *sources, "-o", str(tmp_path / part)],
                          cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_answers_of_both_trees_are_of_the_schema_and_have_the_same_tables():
    mine, theirs = answers.read(STARTER / "answers.toml"), answers.read(SOLUTIONS / "answers.toml")
    assert mine.student == "" and theirs.student
    asked = [{t: [k for k in v if not k.startswith("predict")] for t, v in tree.tasks.items()} for tree in (mine, theirs)]
    assert asked[0] == asked[1]
    said = [v for table in mine.tasks.values() for v in table.values()]
    assert all(v in (0, "", -1) for v in said) and mine.design == "given", "-1: no number of the comparison yet"


@pytest.mark.parametrize("text, said", [
    ("student = 1\ndesign = 'given'\n", "student must be a text"),
    ("student = 'a'\n", "design must be a text"),
    ("student = 'a'\ndesign = ''\n", "design is empty"),
    ("student = 'a'\ndesign = 'given'\n[9]\n", "no task '9'"),
    ("student = 'a'\ndesign = 'given'\n[q9]\n", "no task 'q9'; the questions are q1 to q8"),
    ("student = 'a'\ndesign = 'given'\n[e5]\n", "no task 'e5'; the explanations are e1 to e4"),
    ("student = 'a'\ndesign = 'given'\n[Q1]\n", r"no task 'Q1'; write \[q1\]"),
    ("student = 'a'\ndesign = 'given'\nq1 = 25\n", r"q1 must be a table: a line \[q1\]"),
    ("student = 'a'\ndesign = 'given'\n[\"q\\n1\"]\n", "no task of that name; the questions are"),
    ("student = 'a'\ndesign = 'given'\n[1a]\nhours = -1\n", "hours of 1a"),
    pytest.param("student = 'a'\ndesign = 'given'\n[q1]\naccepted = " + "9" * 5000, "cannot be read", id="long"),
    pytest.param("student = 'a'\ndesign = 'given'\n[q1]\naccepted = [0x" + "f" * 5000 + "]", "more than 64 bits", id="hex"),
    pytest.param("student = 'a'\ndesign = 'given'\n[q1]\naccepted = " + "[" * 5000, "cannot be read", id="deep"),
    ("student = 'a\n", "cannot be read"),
    ("student = '\xe9'\n", "cannot be read"),
])
def test_wrong_answers_are_said_in_words(tmp_path, text, said):
    (tmp_path / "answers.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=said):
        answers.read(tmp_path / "answers.toml")


def test_answers_agree_with_the_published_schema():
    import json
    import jsonschema
    schema = json.loads((ROOT / "grader" / "answers.schema.json").read_text())
    for tree in STARTER, SOLUTIONS:
        jsonschema.validate(tomllib.loads((tree / "answers.toml").read_text()), schema)


def test_numbers_per_student_are_drawn_by_key_and_stay_in_their_ranges():
    course = {"numbers": {"key": "k", "per_student": True}, "params": {"2d": {"workers": [6, 10]}}}
    drawn = {params(f"student{i}", "2d", course)["workers"] for i in range(200)}
    assert drawn == {6, 7, 8, 9, 10}
    assert params("alice", "2d", course) == params(" Alice ", "2d", course)
    assert params("", "2d", course) == {"workers": 6}, "without an id everybody has the same"
    assert params("alice", "1a", course) == {}
    other = {**course, "numbers": {"key": "another term", "per_student": True}}
    assert any(params(f"s{i}", "2d", course) != params(f"s{i}", "2d", other) for i in range(20))


def test_a_students_numbers_never_change_within_a_term():
    """Known answers: a change here changes every student's numbers."""
    course = {"numbers": {"key": "2026-autumn"}, "params": {"2a": {"target": [0, 999]}}}
    assert params("alice", "2a", course) == {"target": 156}

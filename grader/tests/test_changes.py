"""What a second grade of the same submissions says of the first."""
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.core import changes
from grader.tests import courses
from grader.tests.test_grade import ROOT, grade, outcomes, result

OLD = {"submission": "alice", "kit": "k1", "course": "d1", "rubric": "r1", "contents": "c1", "level": "uid",
       "tools": {"gcc": "12.2.0", "valgrind": "3.19.0"}, "numbers": {"2c.capacity": 14}, "quick": False,
       "score": 2, "measured_max": 4, "max": 4, "complete": True}


def check(id: str, outcome: str, points: int = 2, guard: bool = False) -> dict:
    return {"check": id, "outcome": outcome, "points": points * (outcome == "pass"), "max": points, "guard": guard}


FIRST = {**OLD, "checks": [check("1.echo", "pass", 0, True), check("1a.exit", "fail"), check("1a.pace", "pass", 0),
                           check("1b.reaped", "pass"), check("e1.mechanism", "not-measured")]}


def second(*outcomes: str, **fields) -> dict:
    """The same checks with other outcomes."""
    return {**FIRST, **fields, "checks": [{**c, "outcome": o} for c, o in zip(FIRST["checks"], outcomes)]}


def table(tmp_path: Path, *pairs: tuple) -> list[str]:
    """What is printed of these grades, each with the one before it."""
    results = []
    for name, (old, new) in pairs:
        (tmp_path / name).mkdir()
        if old:
            (tmp_path / name / "previous.json").write_text(json.dumps({**old, "submission": name}))
        results.append({**new, "submission": name})
    return changes.table(results, tmp_path)


# ---- what differs -----------------------------------------------------------


@pytest.mark.parametrize("fields, said", [
    ({}, []), ({"kit": "k2"}, ["the kit"]), ({"rubric": "r2", "kit": "k2"}, ["the kit", "the rubric"]),
    ({"course": "d2"}, ["the course"]), ({"course": "d2", "rubric": "r2"}, ["the course"]),
    ({"course": "d2", "rubric": "r2", "kit": "k2"}, ["the kit", "the course", "the rubric"]),
    ({"contents": "c2"}, ["the files handed in"]),
    ({"tools": {"gcc": "13.1.0", "valgrind": "3.19.0"}}, ["gcc, 12.2.0 before and 13.1.0 now"]),
    ({"tools": {"gcc": "12.2.0"}}, ["valgrind, 3.19.0 before and none now"]),
    ({"numbers": {"2c.capacity": 15}}, ["the number 2c.capacity, 14 before and 15 now"]),
    ({"level": "practice"}, ["the box, uid before and practice now"])])
def test_what_may_be_why_two_results_differ_is_named(fields, said):
    assert changes.differences(FIRST, {**FIRST, **fields}) == said


def test_verdicts_are_the_checks_with_points_and_guards_but_no_speeds_and_no_marks():
    now = second("fail", "pass", "not-measured", "pass", "pass")
    assert changes.changed(FIRST, now) == [("1.echo", "pass", "fail"), ("1a.exit", "fail", "pass")]


def test_a_check_that_only_one_of_them_has_is_no_change():
    less = {**FIRST, "checks": FIRST["checks"][2:]}
    assert changes.changed(FIRST, less) == changes.changed(less, FIRST) == []


# ---- the table --------------------------------------------------------------


def test_the_table_groups_the_changes_by_what_differs(tmp_path):
    mended = second("pass", "pass", "pass", "pass", "not-measured", kit="k2")
    worse = second("pass", "fail", "pass", "blocked", "not-measured", kit="k2", contents="c2")
    said = table(tmp_path, ("bob", (FIRST, mended)), ("alice", (FIRST, mended)), ("carol", (FIRST, worse)),
                 ("dan", (FIRST, {**FIRST, "kit": "k2"})), ("new", (None, FIRST)),
                 ("broken", (FIRST, {"submission": "broken", "error": "it is empty"})))
    assert [line.split() for line in said] == [
        "Changed since the grade before; what differs between the two: the kit.".split(),
        ["alice", "1a.exit", "FAIL", "PASS"], ["bob", "1a.exit", "FAIL", "PASS"], [],
        "Changed since the grade before; what differs between the two: the files handed".split(),
        "in, the kit.".split(), ["carol", "1b.reaped", "PASS", "BLOCKED"], [],
        "1 submission has the verdicts of the grade before.".split()]
    assert max(map(len, said)) <= 80


def test_nothing_is_said_where_nothing_was_graded_before(tmp_path):
    assert table(tmp_path, ("alice", (None, FIRST))) == []


def worth(**points: int) -> dict:
    """The first grade with other points for some checks: exit=3 for 1a.exit."""
    ids = {f"1a.{name}": n for name, n in points.items()} | {f"1b.{name}": n for name, n in points.items()}
    return {**FIRST, "course": "d2", "checks": [{**c, "max": ids.get(c["check"], c["max"])} for c in FIRST["checks"]]}


def test_other_points_are_told_once_for_all_and_are_no_other_verdict(tmp_path):
    new = worth(exit=3, reaped=1)
    assert table(tmp_path, ("bob", (FIRST, new)), ("alice", (FIRST, new))) == [
        "Points that are others than in the grade before:", "  1a.exit: 3 points, were 2", "  1b.reaped: 1 point, was 2", "",
        "2 submissions have the verdicts of the grade before."]


def test_a_check_that_had_no_points_before_was_only_needed_then_and_is_not_told(tmp_path):
    assert table(tmp_path, ("alice", (FIRST, worth(pace=2))), ("bob", (worth(exit=0), FIRST)))[:-1] == []


# ---- what is put aside ------------------------------------------------------


@pytest.mark.parametrize("there, kept", [
    (FIRST, "k1"), ({**FIRST, "quick": True}, "k0"), ({"submission": "alice", "error": "it is empty"}, "k0"),
    (None, "k0")])
def test_only_a_whole_grade_takes_the_place_of_the_one_before(tmp_path, there, kept):
    (tmp_path / "previous.json").write_text(json.dumps({**FIRST, "kit": "k0"}))
    (tmp_path / "result.json").write_text(json.dumps(there) if there else '{"half of')
    changes.put_aside(tmp_path)
    assert json.loads((tmp_path / "previous.json").read_text())["kit"] == kept
    assert not (tmp_path / "result.json").exists()


# ---- the command ------------------------------------------------------------

TASK = "--task", "1a.child-listener"


def course_of(root: Path, text: str) -> None:
    (root / "grader/course.toml").write_text(courses.course(text), "utf-8")


def test_another_course_is_told_as_the_course_with_its_points_and_a_date_is_no_other_grade(klass, tmp_path):
    root = courses.tree(tmp_path, "")
    command = [root / "grader/grade", "--no-timing", "--out", tmp_path / "out", "--task", "1a.exit", "--class", klass]
    def again() -> str:
        done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.partition("The pages:")[2].split())
    again()
    first = (tmp_path / "out/bob/checks.jsonl").read_bytes()
    course_of(root, '[dates]\ndue = "2026-03-20 23:59"\nextensions = "more.csv"')
    (root / "grader/more.csv").write_text("bob, 1 day\n")
    assert "grade before" not in again()
    assert (tmp_path / "out/bob/checks.jsonl").read_bytes() == first, "for a date it was all measured again"
    course_of(root, '[points]\n"1a" = 18')
    shutil.copyfile(ROOT / "starter/fork/serve.c", klass / "bob/fork/serve.c")
    said = again()
    assert "what differs between the two: the files handed in, the course." in said, said
    assert said.count("1a.exit: ") == 1 and "1a.exit: 4 points, were 2" in said


@pytest.fixture
def klass(tmp_path) -> Path:
    """Two submissions, free to be spoilt."""
    for name in "alice", "bob":
        shutil.copytree(ROOT / "solutions", tmp_path / "class" / name)
    return tmp_path / "class"


def test_a_class_that_is_graded_again_is_told_what_has_changed(klass, tmp_path):
    command = "--out", tmp_path / "out", *TASK, "--class", klass
    assert "grade before" not in grade(*command).stdout
    shutil.copyfile(ROOT / "starter/fork/serve.c", klass / "bob/fork/serve.c")
    again = grade(*command)
    assert again.returncode == 0
    told = again.stdout.partition("Changed since the grade before")[2]
    assert "what differs between the two: the files handed in." in " ".join(told.split())
    rows = [line.split() for line in told.splitlines() if line.startswith("  bob")]
    assert ["bob", "1a.overlap", "PASS", "FAIL"] in rows and ["bob", "1a.child-listener", "PASS", "BLOCKED"] in rows
    assert not [line for line in told.splitlines() if line.startswith("  alice")]
    assert outcomes(json.loads((tmp_path / "out/bob/previous.json").read_text()))["1a.overlap"] == "pass"
    assert grade(*command).stdout.partition("Changed since the grade before")[2] == told, "the same command says another thing"


def test_a_students_first_look_leaves_no_older_result_behind(klass, tmp_path):
    for text in "", "\n":
        (klass / "alice/fork/serve.c").write_text((ROOT / "solutions/fork/serve.c").read_text() + text)
        done = grade("--out", tmp_path / "out", *TASK, "--quick", klass / "alice")
        assert done.returncode == 0 and "grade before" not in done.stdout
    assert result(tmp_path / "out", "alice")["quick"] and not (tmp_path / "out/alice/previous.json").exists()

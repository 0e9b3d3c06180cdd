"""A course that is not the whole lab: its rubric, its handout and what students
get agree, whatever is left out."""
import random
import re
import tomllib
from pathlib import Path

import pytest

from grader import dist
from grader.core import rubric as rubrics
from grader.course import profiles, tailor
from grader.course.points import UNITS, shared
from grader.course.read import Course
from grader.tests import courses
from grader.tests.unpacked import ROOT

RUBRIC = tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))
HANDOUT = (ROOT / "handout.md").read_text("utf-8")
ID = re.compile(r"`(\d[a-e]\.[a-z-]+)`")
SECTIONS = re.compile(r"^### (\w+) ·", re.MULTILINE)
ROWS = re.compile(r"^\| ([qe]\d) \| \*\*", re.MULTILINE)
# the decisions, the points of all, and some tasks that are in and out
COURSES = {
    "full": ("", 100, "1a 1e 2e 3c q8 e4", ""),
    "week": ('profile = "week"', 100, "1a 1b 1d 2a 2d q4", "1c 1e 2e 3a q5 e1"),
    "threads": ('profile = "threads"', 100, "2a 2e 3c q1 q8", "1a 1d q3 q6 e1"),
    "workshop": ('profile = "workshop"', 19, "2a 2b 3a", "1a 2c 2d 3b q1 e1"),
    "no processes": ("[parts]\nfork = false", 61, "2a 3a q1 q8", "1a q3 q5 e2 e3 e4"),
    "no threads": ("[parts]\npool = false", 40, "1a 3a q7", "2a 2d q1 q2 q3 q6 q8 e1 e2 e3 e4"),
    "no predictions": ("[points]\npredictions = 0", 96, "q2 q8 e1", ""),
    "the first of 1a off": ('[off]\n"1a.overlap" = "later"', 96, "1a 1b", ""),
    "no locks": ("[parts]\nlocks = false", 84, "1a 2e q8", "3a 3b 3c q7"),
    "no comparison": ("[parts]\ncomparison = false", 80, "1a 2e 3c", "q1 q8 e1 e4"),
    "a week with locks": ('profile = "week"\n[parts]\nlocks = true', 100, "1a 3c", "1c 2e q7"),
    "other points": ('[points]\n"2b" = 12\nexplanations = 0', 102, "2b q1", "e1 e2 e3 e4"),
    "a check off": ('[off]\n"2b.zoo" = "too long for our week"\n"3b" = "later"', 95, "2b 3a", "3b"),
}


@pytest.fixture(scope="module", params=COURSES)
def course(request, tmp_path_factory):
    """Its name, its tree, and what students get of it."""
    root = courses.tree(tmp_path_factory.mktemp("course"), COURSES[request.param][0])
    return request.param, root, {name: text for name, (text, _) in dist.contents(root).items()}


def rubric_of(root: Path, monkeypatch) -> rubrics.Rubric:
    """As the grader of that tree loads it."""
    monkeypatch.setattr(rubrics, "RUBRIC", root / "grader/rubric.toml")
    monkeypatch.setattr(rubrics, "rubric_text", lambda path: tailor.rubric_text(path, root / "grader/course.toml"))
    return rubrics.load(root / "grader/rubric.toml")


def test_it_asks_what_it_should_for_the_points_that_it_should(course, monkeypatch):
    name, root, _ = course
    _, total, asked, left_out = COURSES[name]
    found = rubric_of(root, monkeypatch)
    tasks = {c.task for c in found.checks.values() if c.points}
    assert tasks >= set(asked.split()) and not tasks & set(left_out.split())
    assert sum(c.points for c in found.checks.values()) == pytest.approx(total)


def test_the_students_grader_has_the_same_rubric(course, monkeypatch, tmp_path):
    _, root, given = course
    ours = rubric_of(root, monkeypatch)
    (tmp_path / "grader").mkdir()
    for name in "rubric.toml", "course.toml":
        (tmp_path / "grader" / name).write_bytes(given[f"grader/{name}"])
    theirs = rubric_of(tmp_path, monkeypatch)
    assert theirs.checks == ours.checks and theirs.parts == ours.parts and theirs.boxes == ours.boxes
    assert theirs.off == ours.off


def test_the_handout_has_the_tasks_and_the_points_of_the_rubric(course, monkeypatch):
    _, root, given = course
    found = rubric_of(root, monkeypatch)
    text = given["handout.md"].decode()
    tasks = {c.task for c in found.checks.values() if c.points}
    assert {*SECTIONS.findall(text), *ROWS.findall(text)} == tasks | {"0a"}
    total = sum(c.points for c in found.checks.values())
    assert f"| **all** | | **{total:g}** |" in text
    assert set(ID.findall(text)) <= set(found.checks)
    for task in {c.task for c in found.checks.values() if c.points and c.task[0].isdigit()}:
        done = re.search(rf"^### {task} ·.*?^(\*\*Done when\*\*.*?)$", text, re.MULTILINE | re.DOTALL)[1]
        assert set(ID.findall(done)) == {c.id for c in found.checks.values() if c.task == task and c.points}
    assert "<!-- if" not in text and "<!-- end" not in text


def test_no_command_of_the_handout_names_what_is_not_there(course, monkeypatch):
    _, root, given = course
    found = rubric_of(root, monkeypatch)
    text = given["handout.md"].decode()
    tasks = {c.task for c in found.checks.values()} | {"0a"}
    assert set(re.findall(r"TASK=(\w+)", text)) <= tasks
    parts = {name.split("/")[1] for name in given if re.match(r"starter/\w+/serve\.c$", name)}
    assert set(re.findall(r"PART=(\w+)", text)) <= parts | {"serial", "answers"}
    assert {d for d in re.findall(r"`starter/(\w+)/", text)} <= parts


def test_only_what_is_asked_is_marked_and_has_a_place_for_its_answer(course, monkeypatch):
    _, root, given = course
    tasks = {c.task for c in rubric_of(root, monkeypatch).checks.values() if c.points}
    marked = {m for name, text in given.items() if re.match(r"(lab/)?starter/.*\.c$", name)
              for m in re.findall(r"// TODO (\w+)", text.decode())}
    assert marked <= tasks
    assert set(tomllib.loads(given["starter/answers.toml"].decode())) - {"student", "design"} == tasks


def test_the_part_that_is_left_out_is_not_handed_out(course):
    name, _, given = course
    there = {part for part in ("fork", "pool", "locks") if f"starter/{part}/serve.c" in given}
    away = {"threads": {"fork"}, "workshop": {"fork"}, "no processes": {"fork"}, "no threads": {"pool"}, "week": {"locks"},
            "no locks": {"locks"}}.get(name, set())
    assert there == {"fork", "pool", "locks"} - away
    assert {f"lab/starter/{p}/serve.c" in given for p in away} <= {False}


def test_what_an_instructor_keeps_is_not_handed_out(tmp_path):
    root = courses.tree(tmp_path, '[dates]\ndue = "2026-03-20 23:59"\nextensions = "more.csv"\n[feedback]\nhidden = "../secret"')
    (root / "grader/more.csv").touch()
    (tmp_path / "secret").mkdir()
    text = dist.contents(root)["grader/course.toml"][0].decode()
    assert "more.csv" not in text and "secret" not in text and "2026-03-20" in text


def test_the_handout_says_the_rules_of_the_course(tmp_path):
    root = courses.tree(tmp_path, '[dates]\ndue = "2026-03-20 23:59 Europe/Berlin"\nlate = "10 % a day, 3 days"\n'
                                  '[people]\npairs = true\nassistants = "with a log"')
    text = dist.contents(root)["handout.md"][0].decode()
    assert "Hand in by 2026-03-20 23:59 (Europe/Berlin)." in text and "costs 10 %; after 3 days" in text
    assert "You may work in pairs" in text and "Keep a log" in text and "You work alone" not in text


def test_a_task_that_others_need_takes_them_along():
    left = tailor.leave(RUBRIC, Course(off={"2c": "no queue"}))
    assert left.why["2d"] == "it needs 2c" and left.why["2e"] == "it needs 2d" and left.why["q2.predicted"] == "it needs q1"
    assert "2b.exact" in left.points and "2d.fixed" not in left.points


def test_a_task_of_which_every_check_is_off_is_off():
    left = tailor.leave(RUBRIC, Course(off={"3b.bounded": "later"}))
    assert left.why["3b"] == "later"


def test_a_module_answers_in_its_last_check_where_the_rubrics_is_off(monkeypatch, tmp_path):
    root = courses.tree(tmp_path, '[off]\n"2b.exact" = "x"')
    pool = rubric_of(root, monkeypatch).parts["pool"]
    assert pool.answers == {"queue.c": "2c.exact", "stats.c": "2b.race-check"}


@pytest.mark.parametrize("seed", range(200))
def test_points_are_divided_without_a_rest_and_nobody_goes_without(seed):
    chance = random.Random(seed)
    weights = {str(n): chance.randint(1, 9) for n in range(chance.randint(1, 12))}
    total = chance.choice([1, 2, 7, 12, 12.5, 100, 3.25])
    found = shared(total, weights)
    assert sum(found.values()) == pytest.approx(total) and min(found.values()) > 0
    exact = {name: total * w / sum(weights.values()) for name, w in weights.items()}
    unit = max(u for u in UNITS if all(abs(n / u - round(n / u)) < 1e-9 for n in found.values()))
    assert unit == 1 or total != int(total) or total < len(weights), "whole points where that can be"
    if min(exact.values()) >= unit:     # nobody was given one for nothing: then each is off by less than one
        assert all(abs(found[name] - exact[name]) < unit + 1e-9 for name in found)


def test_every_task_of_the_rubric_is_in_a_part_and_needs_only_tasks():
    assert {c["task"] for c in RUBRIC["check"]} == set(profiles.TASKS)
    assert set(profiles.NEEDS) <= {*profiles.TASKS, *(c["id"] for c in RUBRIC["check"])}
    assert {first for needs in profiles.NEEDS.values() for first in needs} <= set(profiles.TASKS)


def test_what_others_come_after_is_still_measured_where_it_is_off(tmp_path, monkeypatch):
    for off, kept in ("1a.overlap", True), ("2d.fixed", True), ("2b.zoo", False):
        found = rubric_of(courses.tree(tmp_path / off, f'[off]\n"{off}" = "x"'), monkeypatch).checks
        assert (off in found) == kept
        assert not kept or (found[off].condition and not found[off].points)


def test_a_course_that_is_written_in_another_way_gives_the_same_kit(tmp_path):
    root = courses.tree(tmp_path, "")
    path = root / "grader/course.toml"
    path.write_text('off."2b.zoo" = "too long"\n' + re.sub(r"^\[off\].*\n", "", path.read_text("utf-8"), flags=re.MULTILINE).replace(
        "[feedback]", "[ feedback ]").replace("pairs = false", "  pairs = true"), "utf-8")
    given = tomllib.loads(dist.contents(root)["grader/course.toml"][0].decode())
    assert "off" not in given and given["people"]["pairs"] is True
    assert given["params"] == tomllib.loads(path.read_text("utf-8"))["params"]

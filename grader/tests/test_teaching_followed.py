"""The page for those who teach, followed word for word: each row of what it takes,
in a kit of its own."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from datetime import datetime, timezone
from pathlib import Path

import pytest

from grader import dist, params
from grader.core import rubric as rubrics
from grader.corpus import mutant
from grader.dist import PACKED
from grader.tests import courses
from grader.tests.answered import answer
from grader.tests.explained import explain
from grader.tests.test_handout import ROOT
from grader.tests.test_teaching import KNOWN, MUTANTS, POINTS, TEACHING, commands


def decided(heading: str, tmp_path: Path) -> Path:
    """The kit with what the page shows under a heading."""
    return courses.tree(tmp_path, re.search(rf"^### {heading}\n.*?```toml\n(.*?)```", TEACHING, re.DOTALL | re.MULTILINE)[1])


def test_a_course_of_ones_own_is_made_as_the_page_says(tmp_path):
    root = decided("To make the course your own", tmp_path)
    handout = dist.contents(root)["handout.md"][0].decode()
    done = subprocess.run([root / "grader/grade", "--no-timing", "--task", "1b", "--out", tmp_path / "out", ROOT / "starter"],
                          cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "2b.zoo: too long for our week" in (tmp_path / "out/starter/index.html").read_text("utf-8")
    assert re.search(r"^\| 2b .* \| 12 \|$", handout, re.MULTILINE) and "zoo 1" not in handout
    assert "### 3a" in handout and "### 1c" not in handout and "| e1 |" not in handout


def test_a_late_submission_is_graded_as_the_page_says(tmp_path):
    root = decided("To take dates into account", tmp_path)
    (root / "grader/extensions.csv").write_text("ada, 2 days\n")
    for name, student in ("one", "bob"), ("two", "ada"):
        tree = Path(shutil.copytree(ROOT / "starter", tmp_path / name))
        answers = (tree / "answers.toml").read_text("utf-8").replace('student = ""', f'student = "{student}"')
        (tree / "answers.toml").write_text(answers, "utf-8")
        archive = shutil.make_archive(str(tmp_path / name), "gztar", tree)
        os.utime(archive, (handed_in := datetime(2026, 12, 21, 12, tzinfo=timezone.utc).timestamp(), handed_in))
    subprocess.run([root / "grader/grade", "--no-timing", "--task", "2a.count", "--out", tmp_path / "out",
                    tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"],
                   cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=100)
    late = {name: json.loads((tmp_path / "out" / name / "result.json").read_text("utf-8")).get("late") for name in ("one", "two")}
    assert late["two"] is None and late["one"]["days"] == 1 and "10 % less" in late["one"]["said"]
    assert "1 day late, 10 % less" in (tmp_path / "out/one/index.html").read_text("utf-8")
    rows = list(csv.DictReader((tmp_path / "out/summary.csv").read_text("utf-8").splitlines()))
    assert [row["days_late"] for row in rows] == ["1", ""]


def test_a_new_key_gives_new_numbers_and_one_line_gives_everybody_the_same():
    text = (ROOT / "grader/course.toml").read_text("utf-8")
    def of(course: str) -> list[dict]:
        return [params.params(f"s{n}", "2a", tomllib.loads(course)) for n in range(20)]
    new = re.sub(r"^key = .*", 'key = "next"', text, flags=re.MULTILINE)
    same = text.replace("per_student = true", "per_student = false")
    assert of(new) != of(text) and len({str(p) for p in of(text)}) > 1
    assert len({str(p) for p in of(same)}) == 1


# The rows of "What it takes": the file and the test that follow them.
FOLLOWED = {
    "see a class graded": ("test_class", "test_every_case_of_the_class_gets_what_its_case_toml_says"),
    "look at a task as a student does": ("test_handout", "test_the_report_in_the_readme_is_what_its_command_prints"),
    "give the lab out": ("test_round_trip", "test_what_a_student_unpacks_solves_checks_and_hands_in_gets_full_marks"),
    "grade your class": ("test_grade", "test_killed_half_way_and_started_again_it_goes_on"),
    "grade with checks of your own, too": ("test_teaching_followed", "test_a_hidden_check_is_added_as_the_page_says"),
    "grade some tasks only": ("test_teaching_followed", "test_some_tasks_of_a_class_are_graded_as_the_page_says"),
    "read the explanations": ("test_teaching_followed", "test_explanations_are_read_as_the_page_says"),
    "know what your class expects": ("test_report_guesses", "test_page_and_table_say_the_same_numbers_and_no_name"),
    "move grades": ("test_teaching_followed", "test_some_tasks_of_a_class_are_graded_as_the_page_says"),
    "begin a new term": ("test_teaching_followed", "test_a_new_term_is_begun_as_the_page_says_and_the_old_answers_lose_their_points"),
    "give everybody the same numbers": ("test_teaching_followed", "test_a_new_key_gives_new_numbers_and_one_line_gives_everybody_the_same"),
    "change points, drop a part or a check": ("test_teaching_followed", "test_a_course_of_ones_own_is_made_as_the_page_says"),
    "give a date, and take off points for being late": ("test_teaching_followed", "test_a_late_submission_is_graded_as_the_page_says"),
    "tell less than all after the date": ("test_course_file", "test_the_level_changes_when_the_course_is_due"),
    "add a check, or a hidden one": ("test_teaching_followed", "test_the_mistake_and_the_right_design_of_a_new_check_are_graded_as_the_page_says"),
    "add a mistake or a right design": ("test_teaching_followed", "test_the_mistake_and_the_right_design_of_a_new_check_are_graded_as_the_page_says"),
    "set a puzzle of your own": ("test_teaching_followed", "test_the_puzzle_of_the_page_fails_and_mended_it_passes"),
    "answer a regrade request; grade everybody again": ("test_teaching_followed", "test_everybody_is_graded_again_after_a_mended_check_as_the_page_says"),
    "grade a server of an older lab": ("test_program", "test_a_program_gets_a_result_its_pages_and_what_was_said_of_it"),
    "know what a machine cannot measure": ("test_doors_doctor", "test_doctor_finds_that_all_can_be_measured_here_or_says_what_not"),
}


def test_every_row_of_what_it_takes_is_followed_by_a_test():
    table = TEACHING.partition("## What it takes")[2].partition("\n\nThe handout")[0]
    assert re.findall(r"^\| (?!to \|)([a-z].+?) \|", table, re.MULTILINE) == list(FOLLOWED)
    for file, name in FOLLOWED.values():
        assert f"\ndef {name}(" in (ROOT / f"grader/tests/{file}.py").read_text("utf-8"), (file, name)


# The sections that say what to type: each in a kit of its own, as it stands on the page.

def section(title: str) -> str:
    return TEACHING.partition(f"\n### {title}\n")[2].partition("\n### ")[0]


def typed(command: str, kit: Path, *more: str, keys: str = "", status: int = 0) -> str:
    """Run a line of the page in a kit, with more behind it; what it prints."""
    done = subprocess.run(" ".join([command, *more]), shell=True, cwd=kit, input=keys,
                          capture_output=True, text=True, timeout=800)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def graded(kit: Path, out: str, name: str) -> dict:
    return json.loads((kit / out / name / "result.json").read_text("utf-8"))


def outcomes(result: dict) -> dict[str, str]:
    return {c["check"]: c["outcome"] for c in result["checks"]}


@pytest.fixture
def kit(tmp_path) -> Path:
    """A copy of the kit, with a class of two that need not be measured long."""
    there = tmp_path / "kit"
    for top in "grader", "lab", "solutions", "starter":
        shutil.copytree(ROOT / top, there / top, ignore=shutil.ignore_patterns("__pycache__"))
    for top in "Makefile", "compile_flags.txt", "handout.md":
        shutil.copy(ROOT / top, there)
    for name in "one-wait", "half":
        for part in "fork", "pool":
            shutil.copytree(ROOT / "grader/corpus/class" / name / part, there / "dir" / name / part)
    return there


def quicker(command: str, check: str) -> str:
    """make grade as the makefile has it, of one check alone: the whole is measured elsewhere."""
    made = subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=True)
    line = next(l for l in made.stdout.replace("\\\n", " ").splitlines() if "grader/grade " in l)
    return f"{line.replace(chr(39), '').strip()} --no-timing --task {check}"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_regrade_request_is_answered_as_the_page_says(kit):
    first, again = commands(section("To answer a regrade request"))
    typed(quicker(first, "1b.coalesced"), kit)
    before = graded(kit, "report/class", "one-wait")
    said = typed(again.replace("NAME", "one-wait"), kit)
    second = graded(kit, "report/class", "recheck/one-wait/1b.coalesced")
    records = [c for r in (before, second) for c in r["checks"] if c["check"] == "1b.coalesced"]
    assert [(r["outcome"], r["seed"]) for r in records] == [("fail", records[0]["seed"])] * 2
    assert "The same verdict. Nothing else differs." in said and re.search(r"^outcome +FAIL +FAIL$", said, re.MULTILINE)
    assert graded(kit, "report/class", "one-wait") == before


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_everybody_is_graded_again_after_a_mended_check_as_the_page_says(kit):
    [command] = commands(section("To grade everybody again"))
    typed(quicker(command, "1b.coalesced"), kit)
    check = kit / "grader/checks/test_1b.py"
    text = check.read_text("utf-8")
    begin = text.index('@check("1b.coalesced")')
    body = re.compile(r"(def \w+\(case: Case\) -> str:\n)")
    check.write_text(text[:begin] + body.sub(r"\1    return 'mended, for this test'\n", text[begin:], count=1))
    said = " ".join(typed(quicker(command, "1b.coalesced"), kit).split())
    assert "Changed since the grade before; what differs between the two: the kit. " \
           "one-wait 1b.coalesced FAIL PASS" in said


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_hidden_check_is_added_as_the_page_says(kit):
    *both, starter, everybody = commands(section("To add a hidden check"))
    for command in both:
        typed(command, kit)
    found = {name: outcomes(graded(kit, "report/grade", name)) for name in ("solutions", "wrong")}
    assert [found[name]["2d.silence"] for name in ("solutions", "wrong")] == ["pass", "fail"]
    typed(starter, kit, "--no-timing", "--task", "2d")
    assert graded(kit, "report/grade", "starter")["score"] == 0
    typed(quicker(everybody, "2d.silence"), kit)
    with open(kit / "report/class/summary.csv", newline="", encoding="utf-8") as file:
        assert "2d.silence" in next(csv.reader(file))


def added(kit: Path) -> None:
    """Steps 1 and 2 of the page: the template's entry behind the one it waits for, and its cause."""
    entry, _, causes = (kit / "grader/template/rubric.toml").read_text("utf-8").partition("[causes]\n")
    rubric = kit / "grader/rubric.toml"
    tables = re.split(r"^(?=\[\[|\[causes\])", rubric.read_text("utf-8"), flags=re.MULTILINE)
    place = next(n for n, text in enumerate(tables) if '\nid = "2d.fixed"\n' in text)
    tables.insert(place + 1, "[[check]]" + entry.partition("[[check]]")[2].partition("\n# ")[0] + "\n")
    rubric.write_text("".join(tables) + causes, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_check_is_added_to_the_kit_as_the_page_says(kit):
    [copy] = commands(section("To add a check"))
    typed(copy, kit)
    added(kit)
    assert list(rubrics.load(kit / "grader/rubric.toml").checks).index("2d.silence") == \
        list(KNOWN["submission"].checks).index("2d.fixed") + 1
    mutant.make_tree(MUTANTS["acceptor_reads_first"], kit / "mutant")
    grade = "grader/grade --out out --no-timing --task 2d.silence solutions mutant starter"
    typed(grade, kit)
    found = {name: outcomes(graded(kit, "out", name))["2d.silence"] for name in ("solutions", "mutant", "starter")}
    assert found == {"solutions": "pass", "mutant": "fail", "starter": "blocked"}
    typed("make starter", kit)
    assert sum(POINTS.values()) + 1 == sum(
        float(n) for n in re.findall(r"^\| \*\*all\*\* \| \| \*\*([\d.]+)\*\* \|", (kit / "handout.md").read_text("utf-8"), re.MULTILINE))


@pytest.mark.slow
def test_the_puzzle_of_the_page_fails_and_mended_it_passes(kit):
    wrong = re.search(r"```c\n(.*?)```", TEACHING, re.DOTALL)[1]
    gap = "    pthread_mutex_unlock(&lock);\n    if (left == 0)\n        return NULL;\n    pthread_mutex_lock(&lock);\n"
    assert gap in wrong
    explore, schedule = commands(section("A puzzle of your own"))
    (kit / "seats.c").write_text(wrong)
    assert "2 tickets were sold for one seat" in typed(explore, kit, status=2)
    # The story says who comes between; the class is to find that by itself.
    by_hand = typed(schedule, kit, "S='T1:3 T2:3'", status=2)
    assert "left = seats" in by_hand and "2 tickets were sold" in by_hand
    (kit / "seats.c").write_text(wrong.replace(gap, "    if (left == 0)\n        return pthread_mutex_unlock(&lock), NULL;\n"))
    assert re.search(r"^ +none", typed(explore, kit), re.MULTILINE)


def alice(kit: Path, name: str) -> Path:
    """The starter of one who answers everything, by the numbers of the kit's course."""
    tree = Path(shutil.copytree(ROOT / "starter", kit / "dir" / name))
    text = (tree / "answers.toml").read_text("utf-8")
    (tree / "answers.toml").write_text(text.replace('student = ""', 'student = "alice"', 1), "utf-8")
    answer(tree / "answers.toml")
    explain(tree / "answers.toml")
    return tree


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_explanations_are_read_as_the_page_says(kit):
    for name in "one-wait", "half":
        shutil.rmtree(kit / "dir" / name)
    alice(kit, "alice")
    grade, mark, again = commands(section("To read the explanations"))
    typed(quicker(grade, "e1"), kit)
    before = graded(kit, "report/class", "alice")
    assert {o for c, o in outcomes(before).items() if c.startswith("e1.")} == {"not-measured"} and before["measured_max"] == 0
    said = typed(mark, kit, keys="0b2q")
    assert "alice" not in said and "holds its worker" in said and "1 read now, 0 left" in said
    typed(quicker(again, "e1"), kit)
    after = graded(kit, "report/class", "alice")
    assert after["score"] == after["max"] == 2 and after["complete"]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_new_term_is_begun_as_the_page_says_and_the_old_answers_lose_their_points(kit):
    assert "| begin a new term | change `term` and `key` in `grader/course.toml`; `make dist` |" in TEACHING
    for name in PACKED:
        if not (kit / name).exists():
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, kit / name)
    alice(kit, "old")
    grade = "grader/grade --out out --no-timing --task 2a.schedule dir/old"
    typed(grade, kit)
    before = graded(kit, "out", "old")
    assert before["score"] == before["max"] == 3
    course = kit / "grader/course.toml"
    text = course.read_text("utf-8")
    course.write_text(re.sub(r'^(term|key) = ".*"', r'\1 = "next-year"', text, flags=re.MULTILINE), "utf-8")
    typed("make dist", kit)
    with tarfile.open(kit / "build/clk-lab.tar.gz") as tar:
        given = tomllib.loads(tar.extractfile("clk-lab/grader/course.toml").read().decode())
    assert given["term"] == given["numbers"]["key"] == "next-year"
    typed(grade, kit)
    after = graded(kit, "out", "old")
    assert after["score"] == 0 and after["max"] == 3
    assert {c["check"]: c["causes"] for c in after["checks"] if c["max"]}["2a.schedule"][0] == "schedule-of-other-numbers"


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_mistake_and_the_right_design_of_a_new_check_are_graded_as_the_page_says(kit):
    [copy] = commands(section("To add a check"))
    typed(copy, kit)
    added(kit)
    own = kit / "grader/corpus/mutants/idle_client_holds_all"
    shutil.copytree(ROOT / "solutions/pool", own / "right/pool")
    shutil.copy(ROOT / "grader/corpus/mutants/acceptor_reads_first/patch", own)
    (own / "case.toml").write_text('about = "The acceptor waits for a silent client."\nbase = "here"\n'
                                   'must_fail = ["2d.silence", "2d.neighbour"]\nmay_fail = []\ncauses = ["impatience-forgotten"]\n')
    [selftest] = re.findall(r"`(python3 -m grader\.corpus\.selftest --full) NAME`", section("To add a check"))
    said = typed(selftest.replace("python3", sys.executable, 1), kit, "idle_client_holds_all")
    assert "2 of 2 are as they should be" in said, said


@pytest.mark.slow
def test_some_tasks_of_a_class_are_graded_as_the_page_says(kit):
    assert "| grade some tasks only | `grader/grade --class dir --task 1a --task 1b` |" in TEACHING
    assert "take `report/class/summary.csv`: a row for each submission, a column for each check" in TEACHING
    shutil.rmtree(kit / "dir/half")
    (kit / "dir/one-wait/fork/serve.c").write_text("int serve;\n")        # the quickest to grade
    typed("grader/grade --class dir --task 1a --task 1b", kit, "--no-timing", "--out report/class")
    asked = [c for c in POINTS if c.startswith(("1a.", "1b."))]
    with open(kit / "report/class/summary.csv", newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert [c for c in row if c in POINTS] == asked and row["1a.overlap"] in ("fail", "blocked")
    assert float(row["max"]) == sum(POINTS[c] for c in asked)

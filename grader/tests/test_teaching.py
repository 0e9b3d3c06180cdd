"""The pages for those who teach: what they claim of the kit is so."""

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
from grader.core import cli as grade, rubric as rubrics
from grader.core.hidden import with_hidden
from grader.corpus import mutant
from grader.course import profiles
from grader.explore.scenarios import table
from grader.dist import PACKED
from grader.tests import courses
from grader.tests.answered import answer
from grader.tests.explained import explain
from grader.tests.test_handout import BANNED, HANDOUT, ROOT, TASKS, prose, sentences, targets

KNOWN = mutant.load_rubrics()
CASES = mutant.load_all(KNOWN)[0]
MUTANTS = {c.name: c for c in CASES if not c.design}
DESIGNS = {c.name for c in CASES if c.design}
OURS = with_hidden(rubrics.load(), ROOT / "grader/template")        # with the check that one begins with
CHECKS = {id for rubric in (*KNOWN.values(), rubrics.load(timing=True), OURS) for id in rubric.checks}
HINTS = tomllib.loads((ROOT / "lab/hints/hints.toml").read_text("utf-8"))
SOLUTIONS = (ROOT / "solutions/README.md").read_text("utf-8")
TA = (ROOT / "grader/TA.md").read_text("utf-8")
TEACHING = (ROOT / "grader/TEACHING.md").read_text("utf-8")
PAGES = {"solutions/README.md": SOLUTIONS, "grader/TA.md": TA, "grader/TEACHING.md": TEACHING}


# ---- all pages --------------------------------------------------------------


def test_the_pages_stay_with_the_instructor():
    packed = {str(p) for p in dist.files(ROOT)}
    assert packed & set(PAGES) == set()
    assert "grader/rubric.toml" in packed


@pytest.mark.parametrize("page", PAGES)
def test_no_sentence_of_a_page_has_more_than_25_words(page):
    cells = re.sub(r"^\|(.*)\|$", lambda row: row[1].replace(" | ", ".\n\n"), PAGES[page], flags=re.MULTILINE)
    assert [" ".join(s) for s in sentences(cells) if len(s) > 25] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_word_of_a_page_makes_light_of_the_reader(page):
    plain = " ".join(prose(PAGES[page]).lower().split())
    assert [w for w in BANNED if re.search(rf"\b{w}\b", plain)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_check_and_every_mistake_that_a_page_names_exists(page):
    named = set(re.findall(r"`([1-3][a-e]?\.[a-z][a-z-]+)`", PAGES[page]))
    assert named - CHECKS == set()
    assert named or page == "grader/TEACHING.md"


def commands(text: str) -> list[str]:
    """The lines that a page tells its reader to type."""
    return re.findall(r"^    ((?:make|grader/grade|python3|cp|tar|patch) .*)", text, re.MULTILINE)


def unknown(command: str) -> list[str]:
    """What a command names that there is not: its target, and the words that choose something."""
    target = re.match(r"make ([a-z-]+)", command)
    known = {"EXP": {p.stem for p in (ROOT / "lab/try").glob("*.py")} - {"__main__", "server"},
             "TASK": {*TASKS, *CHECKS, *(c.partition(".")[0] for c in CHECKS)}, "PART": {"serial", *KNOWN["submission"].directories()},
             "SCENARIO": set(table(ROOT / "grader/scenarios/scenarios.toml"))}
    wrong = [target[1]] if target and target[1] not in targets("Makefile") | targets("grader/instructor.mk") else []
    if command.startswith("grader/grade "):
        wrong += [flag for flag in re.findall(r"--[a-z]+", command) if flag not in grade.parser().format_help()]
        wrong += [task for task in re.findall(r"--(?:task|recheck) (\S+)", command)
                  if task not in known["TASK"]]
    for module in re.findall(r"python3 -m ([\w.]+)", command):
        wrong += [module] if not (ROOT / (module.replace(".", "/") + ".py")).is_file() else []
    for word, value in re.findall(r"\b([A-Z]+)=([\w./-]+)", command):
        if word in known and value not in known[word] and not value.startswith("./"):
            wrong.append(f"{word}={value}")
        if word in ("DIR", "SUBMISSIONS") and value.startswith("grader/") and not (ROOT / value).is_dir():
            wrong.append(f"{word}={value}")
    return wrong


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_names_what_exists(page):
    typed = commands(PAGES[page]) + re.findall(r"`((?:make|grader/grade|python3) [^`]+)`", PAGES[page])
    assert typed and {c: unknown(c) for c in typed if unknown(c)} == {}


@pytest.mark.parametrize("command", [
    "make teach", "make try EXP=zombie", "make check TASK=2f", "make run PART=poll", "make schedule SCENARIO=x",
    "make check TASK=1b DIR=grader/corpus/class/two-waits", "grader/grade --regrade SUBMISSION",
    "grader/grade --task 9z SUBMISSION", "grader/grade --recheck 1b.exact SUBMISSION", "python3 -m grader.corpus.nothing NAME"])
def test_a_command_that_names_what_there_is_not_is_noticed(command):
    assert len(unknown(command)) == 1


# ---- TA.md ------------------------------------------------------------------

TA_PAGES = dict(re.findall(r"^## (\w+) · .+?\n(.*?)(?=^## |\Z)", TA, re.MULTILINE | re.DOTALL))


def test_each_task_of_the_handout_has_a_page_by_its_title():
    assert re.findall(r"^## (.+)$", TA, re.MULTILINE) == [
        *re.findall(r"^### (\w+ · .+)$", HANDOUT, re.MULTILINE), "The comparison"]


@pytest.mark.parametrize("task", TA_PAGES)
def test_a_page_has_its_six_paragraphs_and_three_questions(task):
    page = TA_PAGES[task]
    assert re.findall(r"^\*\*([^*]+)\*\*", page, re.MULTILINE) == [
        "You will see", "Ask", "Settle it", "The prediction", "Misconceptions", "Hints"]
    asked = re.findall(r"^\d\. (.+?)(?=\n\d\.|\n\n)", page, re.MULTILINE | re.DOTALL)
    assert len(asked) == 3 and all("?" in question for question in asked), asked
    assert commands(page)
    assert len(re.findall(r"^- Said ", page, re.MULTILINE)) >= 2


@pytest.mark.parametrize("task", TA_PAGES)
def test_a_page_says_when_each_hint_helps(task):
    said = re.search(r"^\*\*Hints\*\* (.*)", TA_PAGES[task], re.MULTILINE | re.DOTALL)[1]
    there = [str(n) for n in range(1, 4)] if task in HINTS else []
    assert re.findall(r"(?:^|[.] )(\d) (?:when|for|before|only)", " ".join(said.split())) == there


@pytest.mark.parametrize("task", TA_PAGES)
def test_a_mistake_stands_on_the_page_of_a_task_that_finds_it(task):
    for name in set(re.findall(r"\(`([\w-]+)`\)", TA_PAGES[task])) - DESIGNS:
        assert [c for c in MUTANTS[name].must_fail if c.startswith(f"{task}.")], name


# Misconceptions that no mutant stands for, as they are quoted, and why.
NO_MUTANT = {
    "nobody writes it down in a line": [
        "The server is overloaded.", "The second client was refused.", "A longer list makes it faster.",
        "The child starts at `main`.", "`fork` copies all the memory at once.", "A zombie eats memory and CPU.",
        "-1 is a process id.", "The same pointer is the same memory.", "Orphan and zombie are the same.",
        "SIGTERM and Ctrl-C reach the same processes.", "A pool is faster.", "Idle workers use CPU.",
        "It is rare, so it is harmless.", "Starvation comes from priorities.", "It is a deadlock."],
    "2a has no code of the student's; the counter and the zoo are the mistakes": [
        "Right a thousand times is right.", "One instruction is one step.", "It needs the same instant.", "-O2 repaired it."],
    "it is right": ["The order of unlocking matters."],
    "no check sees it: it goes wrong once in a lifetime": ["`printf` in a handler is fine."],
    "from outside it looks as stats_private_mapping does": ["`malloc` can be shared."],
    "it has many forms, and what each does to a client is 2e's other mutants": ["`pthread_cancel` is the easy way."],
}


def test_a_misconception_that_is_a_line_of_code_is_a_mutant_and_is_held_to_its_own_sentences():
    said = [" ".join(m.split()) for page in TA_PAGES.values()
            for m in re.findall(r"^- (.+?)(?=\n- |\n\n)", page.partition("**Misconceptions**")[2], re.MULTILINE | re.DOTALL)]
    named = {m: re.findall(r"\(`([\w-]+)`\)", m) for m in said}
    spoken = {re.match(r'"(.+?)"', m)[1] for m, names in named.items() if not names}
    assert len(said) > 60 and spoken == {m for quoted in NO_MUTANT.values() for m in quoted}
    for name in {name for names in named.values() for name in names}:
        assert name in DESIGNS or MUTANTS[name].also is not None, f"{name}: which other sentences may be told of it?"


def test_each_question_has_a_row_and_each_explanation_a_sample_for_each_mark():
    costs = TA.partition("## The comparison")[2]
    asked = {c.partition(".")[0] for c in KNOWN["submission"].checks if re.match(r"[qe]\d\.", c)}
    assert set(re.findall(r"^\| (q\d) \|", costs, re.MULTILINE)) == {a for a in asked if a[0] == "q"}
    samples = dict(re.findall(r"^\*\*(e\d)\*\* .*\n\n((?:[- ] .*\n)+)", costs, re.MULTILINE))
    assert set(samples) == {a for a in asked if a[0] == "e"}
    for sample in samples.values():
        assert re.findall(r"^- (\d): ", sample, re.MULTILINE) == ["2", "1", "0"]
        assert all(len(text.split()) <= 60 for text in re.findall(r'"([^"]+)"', sample))


# ---- TEACHING.md ------------------------------------------------------------

MINUTES = {cell: int(n) for cell, n in re.findall(
    r"\| ([\w -]+?) \| (\d+) (?=\|)", TEACHING.partition("### Two weeks")[0])}
WEEK = re.search(r"^### One week.*?(?=^### )", TEACHING, re.MULTILINE | re.DOTALL)[0]
POINTS = {c.id: c.points for c in KNOWN["submission"].checks.values() if c.points}


def worth(tasks: set) -> float:
    return sum(points for id, points in POINTS.items() if id.partition(".")[0] in tasks)


def test_every_link_of_a_page_leads_somewhere():
    for page, text in PAGES.items():
        for link in re.findall(r"\]\(([^)]+)\)", text):
            assert ((ROOT / page).parent / link).is_file(), f"{page}: {link}"


def test_the_plans_are_those_of_the_profiles():
    assert worth({"e1", "e2", "e3", "e4"}) == 8 and "All but eight are found by machine" in TEACHING
    week = profiles.PROFILES["week"]
    assert set(re.findall(r"\b(?:\d[a-e]|q\d)\b", WEEK.partition(": write")[0])) == {*week.tasks, "0a"}
    assert f"{week.total} points" in WEEK
    shop = TEACHING.partition("### A workshop")[2].partition("## ")[0]
    assert set(re.findall(r"^\| \d+ \| (\d\w)\b", shop, re.MULTILINE)) == {*profiles.PROFILES["workshop"].tasks, "0a"}


def test_the_hours_of_the_plans_are_the_sum_of_their_minutes():
    assert len(MINUTES) == 16 and {t for t in MINUTES if re.fullmatch(r"\d\w", t)} == set(TASKS) - {"0a"}
    assert sum(MINUTES.values()) == 14 * 60
    week = {"set-up and 0a", "reading", *(t for t in profiles.PROFILES["week"].tasks if t[0] != "q")}
    assert abs((sum(MINUTES[t] for t in week) + MINUTES["comparison"] / 2) / 60 - 9.5) < 0.25
    shop = TEACHING.partition("### A workshop")[2].partition("##")[0]
    assert sum(int(n) for n in re.findall(r"^\| (\d+) \|", shop, re.MULTILINE)) == 3 * 60


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
    "grade with checks of your own, too": ("test_teaching", "test_a_hidden_check_is_added_as_the_page_says"),
    "grade some tasks only": ("test_teaching", "test_some_tasks_of_a_class_are_graded_as_the_page_says"),
    "read the explanations": ("test_teaching", "test_explanations_are_read_as_the_page_says"),
    "know what your class expects": ("test_report_guesses", "test_page_and_table_say_the_same_numbers_and_no_name"),
    "move grades": ("test_teaching", "test_some_tasks_of_a_class_are_graded_as_the_page_says"),
    "begin a new term": ("test_teaching", "test_a_new_term_is_begun_as_the_page_says_and_the_old_answers_lose_their_points"),
    "give everybody the same numbers": ("test_teaching", "test_a_new_key_gives_new_numbers_and_one_line_gives_everybody_the_same"),
    "change points, drop a part or a check": ("test_teaching", "test_a_course_of_ones_own_is_made_as_the_page_says"),
    "give a date, and take off points for being late": ("test_teaching", "test_a_late_submission_is_graded_as_the_page_says"),
    "tell less than all after the date": ("test_course_file", "test_the_level_changes_when_the_course_is_due"),
    "add a check, or a hidden one": ("test_teaching", "test_the_mistake_and_the_right_design_of_a_new_check_are_graded_as_the_page_says"),
    "add a mistake or a right design": ("test_teaching", "test_the_mistake_and_the_right_design_of_a_new_check_are_graded_as_the_page_says"),
    "set a puzzle of your own": ("test_teaching", "test_the_puzzle_of_the_page_fails_and_mended_it_passes"),
    "answer a regrade request; grade everybody again": ("test_teaching", "test_everybody_is_graded_again_after_a_mended_check_as_the_page_says"),
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

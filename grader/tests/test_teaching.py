"""The pages for those who teach: what they claim of the kit is so."""

import re
import tomllib

import pytest

from grader import dist
from grader.core import cli as grade, rubric as rubrics
from grader.core.hidden import with_hidden
from grader.corpus import mutant
from grader.course import profiles
from grader.explore.scenarios import table
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

"""The pages for those who teach: what they claim of the kit is so."""

import re
import tomllib

import pytest

from grader import dist
from grader.core import cli as grade
from grader.corpus import mutant
from grader.explore.scenarios import table
from grader.tests.test_handout import BANNED, HANDOUT, ROOT, TASKS, prose, sentences, targets

KNOWN = mutant.load_rubrics()
CASES = mutant.load_all(KNOWN)[0]
MUTANTS = {c.name: c for c in CASES if not c.design}
DESIGNS = {c.name for c in CASES if c.design}
CHECKS = {id for rubric in KNOWN.values() for id in rubric.checks}
HINTS = tomllib.loads((ROOT / "lab/hints/hints.toml").read_text("utf-8"))
SOLUTIONS = (ROOT / "solutions/README.md").read_text("utf-8")
TA = (ROOT / "grader/TA.md").read_text("utf-8")
PAGES = {"solutions/README.md": SOLUTIONS, "grader/TA.md": TA}


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
    assert named


def commands(text: str) -> list[str]:
    """The lines that a page tells its reader to type."""
    return re.findall(r"^    ((?:make|grader/grade|python3|cp|tar) .*)", text, re.MULTILINE)


def unknown(command: str) -> list[str]:
    """What a command names that there is not: its target, and the words that choose something."""
    target = re.match(r"make ([a-z-]+)", command)
    known = {"EXP": {p.stem for p in (ROOT / "lab/try").glob("*.py")} - {"__main__", "server"},
             "TASK": {*TASKS, *CHECKS}, "PART": {"serial", *KNOWN["submission"].directories()},
             "SCENARIO": set(table(ROOT / "grader/scenarios/scenarios.toml"))}
    wrong = [target[1]] if target and target[1] not in targets("Makefile") | targets("grader/instructor.mk") else []
    if command.startswith("grader/grade "):
        wrong += [flag for flag in re.findall(r"--[a-z]+", command) if flag not in grade.parser().format_help()]
        wrong += [task for task in re.findall(r"--task (\S+)", command) if task not in known["TASK"]]
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
    "make check TASK=1b DIR=grader/corpus/class/two-waits", "grader/grade --recheck SUBMISSION",
    "grader/grade --task 9z SUBMISSION", "python3 -m grader.corpus.nothing NAME"])
def test_a_command_that_names_what_there_is_not_is_noticed(command):
    assert len(unknown(command)) == 1


# ---- TA.md ------------------------------------------------------------------

TA_PAGES = dict(re.findall(r"^## (\w+) · .+?\n(.*?)(?=^## |\Z)", TA, re.MULTILINE | re.DOTALL))


def test_each_task_of_the_handout_has_a_page_by_its_title():
    assert re.findall(r"^## (.+)$", TA, re.MULTILINE) == re.findall(r"^### (\w+ · .+)$", HANDOUT, re.MULTILINE)


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
    for name in re.findall(r"\(`(\w+)`\)", TA_PAGES[task]):
        assert [c for c in MUTANTS[name].must_fail if c.startswith(f"{task}.")], name

"""The handout: how much room each of its parts has, and what stands in each."""

import re

import pytest

from grader.tests.test_handout import HANDOUT, ROOT, TASKS, rubric

PLAIN = re.sub(r"<!--.*?-->", "", HANDOUT, flags=re.DOTALL)
CHAPTERS = {title: text for title, text in re.findall(r"^# ([^\n]+)\n(.*?)(?=^# |\Z)", PLAIN, re.MULTILINE | re.DOTALL)}
# Words, commands and tables included. All of it together has 6,000: setting up
# and the table of points take what parts 1 to 3 leave of theirs.
ROOM = {"The EchoCo lab: one server, many clients": 1300, "Part 0: one at a time": 350,
        "Part 1: processes": 1200, "Part 2: threads": 1700, "Part 3: locks": 900, "What it costs": 600,
        "Handing in": 100, "Appendix": 850}


def test_the_chapters_are_these_in_this_order():
    assert list(CHAPTERS) == list(ROOM)


@pytest.mark.parametrize("title", ROOM)
def test_a_chapter_keeps_to_its_room(title):
    assert len(CHAPTERS[title].split()) <= ROOM[title]


@pytest.mark.parametrize("task", TASKS)
def test_a_ticket_is_what_a_department_says_in_three_sentences_at_most(task):
    ticket = re.search(r"^\*\*Ticket\*\* (.+)$", TASKS[task], re.MULTILINE)[1]
    said = re.fullmatch(r'[A-Z][\w ,]+: "([^"]+[.?])"', ticket)
    assert said and len(re.findall(r"[.?](?= |$)", said[1])) <= 3 and len(said[1].split()) <= 25, ticket


def test_the_glossary_explains_twenty_words_each_once():
    words = re.findall(r"^\| (?!word \|)([a-z][\w, -]+?) \| ", HANDOUT.partition("## Glossary")[2], re.MULTILINE)
    assert len(words) == len(set(words)) == 20


def test_no_chapter_is_asked_for_but_those_that_are_free_and_chosen():
    asked = {int(n) for words in re.findall(r"\*OSTEP\* chapters? ([\d, and]+)", HANDOUT)
             for n in re.findall(r"\d+", words)}
    assert asked and asked <= {4, 5, *range(26, 29), *range(30, 33)}


def test_the_places_that_are_marked_are_the_tasks_that_are_code_and_no_others():
    marked = set(re.findall(r"// TODO (\w+):", "".join(p.read_text() for p in ROOT.glob("starter/*/*.[ch]"))))
    asked = {task for part in rubric()["part"] for name, tasks in part.get("modules", {}).items()
             if name.endswith(".c") for task in tasks}
    assert marked == asked and marked <= set(TASKS)

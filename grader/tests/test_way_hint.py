"""make hint: three a task, one more with each call, and none of them the repair."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from grader.tests import way
from grader.tests.test_handout import HANDOUT, ROOT, sentences

HINTS = {task: [" ".join(own[n].split()) for n in sorted(own)]
         for task, own in tomllib.loads((ROOT / "lab/hints/hints.toml").read_text("utf-8")).items()}
RUBRIC = tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))
EACH = [pytest.param(task, text, id=f"{task}-{n}") for task, own in HINTS.items() for n, text in enumerate(own, 1)]
CODE = re.compile(r"[{}<>=;*&\[\]`]|\w\(|\(\)|->|//|\b\w+_\w+\b|\b(?!PID\b|EXP\b)[A-Z]{3,}\b")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return way.tree(tmp_path)


def solved() -> str:
    """What only the solutions have: the lines between a mark and its end."""
    regions = []
    for source in ROOT.glob("solutions/*/*.[ch]"):
        regions += re.findall(r"//@ (?:begin|starter)[^\n]*\n(.*?)//@ end", source.read_text(), re.DOTALL)
    return "\n".join(line for region in regions for line in region.splitlines() if "//@" not in line)


def calls(text: str) -> set:
    return set(re.findall(r"\b([A-Za-z_]\w*)\(", text))


def test_every_task_with_checks_has_three_hints_and_no_other_has_any() -> None:
    asked = re.compile(r"[qe]\d")        # the comparison: one measures and thinks
    assert {task: len(own) for task, own in HINTS.items()} == {
        c["task"]: 3 for c in RUBRIC["check"] if not asked.fullmatch(c["task"])}


@pytest.mark.parametrize("task, text", EACH)
def test_a_hint_is_short_and_so_are_its_sentences(task: str, text: str) -> None:
    assert 0 < len(text.split()) <= 45
    assert [s for s in sentences(text) if len(s) > 25] == []


@pytest.mark.parametrize("task, text", EACH)
def test_a_hint_holds_no_code(task: str, text: str) -> None:
    assert CODE.findall(text.replace("EXP=zombies", "EXP")) == []


@pytest.mark.parametrize("task, text", EACH)
def test_a_hint_names_no_call_of_the_repair_that_the_handout_does_not(task: str, text: str) -> None:
    secret = calls(solved()) - set(re.findall(r"\w+", HANDOUT))
    assert {"sigaction", "sem_down"} <= secret and not secret & set(re.findall(r"\w+", text))


@pytest.mark.parametrize("task, text", EACH)
def test_a_hint_holds_no_line_of_a_solution(task: str, text: str) -> None:
    pieces = {piece.strip(" *") for line in solved().splitlines() for piece in re.split(r"/\*|\*/", line)}
    lines = {piece for piece in pieces if len(piece) > 8}
    assert "sem_down(&q->lock);" in lines and [line for line in lines if line in text] == []


def test_each_call_shows_one_more_and_the_last_says_so(here: Path) -> None:
    for n in 1, 2, 3:
        done = way.call(here, "hints", "--task", "2c")
        assert done.returncode == 0 and f"2c The queue, hint {n} of 3" in done.stdout
        shown = [text for text in HINTS["2c"] if text in " ".join(done.stdout.split())]
        assert shown == [HINTS["2c"][n - 1]]
        assert ("That was the last one" in done.stdout) == (n == 3)
    done = way.call(here, "hints", "--task", "2c")
    assert done.returncode == 0 and "You have seen all 3 hints of 2c" in done.stdout


def test_again_shows_those_already_seen_and_counts_none(here: Path) -> None:
    assert "You have seen no hint of 2c yet" in way.call(here, "hints", "--task", "2c", "--again").stdout
    for _ in range(2):
        way.call(here, "hints", "--task", "2c")
    for _ in range(2):
        said = " ".join(way.call(here, "hints", "--task", "2c", "--again").stdout.split())
        assert [text in said for text in HINTS["2c"]] == [True, True, False]


def test_each_task_has_a_count_of_its_own_which_is_kept_below_build_alone(here: Path) -> None:
    before = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    for task in "1a", "2c", "2c":
        way.call(here, "hints", "--task", task)
    after = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    [new] = set(after) - set(before)
    assert all(after[p] == before[p] for p in before)
    assert new == here / "build/way/hints.json" and json.loads(after[new]) == {"1a": 1, "2c": 2}


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"2c": "x"}', '{"2c": -4}', '{"2c": 99}'])
def test_a_count_that_is_broken_costs_no_hint(here: Path, broken: str) -> None:
    (here / "build/way").mkdir(parents=True)
    (here / "build/way/hints.json").write_text(broken)
    done = way.call(here, "hints", "--task", "2c")
    assert done.returncode == 0 and ("hint 1 of 3" in done.stdout or "all 3 hints" in done.stdout)


@pytest.mark.parametrize("task, said", [
    ("", "of which task? Write TASK=1a; there are hints for 1a, 1b,"),
    ("9z", "there is no task '9z'; there are hints for 1a, 1b,"),
    ("2c.order", "there is no task '2c.order'; there are hints for 1a, 1b,"),
    ("0a", "task 0a has no hints; there are hints for 1a, 1b,")])
def test_a_task_without_hints_is_answered_with_those_that_have_some(here: Path, task: str, said: str) -> None:
    done = way.call(here, "hints", "--task", task)
    assert done.returncode == 2 and done.stdout == "" and said in " ".join(done.stderr.split())
    assert all(len(line) <= 80 for line in done.stderr.splitlines())

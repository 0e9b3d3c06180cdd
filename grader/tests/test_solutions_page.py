"""solutions/README.md: each order of lines that it explains, and who finds another."""

import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from grader.corpus import mutant
from grader.tests.test_handout import ROOT
from grader.tests.test_teaching import DESIGNS, MUTANTS, SOLUTIONS


@dataclass(frozen=True)
class Row:
    """Of a table: lines of a file, and who finds another order of them."""

    file: str
    lines: str
    found: str

    @property
    def code(self) -> list[str]:
        """What it quotes of the file; names alone are not looked for."""
        return [c for c in re.findall(r"`([^`]+)`", self.lines) if re.search(r"[(;=&|]", c)]

    @property
    def pair(self) -> list[str]:
        """The two lines that it wants in this order, where it is about two."""
        return self.code if re.fullmatch(r"`[^`]+` before `[^`]+`", self.lines) else []


def rows() -> list[Row]:
    found, file = [], ""
    for line in SOLUTIONS.splitlines():
        if heading := re.fullmatch(r"### `(.+)`", line):
            file = heading[1]
        cells = [c.strip().replace(r"\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and cells[0] not in ("lines", "---"):
            found.append(Row(file, cells[0], cells[2]))
    return found


def moved(text: str, first: str, then: str) -> str:
    """text with the line `then` in front of the line `first`, where they stand closest."""
    lines = text.splitlines(keepends=True)
    at = {part: [n for n, line in enumerate(lines) if part in line] for part in (first, then)}
    _, a, b = min((b - a, a, b) for a in at[first] for b in at[then] if a < b)
    return "".join([*lines[:a], lines[b], *lines[a:b], *lines[b + 1:]])


def bare(text: str) -> list[str]:
    """The code of text, without comments."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return [line.strip() for line in re.sub(r"//@.*", "", text).splitlines() if line.strip()]


ROWS = rows()
EXACT = [(r, re.search(r"exactly `(\w+)`", r.found)[1]) for r in ROWS if r.pair and "exactly" in r.found]
# Their rows quote what the explorer prints, or say that it finds nothing.
EXPLORED = [r for r in ROWS if r.found.startswith("`make explore")]


def test_every_line_that_is_explained_stands_in_its_file():
    assert len(ROWS) > 50
    assert [c for r in ROWS for c in r.code if c not in (ROOT / "solutions" / r.file).read_text()] == []


def test_each_row_names_mutants_that_fail_the_check_beside_them_or_says_what_was_tried():
    for row in ROWS:
        named = re.findall(r"(?:near|exactly) `(\w+)`, `([\w.-]+)`", row.found)
        for mistake, check in named:
            assert check in MUTANTS[mistake].must_fail, row
            assert MUTANTS[mistake].part == row.file.partition("/")[0], row
        assert named or row.found.startswith(("tried, ", "`make explore TASK=")), row


@pytest.mark.parametrize("row, name", EXACT, ids=[name for _, name in EXACT])
def test_a_mutant_that_is_said_to_be_exactly_a_swap_is_one(row, name, tmp_path):
    tree = mutant.make_tree(MUTANTS[name], tmp_path / "tree")
    swapped = moved((ROOT / "solutions" / row.file).read_text(), *row.pair)
    assert bare(swapped) == bare((tree / row.file).read_text())


@pytest.mark.slow
@pytest.mark.parametrize("row", EXPLORED, ids=lambda row: f"{row.file}: {row.lines}")
def test_what_the_explorer_is_said_to_find_it_finds(row, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "try")
    file = tmp_path / "try" / row.file
    file.write_text(moved(file.read_text(), *row.pair))
    task = re.search(r"TASK=(\w+)", row.found)[1]
    done = subprocess.run(["make", "-s", "explore", f"TASK={task}", f"DIR={tmp_path / 'try'}"], cwd=ROOT,
                          capture_output=True, text=True, timeout=110)
    assert (done.returncode == 0) == row.found.endswith("finds nothing"), done.stdout + done.stderr
    assert [w for w in re.findall(r'"(.+?)"', row.found) if w not in done.stdout] == [], done.stdout


def test_the_designs_that_are_praised_are_in_the_corpus_and_three_a_part():
    parts = re.split(r"^### Three other right designs$", SOLUTIONS, flags=re.MULTILINE)[1:]
    named = [re.findall(r"^- `([\w-]+)`:", part, re.MULTILINE) for part in parts]
    assert [len(n) for n in named] == [3, 3, 3]
    assert {n for three in named for n in three} - DESIGNS == set()

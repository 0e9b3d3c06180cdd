"""What the tests of make race-check share."""
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest

from grader.explore import kept
from grader.witness import drd, helgrind, race_check, searches, tsan
from grader.witness.finding import Access, Finding
from grader.witness.run import Program, Testimony

STATS = "pool/stats.c"
ALL = "static struct stats all;"
FOUR = {"all.served", "all.bytes", "all.active", "all.peak"}


def race(variable: str = "all.served", tool: str = "helgrind", lines: tuple[int, int] = (20, 20), **more) -> Finding:
    sides = [Access("write", "stats_end", STATS, line, 2 + n) for n, line in enumerate(lines)]
    return Finding(tool, "race", variable, None, sides, f"{tool}'s words", **more)


def number(name: str, said: str) -> Finding:
    return Finding("chaos", "wrong-number", name, None, [], outcome=said)


SERVED = number("served", "served is 61 and must be 64")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """For what is built once."""
    return tmp_path_factory.mktemp("race-check")


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch) -> None:
    """What is kept is kept here."""
    monkeypatch.setattr(kept, "KEPT", tmp_path / "kept")


@pytest.fixture
def changed(tmp_path) -> Callable[..., Path]:
    """changed(of, before, after): a directory with a pool whose stats.c is
    otherwise in one thing."""
    def make(of: Path, *pairs: tuple[str, str]) -> Path:
        shutil.copytree(of / "pool", tmp_path / "mine" / "pool")
        source = tmp_path / "mine" / STATS
        for before, after in pairs:
            assert before in source.read_text()
            source.write_text(source.read_text().replace(before, after))
        return tmp_path / "mine"
    return make


def program(directory: Path, scratch: Path, keep: bool = True) -> Program:
    """As the command makes it, and without bad luck."""
    made = race_check.program("pool", directory, scratch / directory.name)
    return replace(made, luck=None) if keep else replace(
        made, luck=None, searches=searches.here(directory, made.files, scratch / directory.name / "explored"))


def only(monkeypatch, **said: list[Finding]) -> None:
    """Let these witnesses say just that, and the others nothing."""
    for witness in helgrind, tsan, drd:
        testimony = Testimony(said.get(witness.NAME, []), True, races_in=() if witness is drd else None)
        monkeypatch.setattr(witness, "testify", lambda *_, testimony=testimony: testimony)

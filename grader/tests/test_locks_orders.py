"""Part 3 under the explorer: which locks stop, starve or let two in, and which
do not, in each of twenty seeds."""
import re
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Iterator

import pytest

from grader.checks import lock_causes
from grader.corpus import mutant as corpus
from grader.explore import scenarios
from grader.explore.boxed import Found
from grader.explore.finding import Explored
from grader.explore.symbols import Symbols
from grader.story import terminal
from grader.story.story import story
from grader.tests import explored

TABLE = {name: s for name, s in scenarios.table().items() if s.module.startswith("locks/")}
CAUSES = {"journal": lock_causes.of_journal, "page": lock_causes.of_page, "credit": lock_causes.of_credit}
SEEDS = range(1, 21)
_TREES = tempfile.TemporaryDirectory(prefix="clk-locks-")


@lru_cache(maxsize=None)
def tree(case: corpus.Case) -> Path:
    return corpus.make_tree(case, Path(_TREES.name) / case.name) / "locks"


def cases() -> Iterator[corpus.Case]:
    found, broken = corpus.load_all(corpus.load_rubrics())
    assert not broken
    return (case for case in found if case.part == "locks")


MUTANTS = {c.name: c for c in cases() if not c.design}
DESIGNS = {c.name: c for c in cases() if c.design}


def module_of(name: str) -> str:
    return name.split("_")[0].split("-")[0]


def of_module(module: str) -> list[scenarios.Scenario]:
    return [s for s in TABLE.values() if s.module == f"locks/{module}.c"]


def program(source: Path, scenario: scenarios.Scenario) -> explored.Program:
    return explored.scenario(scenario.file.stem, *scenario.flags, str(source))


def verdicts(source: Path, scenario: scenarios.Scenario, seeds=SEEDS) -> set[str]:
    ran = program(source, scenario)
    return {_verdict(ran.search(*scenario.budget, "--seed", str(seed))) for seed in seeds}


def _verdict(found: Explored) -> str:
    assert not found.failed or found.verdict == "data-race" or found.confirmed == 3
    return f"{found.verdict}: {found.about}" if found.verdict in ("inconclusive", "unsupported") else found.verdict


def source_of(case: corpus.Case) -> Path:
    return tree(case) / f"{module_of(case.name)}.c"


@pytest.mark.full
@pytest.mark.parametrize("scenario", sorted(TABLE))
def test_the_reference_is_fair_and_right_in_twenty_seeds(scenario: str) -> None:
    source = explored.ROOT / "solutions" / TABLE[scenario].module
    assert verdicts(source, TABLE[scenario]) == {"fine"}


@pytest.mark.parametrize("scenario", sorted(TABLE))
def test_the_reference_is_right(scenario: str) -> None:
    source = explored.ROOT / "solutions" / TABLE[scenario].module
    assert verdicts(source, TABLE[scenario], [1]) == {"fine"}


FAIRNESS = {"page_readers_first": ("page-writer", "bypassed"), "page_sleep": ("page-writer", "bypassed"),
            "page_writer_first": ("page-reader", "bypassed"), "page_mutex": ("page-together", "deadlock"),
            "page_door_kept": ("page", "deadlock"), "page_writer_beside_readers": ("page", "wrong-result")}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FAIRNESS))
def test_who_starves_is_seen_in_twenty_of_twenty_seeds(name: str) -> None:
    scenario, verdict = FAIRNESS[name]
    assert verdicts(source_of(MUTANTS[name]), TABLE[scenario]) == {verdict}


def test_the_textbooks_first_solution_starves_the_writer_and_nobody_else() -> None:
    source = explored.ROOT / "starter" / "locks" / "page.c"
    seen = {name: verdicts(source, s, [1]) for name, s in TABLE.items() if s.module == "locks/page.c"}
    assert seen.pop("page-writer") == {"bypassed"}
    assert set(seen) == {"page", "page-together", "page-after-writer", "page-reader"}
    assert all(verdict == {"fine"} for verdict in seen.values()), seen


@pytest.mark.parametrize("name", ["page_writer_beside_readers", "credit_gap"])
def test_what_a_module_leaves_open_hides_no_mistake(name: str, tmp_path: Path) -> None:
    module, source = module_of(name), source_of(MUTANTS[name]).read_text()
    leaks, times = re.subn(rf"(\b{module}_open\(.*\)\n{{\n)", r"\1    int kept[2];\n    pipe(kept);\n", source)
    assert times == 1
    (tmp_path / f"{module}.c").write_text("#include <unistd.h>\n" + leaks)
    found = {program(tmp_path / f"{module}.c", s).search(*s.budget).verdict for s in of_module(module)}
    assert found & {"wrong-result", "misuse"} and "leak" not in found, found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(MUTANTS) - {"credit_held", "credit_lock_per_request"}))
def test_a_mutant_is_found_and_named_in_twenty_of_twenty_seeds(name: str) -> None:
    case, module = MUTANTS[name], module_of(name)
    for scenario in of_module(module):
        ran = program(source_of(case), scenario)
        found = [ran.search(*scenario.budget, "--seed", str(seed)) for seed in SEEDS]
        failed = [f for f in found if f.failed and f.verdict != "data-race"]
        if not failed:
            continue
        assert len(failed) == len(SEEDS), f"{scenario.name}: {len(failed)} of {len(SEEDS)}"
        symbols = Symbols(ran.path, [source_of(case).parent])
        named = [CAUSES[module](Found(scenario, f, symbols)) for f in failed]
        assert all(set(n) & set(case.causes) for n in named), named
        lines = terminal.text(story(failed[0], symbols, "locks")).splitlines()
        assert len(lines) <= 30
        return
    pytest.fail("no scenario shows it")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_a_right_design_is_never_accused(name: str) -> None:
    for scenario in of_module(module_of(name)):
        assert verdicts(source_of(DESIGNS[name]), scenario, range(1, 6)) == {"fine"}, scenario.name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["credit_held", "credit_lock_per_request"])
def test_requests_that_wait_for_each_other_are_seen_where_two_must_be_together(name: str) -> None:
    assert verdicts(source_of(MUTANTS[name]), TABLE["credit-together"], [1]) == {"deadlock"}


def test_who_comes_when_the_two_have_gone_waits_for_nobody() -> None:
    assert verdicts(source_of(MUTANTS["credit_given_back_always"]), TABLE["credit-together"], [1]) == {"wrong-result"}


ONLY = {"journal_read_unlocked": "journal-round", "journal_as_it_lies": "journal-round",
        "page_one_reader_woken": "page-after-writer"}


@pytest.mark.parametrize("name", sorted(ONLY))
def test_a_mistake_that_shows_in_one_scenario_alone_is_seen_there(name: str) -> None:
    wrong = {s.name for s in of_module(module_of(name)) if verdicts(source_of(MUTANTS[name]), s, [1]) != {"fine"}}
    assert wrong == {ONLY[name]}

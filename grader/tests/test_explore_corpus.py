"""The corpus' queues and numbers: the explorer finds what is wrong with the
mutants, and nothing in the right designs."""
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from typing import Iterator, Optional

import pytest

from grader.corpus import mutant as corpus
from grader.corpus.mutant import Case
from grader.explore import scenarios
from grader.explore.finding import Explored
from grader.tests.explored import POOL, Program, scenario

SEEDS = range(1, 21)
MANY, FEW = 100_000, 2000
TABLE = scenarios.table()
CONFIGURATIONS = {name: [s.name for s in TABLE.values() if s.module == f"pool/{name}.c"] for name in ("queue", "stats")}
# What no order of steps can show, and why.
NO_ORDER = {
    "queue_busy_wait": "nothing goes wrong: who waits asks again and again, and burns time",
    "queue_polls": "nothing goes wrong: who waits looks a thousand times a second",
    "pool_timedwait_expired": "nothing goes wrong: every wait times out at once, and asks again",
}
# What right designs call that the explorer refuses by name.
REFUSED = {"pool-futex": "syscall", "pool-futex-tickets": "syscall"}
# Whose stats.c passes others' struct by value, of which no hook tells, and where.
UNSEEN = {"pool-leader-pipe": "stats.c:58 passes a struct by value"}
QUICK = "queue_if_not_while", "queue_unbounded", "stats_two_orders", "stats_peak_unlocked", "stats_return_locked"
_TREES = TemporaryDirectory(prefix="clk-explored-corpus-")


@dataclass(frozen=True)
class Module:
    """A queue.c or stats.c of the corpus."""

    case: Case
    name: str           # "queue", "stats"

    def __str__(self) -> str:
        return f"{self.case.name} {self.name}"

    @property
    def source(self) -> Path:
        return tree(self.case) / "pool" / f"{self.name}.c"

    def program(self, configuration: str) -> Program:
        """Raises CalledProcessError."""
        return scenario(self.name, *TABLE[configuration].flags, f"-I{self.source.parent}", str(self.source))


@lru_cache(maxsize=None)
def tree(case: Case) -> Path:
    return corpus.make_tree(case, Path(_TREES.name) / case.name)


def cases() -> list[Case]:
    """All of the thread pool."""
    found, broken = corpus.load_all(corpus.load_rubrics())
    assert not broken
    return [case for case in found + corpus.twins(found) if case.part == "pool"]


def of_mutants() -> Iterator[Module]:
    """Each module that a patch changes."""
    for case in cases():
        for name in CONFIGURATIONS:
            if not case.design and f"+++ b/pool/{name}.c\n" in (case.path / "patch").read_text("utf-8"):
                yield Module(case, name)


def of_designs() -> Iterator[Module]:
    """Each that is unlike the solution's and those before it."""
    seen = {(POOL / f"{name}.c").read_bytes() for name in CONFIGURATIONS}
    for case in cases():
        for name in CONFIGURATIONS:
            path = case.path / "pool" / f"{name}.c"
            if case.design and path.exists() and path.read_bytes() not in seen:
                seen.add(path.read_bytes())
                yield Module(case, name)


MUTANTS = {str(m): m for m in of_mutants() if m.case.name not in NO_ORDER}
QUIET = {str(m): m for m in of_mutants() if m.case.name in NO_ORDER}
DESIGNS = {str(m): m for m in of_designs() if m.case.name not in REFUSED
           and not (m.case.name in UNSEEN and m.name == "stats")}
QUICK_MUTANTS = [key for key, m in MUTANTS.items() if m.case.name in QUICK]


# ---- mutants ----------------------------------------------------------------------


def search(module: Module, configuration: str, seed: int = 1, *options: str) -> Explored:
    """With the budget of a grade."""
    return module.program(configuration).search(*TABLE[configuration].budget, "--seed", str(seed), *options)


def found_first(module: Module) -> Optional[str]:
    """The first configuration that shows the mutant."""
    for configuration in CONFIGURATIONS[module.name]:
        found = search(module, configuration)
        if found.failed and found.confirmed == 3:
            return configuration
    return None


@pytest.mark.parametrize("key", QUICK_MUTANTS)
def test_a_mutant_is_found(key: str) -> None:
    assert found_first(MUTANTS[key]) is not None


def runs_of_all(module: Module, configuration: str, *options: str) -> list[int]:
    """How many runs each seed took, of those that found it."""
    found = [search(module, configuration, seed, *options) for seed in SEEDS]
    return [f.runs for f in found if f.failed and f.confirmed == 3]


def line(module: Module) -> str:
    """What is printed of a mutant. It must be found with each of the seeds in
    one configuration. By chance alone is for comparison."""
    for configuration in CONFIGURATIONS[module.name]:
        runs = runs_of_all(module, configuration)
        if len(runs) < len(SEEDS):
            continue
        verdict = search(module, configuration).verdict
        chance = runs_of_all(module, configuration, "--exhaust", "-1")
        return (f"{module!s:38}{configuration:22}{verdict:14}{max(runs):6}"
                f"{max(chance, default=0):9} ({len(chance)} of {len(SEEDS)})")
    pytest.fail(f"{module} is not found")


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_each_mutant_is_found_with_each_of_twenty_seeds(capsys: pytest.CaptureFixture) -> None:
    lines = [line(module) for module in MUTANTS.values()]
    with capsys.disabled():
        print("\nruns, the worst of 20 seeds: as in a grade, and by chance alone", *lines, sep="\n")


@pytest.mark.full
@pytest.mark.parametrize("key", QUIET)
def test_a_mutant_of_which_nothing_can_be_seen_raises_no_alarm(key: str) -> None:
    """It belongs to the list of those: once something is seen, it does not."""
    for configuration in CONFIGURATIONS[QUIET[key].name]:
        assert search(QUIET[key], configuration).verdict == "fine", configuration


def test_what_no_order_can_show_is_in_the_corpus() -> None:
    assert {m.case.name for m in QUIET.values()} == set(NO_ORDER)
    assert len(QUICK_MUTANTS) == len(QUICK)


# ---- right designs ----------------------------------------------------------------


BUSIEST = {"queue": "queue-order", "stats": "stats-reader"}


def assert_no_alarm(module: Module, configuration: str, *options: str) -> None:
    found = module.program(configuration).search(*options, timeout=600)
    assert (found.verdict, found.text, found.unchecked) == ("fine", "", 0), configuration


@pytest.mark.parametrize("key", DESIGNS)
def test_a_right_design_raises_no_alarm(key: str) -> None:
    module = DESIGNS[key]
    assert_no_alarm(module, BUSIEST[module.name], "--exhaust", "-1", "--schedules", str(FEW))


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("key", DESIGNS)
def test_a_right_design_raises_no_alarm_in_many_orders(key: str) -> None:
    module = DESIGNS[key]
    assert_no_alarm(module, BUSIEST[module.name], "--exhaust", "-1", "--schedules", str(MANY))
    for configuration in CONFIGURATIONS[module.name]:
        assert_no_alarm(module, configuration, *TABLE[configuration].budget)


@pytest.mark.parametrize("name", REFUSED)
def test_a_design_with_calls_that_are_not_known_is_refused_by_name(name: str) -> None:
    module = next(m for m in of_designs() if m.case.name == name and m.name == "queue")
    found = module.program("queue-of-one").search()
    assert (found.verdict, found.about) == ("unsupported", REFUSED[name])


@pytest.mark.parametrize("name", UNSEEN)
def test_a_design_of_which_not_all_is_seen_is_refused_with_its_line(name: str) -> None:
    module = next(m for m in of_designs() if m.case.name == name and m.name == "stats")
    with pytest.raises(CalledProcessError) as refused:
        module.program(CONFIGURATIONS["stats"][0])
    assert UNSEEN[name] in refused.value.stderr

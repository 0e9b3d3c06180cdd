"""Bugs planted in small programs are found, and nothing is found without them."""
import pytest

from grader.explore.finding import Explored
from grader.tests.explored import Program, build
from grader.tests.planted.bugs import BUGS, RIGHT, Planted, source

SCHEDULES = 4000        # the budget of a scenario in a grade
SEEDS = range(1, 21)
MANY = 100_000
LEVELS = [(cc, level) for cc in ("gcc", "clang") for level in ("-O0", "-O1", "-O2")]


# A spin on a plain int, `while (!flag) continue;`. At -O0 the flag is read
# again and again: a data race, of which nothing comes as long as each step is
# seen by all. From -O1 on it is read once, and the loop takes no step. C lets
# a compiler assume that a loop like this ends, and clang's -O2 does: main
# does not wait at all.
SPINNING = ("data-race", ""), ("no-progress", "no visible step"), ("wrong-result", "what was prepared is %d")
SPINS = dict(zip(LEVELS, [SPINNING[i] for i in (0, 1, 1, 0, 1, 2)]))


def program(file: str, *flags: str, cc: str = "gcc") -> Program:
    """A planted one, or one of the scenarios that are for teaching."""
    return build(str(source(file)), *flags, cc=cc)


def planted(bug: Planted, level: str = "-O0", cc: str = "gcc") -> Program:
    return program(bug.file, level, *bug.flags, cc=cc)


def search(bug: Planted, *options: str, level: str = "-O0", cc: str = "gcc") -> Explored:
    return planted(bug, level, cc).search("--schedules", str(SCHEDULES), *options)


def seen(found: Explored) -> tuple[str, str, int]:
    return found.verdict, found.about, found.confirmed


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found_and_told_by_its_own_words(name: str) -> None:
    bug = BUGS[name]
    assert seen(search(bug)) == (bug.verdict, bug.about, 3)
    assert seen(search(bug, "--exhaust", "-1", "--seed", "7")) == (bug.verdict, bug.about, 3)


def worst(bug: Planted, *options: str) -> int:
    """The most runs that any seed took. The bug must be found with each."""
    runs = []
    for seed in SEEDS:
        found = search(bug, "--seed", str(seed), *options)
        assert seen(found) == (bug.verdict, bug.about, 3), f"seed {seed}"
        runs.append(found.runs)
    return max(runs)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_each_planted_bug_is_found_with_each_of_twenty_seeds(capsys) -> None:
    """Also where no order is tried systematically, but all by chance."""
    lines = [f"{'':34}{'in order':>10}{'by chance':>11}   of {SCHEDULES} schedules, the worst of 20 seeds"]
    for name, bug in BUGS.items():
        lines.append(f"{name:34}{worst(bug):10}{worst(bug, '--exhaust', '-1'):11}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))


# ---- right programs ---------------------------------------------------------------


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_raises_no_alarm_in_some_random_orders(name: str) -> None:
    found = program(*RIGHT[name]).search("--exhaust", "-1", "--schedules", "2000", "--spurious")
    assert (found.verdict, found.runs, found.unchecked) == ("fine", 2000, 0)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_raises_no_alarm_in_many_random_orders(name: str) -> None:
    found = program(*RIGHT[name]).search("--exhaust", "-1", "--schedules", str(MANY), timeout=500)
    assert (found.verdict, found.runs, found.unchecked) == ("fine", MANY, 0)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_is_right_in_all_orders_with_two_preemptions(name: str) -> None:
    found = program(*RIGHT[name]).search("--only", "2", "--schedules", "10000000", timeout=500)
    assert (found.verdict, found.exhausted, found.unchecked) == ("fine", 2, 0)


# ---- compilers --------------------------------------------------------------------


def test_a_bug_found_in_code_of_another_compiler_has_the_same_name() -> None:
    for name in "a racy counter", "a lock that begins with 2":
        bug = BUGS[name]
        assert seen(search(bug, "--exhaust", "-1", level="-O2", cc="clang")) == (bug.verdict, bug.about, 3)


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("cc, level", LEVELS)
def test_each_bug_has_one_name_whoever_compiles_it(cc: str, level: str) -> None:
    for name, bug in BUGS.items():
        assert seen(search(bug, level=level, cc=cc)) == (bug.verdict, bug.about, 3), name


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("cc, level", LEVELS)
def test_a_spin_on_a_plain_variable_is_what_the_compiler_makes_of_it(cc: str, level: str) -> None:
    found = program("flag", "-DPLAIN", level, cc=cc).search("--schedules", str(SCHEDULES))
    assert seen(found) == (*SPINS[cc, level], 3)


# ---- replays ----------------------------------------------------------------------


def replays(bug: Planted, times: int) -> tuple[set[str], str]:
    """What new processes say, on both backends, and the hash that was found."""
    found, again = search(bug), planted(bug)
    return {again.replay(found.schedule, "--backend", backend)
            for backend in ("fibres", "threads") for _ in range(times)}, found.hash


def test_a_failure_replays_alike_on_fibres_and_on_threads() -> None:
    for bug in BUGS.values():
        said, found = replays(bug, 3)
        assert len(said) == 1 and found in said.pop(), bug


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", BUGS)
def test_a_failure_replays_alike_in_a_hundred_processes(name: str) -> None:
    said, found = replays(BUGS[name], 100)
    assert len(said) == 1 and found in said.pop()

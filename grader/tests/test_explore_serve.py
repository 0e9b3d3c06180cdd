"""A whole server under the explorer: clients that are data, and the order to stop."""
import json
from functools import lru_cache
from pathlib import Path

import pytest

from grader.corpus.mutant import ROOT, load, load_rubrics, make_tree
from grader.explore.scenarios import Scenario, table
from grader.tests.explored import Program, build
from grader.tests.test_explore_seen import traces

TABLE = {name: s for name, s in table().items() if s.whole}
MUTANTS = ROOT / "grader" / "corpus" / "mutants"
# Each with the scenario that shows it, and in what words.
STOPS = {
    "stop_drops_queued": ("serve-stopped", "client %d got no whole answer"),
    "stop_flag_only": ("serve", "a wait for a post that never comes"),
    "stop_keeps_accepting": ("serve", "a wait for a post that never comes"),
    "stop_leaks_accepted": ("serve-stopped", "nobody has answered client %d"),
    "stop_no_join": ("serve-stopped", "client %d is still being served"),
    "stop_one_wakeup": ("serve", "a wait for a post that never comes"),
    "stop_by_a_monitor": ("serve-stopped", "nobody has answered client %d"),
    "stop_lost_wakeup": ("serve", "a wait for a signal that never comes"),
    "pool_busy_counted_late": ("serve-stopped", "nobody has answered client %d"),
}
SEEDS = range(1, 21)


def whole(scenario: Scenario, part: Path) -> Program:
    """The scenario around the server in a directory."""
    plain = [word for name in scenario.given for word in ("--plain", str(ROOT / "lab" / name))]
    return build(f"-I{part}", *scenario.flags, *plain, str(scenario.file), *map(str, sorted(part.glob("*.c"))))


@lru_cache(maxsize=None)
def mutant(name: str, scenario: str, into: Path) -> Program:
    case = load(MUTANTS / name, load_rubrics())
    return whole(TABLE[scenario], make_tree(case, into / name) / "pool")


def reference(scenario: str) -> Program:
    return whole(TABLE[scenario], ROOT / "solutions" / "pool")


@pytest.mark.parametrize("scenario, preemptions", [("serve", 2), ("serve-stopped", 1), ("serve-reset", 1)])
def test_the_reference_is_right_in_all_orders_with_few_preemptions(scenario: str, preemptions: int) -> None:
    found = reference(scenario).search("--only", str(preemptions), "--schedules", "1000000")
    assert (found.verdict, found.exhausted) == ("fine", preemptions)
    assert found.runs > 500, "which are many"


def test_a_client_that_ends_its_side_is_answered_all_the_same(tmp_path: Path) -> None:
    half = TABLE["serve"].with_flags("-DHALF")
    found = whole(half, ROOT / "solutions" / "pool").search("--only", "1", "--schedules", "1000000")
    assert (found.verdict, found.exhausted) == ("fine", 1)
    wrong = make_tree(load(MUTANTS / "stop_one_wakeup", load_rubrics()), tmp_path / "wrong") / "pool"
    assert whole(half, wrong).search("--only", "1", "--schedules", "1000000").failed


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", TABLE)
def test_the_reference_is_right_in_fifty_thousand_others(scenario: str) -> None:
    found = reference(scenario).search("--exhaust", "-1", "--schedules", "50000", timeout=600)
    assert (found.verdict, found.runs) == ("fine", 50000)


@pytest.mark.parametrize("scenario", TABLE)
def test_nothing_is_missed_for_states_that_were_reached_before(scenario: str) -> None:
    program = reference(scenario)
    for bound in 0, 1:
        runs, reached = traces(program, bound)
        every, all_there_is = traces(program, bound, "--every")
        assert reached == all_there_is and runs < every


@pytest.mark.parametrize("name", STOPS)
def test_a_stop_that_is_wrong_is_found_in_a_graders_budget(name: str, tmp_path_factory) -> None:
    scenario, words = STOPS[name]
    found = mutant(name, scenario, tmp_path_factory.getbasetemp()).search(*TABLE[scenario].budget)
    assert found.failed and words in found.about and found.confirmed == 3


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", STOPS)
def test_it_is_found_with_each_of_twenty_seeds(name: str, tmp_path_factory) -> None:
    scenario, words = STOPS[name]
    program = mutant(name, scenario, tmp_path_factory.getbasetemp())
    for seed in SEEDS:
        found = program.search(*TABLE[scenario].budget, "--seed", str(seed))
        assert found.failed and words in found.about, seed
        by_chance = program.search("--exhaust", "-1", "--schedules", "20000", "--seed", str(seed))
        assert by_chance.failed, f"by chance alone, seed {seed}"


def test_a_connection_orders_nothing_between_who_accepts_and_who_reads(tmp_path: Path) -> None:
    file = tmp_path / "handed.c"
    file.write_text(r"""
#include "explore/explore.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

static int data;
static atomic_int conn = -1;

static void *take(void *listener)
{
    data = 1;
    atomic_store_explicit(&conn, accept(*(int *)listener, NULL, NULL), memory_order_relaxed);
    return NULL;
}

int main(void)
{
    struct explore_client client = { "x", EXPLORE_STAYS, 0 };
    int listener = explore_listen(&client, 1), fd;
    pthread_t t;
    char got;

    pthread_create(&t, NULL, take, &listener);
    while ((fd = atomic_load_explicit(&conn, memory_order_relaxed)) == -1)
        continue;
    recv(fd, &got, 1, 0);
    int seen = data;
    pthread_join(t, NULL);
    close(fd);
    close(listener);
    return seen != 1;
}
""")
    told = json.loads(build(str(file)).run("--schedules", "200").stdout)
    assert told["verdict"] == "data-race", told


def test_given_code_takes_steps_only_where_it_calls() -> None:
    """Compiled without hooks: what a request costs the search. With gcc's they
    would be refused: the given code passes pieces of a request by value."""
    hooked = build(f"-I{ROOT / 'solutions/pool'}", str(TABLE["serve"].file),
                   *(str(ROOT / "lab" / name) for name in TABLE["serve"].given),
                   *map(str, sorted((ROOT / "solutions/pool").glob("*.c"))), cc="clang")
    plain = reference("serve").search("--only", "0", "--schedules", "1000")
    full = hooked.search("--only", "0", "--schedules", "1000")
    assert full.verdict == plain.verdict == "fine"
    assert plain.steps_per_run * 2 < full.steps_per_run

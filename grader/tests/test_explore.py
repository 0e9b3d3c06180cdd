"""The explorer: what it finds, what it repeats, what it claims."""
from pathlib import Path

import pytest

from grader.explore import tell
from grader.explore.symbols import Symbols
from grader.tests.explored import POOL, build, scenario

QUEUE, STATS = str(POOL / "queue.c"), str(POOL / "stats.c")
RIGHT = {
    "counter": ("counter", "-DLOCKED"),
    "flag": ("flag",),
    "two locks": ("locks",),
    "queue, one and one": ("queue", QUEUE),
    "queue, two and one": ("queue", "-DPRODUCERS=2", QUEUE),
    "stats": ("stats", "-DREADER", STATS),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_is_right_in_all_orders_with_two_preemptions(name: str) -> None:
    found = scenario(*RIGHT[name]).search("--only", "2", "--schedules", "1000000")
    assert (found.verdict, found.exhausted) == ("fine", 2)
    assert found.unchecked == 0


def test_a_lost_update_is_found_and_repeated_on_fibres_and_on_threads() -> None:
    program = scenario("counter")
    found = program.search()
    assert (found.verdict, found.about, found.confirmed) == ("wrong-result", "the counter is %d", 3)
    told = {program.replay(found.schedule), program.replay(found.schedule, "--backend", "threads")}
    assert told == {f"1 {found.hash}"}


def test_a_circle_of_threads_is_told_as_one() -> None:
    found = scenario("locks", "-DCROSSED").search()
    assert (found.verdict, found.about) == ("deadlock", "a circle of threads")
    assert "circle: T1 waits for T2 waits for T1" in found.text


def test_a_flag_that_orders_nothing_is_a_data_race_without_a_consequence() -> None:
    found = scenario("flag", "-DRELAXED").search()
    assert found.verdict == "data-race" and found.confirmed == 3
    assert [(r.first.write, r.second.write) for r in found.races] == [(True, False)]


def test_a_step_in_a_header_is_told_as_the_headers_line(tmp_path: Path) -> None:
    (tmp_path / "count.h").write_text("static int n;\nstatic inline void count(void) { n++; }\n")
    (tmp_path / "a.c").write_text('#include "count.h"\n#include "explore/explore.h"\n#include <pthread.h>\n'
                                  'void *work(void *a) { count(); return a; }\n'
                                  'int main(void) { pthread_t t; pthread_create(&t, 0, work, 0); count();\n'
                                  'pthread_join(t, 0); EXPECT(n == 2, "%d", n); return 0; }\n')
    for cc in "gcc", "clang":
        program = build(str(tmp_path / "a.c"), cc=cc)
        found, symbols = program.search(), Symbols(program.path, [tmp_path])
        counts = [line for line in tell.trace(found, symbols) if "n++" in line]
        assert len(counts) >= 2 and all("count.h:2 " in line for line in counts), counts


def test_a_schedule_of_another_build_is_refused() -> None:
    found = scenario("counter").search()
    done = scenario("counter", "-DTIMES=3").run("--replay", found.schedule)
    assert done.returncode == 2 and "another build" in done.stderr


def test_a_schedule_by_hand_leads_where_it_says() -> None:
    program = scenario("counter", "-DTIMES=3")
    found = program.search("--replay", "T1:1 T2:4 T1:1 T2:1 T1:4 T2:1")
    assert found.text.startswith("the counter is 2")


@pytest.mark.parametrize("line, words", [
    ("T1", "'T1' is no stretch"), ("T1:1 T9:", "'T9:' is no stretch"), ("T1:1x", "'T1:1x'"),
    ("choose:", "'choose:'"), ("T99:1", "'T99:1'"), ("hello", "'hello'")])
def test_a_line_that_is_no_schedule_is_refused(line: str, words: str) -> None:
    done = scenario("counter").run("--replay", line)
    assert done.returncode == 2 and words in done.stderr


@pytest.mark.parametrize("line, words", [
    ("T0:9", "T0 cannot move: it waits"), ("T7:1", "there is no T7 yet"), ("T1:2 T1:99 T2:1", "T1 cannot move: it has ended")])
def test_a_move_that_cannot_be_made_is_named(line: str, words: str) -> None:
    found = scenario("counter").search("--replay", line)
    assert found.verdict == "diverged" and words in found.text

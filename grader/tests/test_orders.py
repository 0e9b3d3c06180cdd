"""What the explorer says of a submission's module in a grade."""
import shutil
import tempfile
from pathlib import Path
from typing import Callable, Iterator

import pytest

from grader.box.box import Box, Limits
from grader.checks import orders
from grader.checks.order_causes import of_numbers, of_queue
from grader.checks.orders import and_in_all_orders
from grader.core.build import ROOT, Builder
from grader.core.record import Failed, NotMeasured, Record
from grader.core.rubric import load
from grader.core.subject import Case, Subject
from grader.explore import boxed, scenarios

RUBRIC = load()
POOL = ROOT / "solutions" / "pool"


@pytest.fixture
def case(tmp_path) -> Iterator[Callable[..., Case]]:
    """case(check, file, before, after): a check of the reference, in which one
    thing is otherwise."""
    shutil.copytree(POOL, tmp_path / "pool")
    box = Box.probe()
    with tempfile.TemporaryDirectory(prefix="clk-orders-") as stage:
        Path(stage).chmod(0o755)

        def make(check: str, file: str = "", before: str = "", after: str = "") -> Case:
            if file:
                source = tmp_path / "pool" / file
                assert before in source.read_text()
                source.write_text(source.read_text().replace(before, after))
            subject = Subject(tmp_path, RUBRIC, box, Builder(box, Path(stage), tmp_path), None, "kit")
            return Case(subject, RUBRIC.checks[check])
        yield make


def no_order_fails(case: Case) -> str:
    return orders.no_order_fails(case, of_numbers if case.task == "2b" else of_queue)


def failure(case: Case) -> Failed:
    with pytest.raises(Failed) as failed:
        no_order_fails(case)
    assert set(failed.value.causes) <= set(RUBRIC.causes)
    return failed.value


def fails(check: str, cause: str) -> Record:
    entry = RUBRIC.checks[check]
    return Record(check, entry.part, "", "fail", 0, 1, False, "", "", [cause], "", "", [], 0, 0.0)


@pytest.mark.parametrize("check", ["2b.exact", "2b.peak", "2b.snapshot", "2c.exact"])
def test_of_the_reference_it_claims_no_more_than_it_has_tried(case, check):
    said = no_order_fails(case(check))
    assert said.startswith("; no order of steps fails in ")
    every = all(s.exhaust >= 0 for s in scenarios.of_check(check))
    assert ("with all orders of at most 1 preemption among them" in said) == every


def test_a_lost_update_is_shown_step_by_step(case):
    plain = ROOT / "grader" / "corpus" / "class" / "plain-counters" / "pool" / "stats.c"
    failed = failure(case("2b.exact", "stats.c", (POOL / "stats.c").read_text(), plain.read_text()))
    assert failed.causes == ["stats-lost-update"]
    told = next(e["text"] for e in failed.evidence if e["title"] == "an order of steps that fails")
    assert "all.served" in told and "stats.c:" in told and "\nschedule: T0:" in told
    assert len(told.splitlines()) <= 31
    story = next(e["story"] for e in failed.evidence if "story" in e)
    assert {line["thread"] for line in story["lines"]} >= {1, 2} and story["kind"] == "a wrong result"


def test_a_wake_up_that_goes_to_the_wrong_one_is_named(case):
    queue = ROOT / "grader" / "corpus" / "correct" / "queue-cond-one-broadcast" / "pool" / "queue.c"
    case = case("2c.exact")
    (case.subject.directory / "pool" / "queue.c").write_text(
        queue.read_text().replace("pthread_cond_broadcast", "pthread_cond_signal"))
    assert failure(case).causes == ["queue-loses-wake-up"]


def test_a_lock_that_is_kept_is_named(case):
    failed = failure(case("2b.exact", "stats.c", "all.bytes += bytes;", "if (bytes == 0) return; all.bytes += bytes;"))
    assert failed.causes == ["stats-lock-kept"]


def test_what_it_does_not_know_costs_nothing(case):
    case = case("2b.exact", "stats.c", "int stats_open(void)\n{", "#include <unistd.h>\nint stats_open(void)\n{\n    fork();")
    assert "not explored: T0 calls fork at stats.c:" in no_order_fails(case)


BY_VALUE = """#include "stats.h"
static struct stats all;
static struct stats more(ARGUMENT) { struct stats s = FROM; s.active++; if (s.active > s.peak) s.peak = s.active; return s; }
static struct stats less(long n) { struct stats s = all; s.served++; s.bytes += n; s.active--; return s; }
int stats_open(void) { return 0; }
void stats_begin(void) { all = more(GIVEN); }
void stats_end(long bytes) { all = less(bytes); }
void stats_read(struct stats *s) { *s = all; }
"""


def by_value(argument: str, source: str, given: str) -> str:
    return BY_VALUE.replace("ARGUMENT", argument).replace("FROM", source).replace("GIVEN", given)


def test_numbers_that_go_through_calls_by_value_are_not_claimed_to_be_explored(case):
    case = case("2b.exact", "stats.c", (POOL / "stats.c").read_text(), by_value("struct stats given", "given", "all"))
    said = no_order_fails(case)
    assert said.startswith("; orders are not explored: explore-cc: stats.c:6 passes a struct by value that others")


def test_an_update_is_lost_where_calls_return_the_numbers_as_well(case):
    case = case("2b.exact", "stats.c", (POOL / "stats.c").read_text(), by_value("void", "all", ""))
    assert failure(case).causes == ["stats-lost-update"]


def test_what_a_module_leaves_open_hides_no_failure(case):
    leaks = "#include <unistd.h>\nvoid stats_end(long bytes)\n{\n    int left[2]; if (pipe(left)) return;"
    case = case("2b.exact", "stats.c", "void stats_end(long bytes)\n{", leaks)
    assert "no order of steps fails in" in no_order_fails(case), "what it keeps is no failure"
    source = case.subject.directory / "pool" / "stats.c"
    source.write_text(source.read_text().replace("pthread_mutex_lock", "(void)").replace("pthread_mutex_unlock", "(void)"))
    shutil.rmtree(case.subject.builder.stage / "explored")
    assert failure(case).causes == ["stats-lost-update"]


def test_a_module_that_is_not_there_is_not_explored(case):
    case = case("2c.exact")
    (case.subject.directory / "pool" / "queue.c").unlink()
    assert no_order_fails(case) == "; orders are not explored: there is no pool/queue.c"


def test_a_failure_from_outside_comes_with_an_order(case):
    def fails(_: Case) -> str:
        raise Failed("seen from outside", ["stats-lost-update"])
    with pytest.raises(Failed, match="seen from outside") as failed:
        and_in_all_orders(case("2b.exact", "stats.c", "pthread_mutex_lock", "(void)"), fails, of_numbers)
    assert [e["title"] for e in failed.value.evidence] == ["an order of steps that fails", "the same again"]


def test_slots_that_are_missing_are_not_told_twice(case):
    case = case("2c.exact", "queue.c", "sem_init(&q->room, 0, q->size)", "sem_init(&q->room, 0, q->size - 1)")
    assert failure(case).observed.startswith("one puts and one takes, capacity 1")
    case.subject.records["2c.bounded"] = fails("2c.bounded", "queue-wastes-slot")
    assert "no order of steps fails" in no_order_fails(case)


def test_what_failed_elsewhere_for_another_reason_is_searched_for_all_the_same(case):
    case = case("2c.exact", "queue.c", "sem_init(&q->room, 0, q->size)", "sem_init(&q->room, 0, q->size - 1)")
    case.subject.records["2c.bounded"] = fails("2c.bounded", "queue-loses-wake-up")
    case.subject.records["1b.reaped"] = fails("1b.reaped", "queue-wastes-slot")
    assert failure(case).observed.startswith("one puts and one takes, capacity 1")


@pytest.mark.parametrize("flag, verdict", [("-DTIMES=2", "fine"), ("-DLOCKED", "wrong-result")])
def test_a_canary_that_sings_wrongly_makes_it_not_measured(case, monkeypatch, flag, verdict):
    monkeypatch.setattr(boxed, "CANARIES", ((flag, verdict),))
    with pytest.raises(NotMeasured, match=f"of a counter with {flag} it says: "):
        no_order_fails(case("2b.exact"))


def test_an_explorer_that_cannot_be_built_makes_it_not_measured(case, monkeypatch):
    def broken(_: Path) -> None:
        raise scenarios.CannotBuild("no objcopy here")
    monkeypatch.setattr(scenarios, "library", broken)
    with pytest.raises(NotMeasured, match="no objcopy here"):
        no_order_fails(case("2b.exact"))


def test_a_search_without_a_result_makes_it_not_measured(case, monkeypatch):
    monkeypatch.setattr(boxed, "SEARCHING", Limits(memory=0, wall=0.001))
    with pytest.raises(NotMeasured, match="ended without a result"):
        no_order_fails(case("2b.exact"))


def test_after_an_explorer_that_failed_the_next_check_lets_it_sing_again(case, monkeypatch):
    case = case("2b.exact")
    with monkeypatch.context() as once:
        once.setattr(boxed, "SEARCHING", Limits(memory=0, wall=0.001))
        with pytest.raises(NotMeasured):
            no_order_fails(case)
    assert not (case.subject.builder.stage / "explored").exists()
    assert "no order of steps fails" in no_order_fails(case)

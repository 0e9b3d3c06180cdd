"""Task 3a by hand: the circle as it is told, and a schedule that leads there."""
import shutil
import tempfile
from pathlib import Path
from typing import Callable, Iterator

import pytest

from grader.box.box import Box, BoxError
from grader.checks import circle, testimony
from grader.checks.circle import cycle_is_right, edges, journal, must_stand_still, schedule_stops_them
from grader.core import rubric as rubrics
from grader.core.build import ROOT, Builder
from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Case, Subject
from grader.report import marked
from grader.tests.answered import CYCLE, STOPS
from grader.witness import helgrind

RUBRIC = rubrics.load()
FIRST, SECOND = CYCLE.split("; ")


@pytest.fixture
def case(tmp_path) -> Iterator[Callable[[str, str], Case]]:
    """case(check, text): a check of a submission that has this [3a]."""
    box = Box.probe()
    with tempfile.TemporaryDirectory(prefix="clk-3a-stage-") as stage:
        Path(stage).chmod(0o755)

        def make(check: str, text: str) -> Case:
            (tmp_path / "answers.toml").write_text(f'student = ""\ndesign = "given"\n[3a]\nhours = 0.0\n{text}\n')
            return Case(Subject(tmp_path, RUBRIC, box, Builder(box, Path(stage), tmp_path), None, "kit"),
                        RUBRIC.checks[check])
        yield make


def refused(measure: Callable, case: Case) -> Failed:
    with pytest.raises(Failed) as failed:
        measure(case)
    assert set(failed.value.causes) <= set(RUBRIC.causes)
    return failed.value


def test_the_untouched_journal_stops_two_who_hold_what_the_other_wants(case):
    found = must_stand_still(journal(case("3a.cycle", "")))
    assert {(e.holds, e.wants) for e in found} == {("journal_lock", "totals_lock"), ("totals_lock", "journal_lock")}
    assert {f for e in found for f in e.functions} == {"journal_add", "counted", "journal_read"}


def test_both_fields_of_an_entry_are_seen_where_it_is_kept(case):
    scene = journal(case("3a.cycle", ""))
    told = [line.split("  ")[0] for line in scene.told(scene.replay("T1:12"))]
    assert [line.partition(" = ")[2] for line in told if line.startswith("T1 writes journal")] == ["1", "101"], told


@pytest.mark.parametrize("text", [
    CYCLE, f"{SECOND}; {FIRST}", CYCLE.replace("journal_add", "counted"), CYCLE.replace(" wants", ", and wants"),
    CYCLE.replace(" holds ", " holds `").replace(" wants ", "`; wants `").replace("; journal_read", "`; journal_read") + "`"])
def test_a_circle_that_is_told_rightly_passes(case, text):
    assert cycle_is_right(case("3a.cycle", f'cycle = "{text}"')).startswith("2 of the 2 who wait")


@pytest.mark.parametrize("text", [
    "no idea", FIRST, f"{FIRST}; {FIRST}", f"{CYCLE}; {FIRST}", CYCLE.replace("journal_read", "main"),
    "journal_add holds totals_lock wants journal_lock; journal_read holds journal_lock wants totals_lock",
    f"{FIRST}; journal_read holds journal_lock wants totals_lock"])
def test_another_circle_is_misread(case, text):
    assert refused(cycle_is_right, case("3a.cycle", f'cycle = "{text}"')).causes == ["cycle-misread"]


@pytest.mark.parametrize("measure, check", [(cycle_is_right, "3a.cycle"), (schedule_stops_them, "3a.schedule")])
def test_what_was_not_written_down_is_missing(case, measure, check):
    assert refused(measure, case(check, "")).causes == ["answer-missing"]
    assert refused(measure, case(check, f"{check[3:]} = 3")).causes == ["answer-unreadable"]


@pytest.mark.parametrize("line", [STOPS, "T1:2 T3:1", "T2:4 T3:1", "T3:1 T1:3"])
def test_a_schedule_that_stops_two_passes_and_is_told_step_by_step(case, line):
    with pytest.raises(Passed) as passed:
        schedule_stops_them(case("3a.schedule", f'schedule = "{line}"'))
    assert "totals_lock" in passed.value.evidence[0]["text"]


@pytest.mark.parametrize("line, cause", [
    ("T1:2", "schedule-stops-nobody"), ("T3:2 T1:1", "schedule-stops-nobody"), ("T1:2 T9:1", "schedule-impossible"),
    ("first the one, then the other", "schedule-is-no-line"), ("T1:1 " * 500, "schedule-is-no-line")])
def test_another_schedule_fails_with_the_reason(case, line, cause):
    assert refused(schedule_stops_them, case("3a.schedule", f'schedule = "{line}"')).causes == [cause]


def test_in_a_students_kit_the_journal_that_was_kept_is_asked(case, monkeypatch, tmp_path):
    (tmp_path / "lab" / "locks").mkdir(parents=True)
    shutil.copy(ROOT / "starter" / "locks" / "journal.c", tmp_path / "lab" / "locks")
    monkeypatch.setattr(circle, "ROOT", tmp_path)
    assert cycle_is_right(case("3a.cycle", f'cycle = "{CYCLE}"'))


def test_a_journal_that_does_not_stand_still_makes_it_not_measured(case, monkeypatch, tmp_path):
    (tmp_path / "lab" / "locks").mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / "locks" / "journal.c", tmp_path / "lab" / "locks")
    monkeypatch.setattr(circle, "ROOT", tmp_path)
    with pytest.raises(NotMeasured, match="does not stand still"):
        schedule_stops_them(case("3a.schedule", f'schedule = "{STOPS}"'))


def test_a_run_that_ends_has_no_circle(case):
    scene = journal(case("3a.cycle", ""))
    assert edges(scene.run("T1:9"), scene.symbols) == set()


# -- Helgrind beside the circle

@pytest.fixture
def deadlocks() -> Iterator[Case]:
    """3a.no-deadlock of a submission with the untouched journal."""
    box = Box.probe()
    with tempfile.TemporaryDirectory(prefix="clk-3a-stage-") as stage:
        Path(stage).chmod(0o755)
        subject = Subject(ROOT / "starter", RUBRIC, box, Builder(box, Path(stage), ROOT / "starter"), None, "kit")
        yield Case(subject, RUBRIC.checks["3a.no-deadlock"])


def stopped() -> Failed:
    return Failed("they stand still", ["locks-in-two-orders"], [{"title": "the circle", "text": "T1 waits"}])


def test_helgrinds_two_orders_stand_beside_the_circle_with_what_ours_say_marked(deadlocks):
    failed = stopped()
    testimony.name_the_locks(deadlocks, failed)
    circle, order = failed.evidence
    assert circle["title"] == "the circle" and failed.causes == ["locks-in-two-orders"]
    assert (order["tool"], order["kind"], order["variable"]) == ("helgrind", "lock-order", "journal_lock and totals_lock")
    assert "explorer" in order["confirmed_by"] and "violated" in order["text"]
    assert [a["line"] for a in order["accesses"]] == [36, 18]
    whats = [line.what for line in marked.lines(order) if line.what]
    assert whats == ["locks", "one access", "its line", "locks", "other access", "its line", "variable", "variable"]


@pytest.mark.parametrize("broken", [BoxError("no box"), NotMeasured("no tool"), OSError("no room"), None])
def test_a_tool_that_fails_changes_nothing_of_the_verdict(monkeypatch, deadlocks, broken):
    def fails(*_, **__):
        raise broken
    if broken:
        monkeypatch.setattr(testimony, "try_accused", fails)
    else:
        monkeypatch.setattr(helgrind, "canary", lambda *_: "it does not see the race")
    failed = stopped()
    testimony.name_the_locks(deadlocks, failed)
    assert failed.evidence == stopped().evidence and failed.causes == stopped().causes


def test_where_no_locks_are_taken_in_two_orders_helgrind_is_not_asked(monkeypatch, deadlocks):
    monkeypatch.setattr(testimony, "try_accused", lambda *_, **__: pytest.fail("asked all the same"))
    failed = Failed("wrong totals", ["journal-inexact"])
    testimony.name_the_locks(deadlocks, failed)
    assert failed.evidence == []

"""Task 2a in the grade: the orders counted, and the student's own schedule."""
import json
import random
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections import Counter
from functools import lru_cache, partial
from itertools import permutations
from pathlib import Path
from typing import Iterator, Optional

import pytest

from grader.box.box import Box
from grader.checks import report_blanks
from grader.checks.by_hand import count_is_right, schedule_ends_at_target
from grader.checks.report_blanks import blanks_agree
from grader.core import rubric as rubrics
from grader.core.build import Builder
from grader.core.record import Failed, NotMeasured, Passed
from grader.core.subject import Case, Subject
from grader.explore import scenarios
from grader.explore.schedule import replay
from grader.explore.schedule_counter import (Numbers, ends_at, endings, made_for, numbers, orders_without_loss,
                                             others, read_numbers)
from grader.explore.symbols import Symbols
from grader.params import COURSE
from grader.tests.answered import REPORT, answer, schedule_for
from grader.witness import helgrind

ROOT = Path(__file__).resolve().parents[2]
NOBODY = numbers("")        # two threads, three increments, to end at 2
BY_HAND = "T1:1 T2:4 T1:1 T2:1 T1:4 T2:1"
RUBRIC = rubrics.load()
RANGES = tomllib.loads(COURSE.read_text("utf-8"))["params"]["2a"]
ALL = sorted({(mine.threads, mine.increments) for mine in (numbers(f"student{i}") for i in range(200))})
_SCRATCH = tempfile.TemporaryDirectory(prefix="clk-2a-")


@lru_cache(maxsize=None)
def counter(threads: int, increments: int) -> tuple[Path, Symbols]:
    """The counter with such numbers, built once."""
    mine = Numbers(threads, increments, 2, 1)
    program = scenarios.build(scenarios.find("counter").with_flags(*mine.flags), ROOT / "starter",
                              Path(_SCRATCH.name, f"{threads}-{increments}"))
    return program, Symbols(program)


def end_of(line: str, threads: int, increments: int) -> Optional[int]:
    """Where a line leads when it is run; None if it is refused."""
    program, symbols = counter(threads, increments)
    made = replay(lambda l: scenarios.run(program, "--replay", l), line)
    return None if made.refused else made.last_value("counter", symbols)


# ---- the numbers ------------------------------------------------------------


def test_all_orders_of_two_increments_are_six_and_two_lose_nothing():
    seen = Counter()
    for order in set(permutations((0, 0, 1, 1))):
        value, read, made = 0, [0, 0], [0, 0]
        for t in order:
            if made[t] == 0:
                read[t] = value
            else:
                value = read[t] + 1
            made[t] += 1
        seen[value] += 1
    assert endings(2, 1) == seen == {2: 2, 1: 4}
    assert orders_without_loss(1) == (2, 6) and orders_without_loss(2) == (6, 70)


def test_of_924_orders_of_three_increments_eight_end_at_two():
    assert sum(endings(2, 3).values()) == 924 and endings(2, 3)[2] == 8


def test_each_student_gets_a_target_that_can_be_reached_and_that_no_one_thread_leads_to():
    for i in range(300):
        mine = numbers(f"student{i}")
        assert 2 <= mine.target < mine.increments
        assert ends_at(schedule_for(mine), mine.threads, mine.increments) == mine.target
    assert len({numbers(f"student{i}") for i in range(300)}) > 10
    assert numbers(" Student1 ") == numbers("student1")


def test_every_value_from_two_up_is_reachable():
    assert sorted(endings(3, 3)) == list(range(1, 10))[1:]
    assert sorted(endings(2, 4)) == list(range(2, 9))


def test_lines_by_chance_lead_where_the_counting_of_orders_says():
    chance, seen = random.Random(4), set()
    for _ in range(60):
        words = [f"T{chance.choice((1, 1, 2, 2, 3))}:{chance.randint(1, 4)}" for _ in range(chance.randint(1, 6))]
        line = " ".join(words)
        assert end_of(line, 2, 3) == ends_at(line, 2, 3), line
        seen.add(ends_at(line, 2, 3))
    assert None in seen and len(seen) > 3


@pytest.mark.parametrize("threads, increments", ALL)
def test_what_a_search_prints_does_not_answer_the_question(threads: int, increments: int):
    program, symbols = counter(threads, increments)
    targets = range(RANGES["target"][0], min(RANGES["target"][1], increments - 1) + 1)
    for seed in range(1, 7):
        for how in ("1", "-1"):
            found = scenarios.run(program, "--seed", str(seed), "--exhaust", how)
            line = found.schedule.split(" build:")[0]
            assert end_of(line, threads, increments) not in targets, (seed, how, line)


@pytest.mark.slow
def test_a_line_by_hand_leads_there_a_hundred_times_of_a_hundred():
    program, _ = counter(2, 3)
    runs = [subprocess.run([str(program), "--replay", BY_HAND, *backend], capture_output=True, text=True, timeout=60)
            for _ in range(100) for backend in ((), ("--backend", "threads"))]
    told = [json.loads(done.stdout) for done in runs]
    assert len(told) == 200 and {t["hash"] for t in told} == {told[0]["hash"]}
    assert all(t["text"].startswith("the counter is 2 ") for t in told)


# ---- the checks -------------------------------------------------------------


@pytest.fixture
def case(tmp_path) -> Iterator:
    """case(id, text): a check of a submission that has this [2a]."""
    box = Box.probe()
    with tempfile.TemporaryDirectory(prefix="clk-2a-stage-") as stage:
        Path(stage).chmod(0o755)

        def make(id: str, text: Optional[str], student: str = "") -> Case:
            if text is not None:
                (tmp_path / "answers.toml").write_text(
                    f'student = "{student}"\ndesign = "given"\n[2a]\nhours = 0.0\n{text}\n')
            subject = Subject(tmp_path, RUBRIC, box, Builder(box, Path(stage), tmp_path, None), None, "kit")
            return Case(subject, RUBRIC.checks[id])
        yield make


def schedule_check(case: Case) -> str:
    """Measure it. Returns what was seen by one that passes; raises Failed."""
    with pytest.raises(Passed) as passed:
        try:
            schedule_ends_at_target(case)
        except Failed as failed:
            assert set(failed.causes) <= set(RUBRIC.causes)
            pytest.fail(f"{failed.observed} {failed.causes}")
    return passed.value.observed


def refused(function, case: Case) -> Failed:
    with pytest.raises(Failed) as failed:
        function(case)
    assert failed.value.causes and set(failed.value.causes) <= set(RUBRIC.causes)
    return failed.value


def test_a_schedule_by_hand_passes(case):
    assert schedule_check(case("2a.schedule", f'schedule = "{BY_HAND}"')).startswith("the counter ends at 2, 3 times")


def test_each_students_own_line_passes_and_its_steps_are_shown(case):
    mine = numbers("alice")
    with pytest.raises(Passed) as passed:
        schedule_ends_at_target(
            case("2a.schedule", f'schedule = "{schedule_for(mine)}"', "alice"))
    assert f"to end at {mine.target}" in passed.value.observed and "'alice'" in passed.value.observed
    assert "T1 reads counter = 0" in passed.value.evidence[0]["text"]
    assert "counter.c:" in passed.value.evidence[0]["text"]


@pytest.mark.parametrize("text, cause, words", [
    (None, "answer-missing", "no answers.toml"),
    ("", "answer-missing", "no schedule yet"),
    ('schedule = " "', "answer-missing", "no schedule yet"),
    ("schedule = 3", "answer-unreadable", "should be a text"),
    ('schedule = ["T1:1"]', "answer-unreadable", "should be a text"),
    ("schedule = ", "answer-unreadable", "cannot be read"),
    ('schedule = "T1"', "schedule-is-no-line", "'T1' is no stretch"),
    ('schedule = "T1:1\\u0000"', "schedule-is-no-line", "characters"),
    (f'schedule = "{"T1:1 " * 1000}"', "schedule-is-no-line", "4999 characters"),
    ('schedule = "T1:1 T2:7"', "schedule-impossible", "T2 cannot move: it has ended"),
    ('schedule = "T4:1"', "schedule-impossible", "there is no T4"),
    ('schedule = "T0:4 T1:1"', "schedule-impossible", "T0 cannot move: it waits at counter.c"),
    ('schedule = "T1:1 T2:1"', "schedule-misses-target", "the counter ends at 3; asked for: 2 threads, 3 increments"),
    ('schedule = "choose:0"', "schedule-misses-target", "the counter ends at 6"),
])
def test_another_schedule_fails_with_the_reason(case, text, cause, words):
    failed = refused(schedule_ends_at_target, case("2a.schedule", text))
    assert failed.causes[0] == cause and words in failed.observed


def test_a_line_that_was_searched_for_is_judged_by_where_it_ends(case):
    program, _ = counter(2, 3)
    found, built = re.subn("build:[0-9a-f]+", "build:12345678", scenarios.run(program).schedule)
    assert built == 1, "the student's build is another than the grader's"
    failed = refused(schedule_ends_at_target, case("2a.schedule", f'schedule = "{found}"'))
    assert failed.causes == ["schedule-misses-target"] and "the counter ends at 3" in failed.observed


@pytest.mark.parametrize("theirs", [Numbers(2, 4, 2, 1), Numbers(3, 5, 3, 1)])
def test_a_line_for_other_numbers_is_refused_and_it_is_said_why(case, theirs):
    text = f'schedule = "{schedule_for(theirs)}"'
    failed = refused(schedule_ends_at_target, case("2a.schedule", text))
    assert failed.causes[0] == "schedule-of-other-numbers"
    assert "nobody's numbers" in failed.observed
    assert f"made for {theirs.threads} threads with {theirs.increments} increments" in failed.observed


def test_a_line_is_taken_for_that_of_others_only_where_it_is():
    for i in range(100):
        mine = numbers(f"student{i}")
        assert made_for(schedule_for(mine), mine) is None
        missed = Numbers(mine.threads, mine.increments, 2 + mine.increments % 2, mine.by_hand)
        assert made_for(schedule_for(missed), mine) is None, "its numbers are right, and its target is not"
        for threads, increments in others(mine):
            told = made_for(schedule_for(Numbers(threads, increments, 2, 1)), mine)
            assert increments == mine.increments or told and told[1] == increments


def test_a_counter_that_is_wrong_by_itself_is_no_students_fault(case, monkeypatch):
    monkeypatch.setattr(Numbers, "whole", 7)
    with pytest.raises(NotMeasured, match="undisturbed, the counter ends at 6"):
        schedule_ends_at_target(case("2a.schedule", f'schedule = "{BY_HAND}"'))


def test_the_count_is_that_of_the_students_own_question(case):
    students = {numbers(f"s{i}").by_hand: f"s{i}" for i in range(20)}
    assert set(students) == {1, 2}
    for increments, student in students.items():
        right, _ = orders_without_loss(increments)
        said = count_is_right(case("2a.count", f"count = {right}", student))
        assert f"count = {right}" in said
        other, _ = orders_without_loss(3 - increments)
        failed = refused(count_is_right,
                         case("2a.count", f"count = {other}", student))
        assert failed.causes == ["orders-miscounted"] and str(right) not in failed.observed.split(",")[0]


@pytest.mark.parametrize("text, cause", [
    ("", "answer-missing"), ("count = 0", "answer-missing"), ('count = "2"', "answer-unreadable"),
    ("count = true", "answer-unreadable"), ("count = false", "answer-unreadable"),
    ("count = 2.0", "answer-unreadable"), ("count = 4", "orders-miscounted"), ("count = -2", "orders-miscounted")])
def test_another_count_fails_with_the_reason(case, text, cause):
    failed = refused(count_is_right, case("2a.count", text))
    assert failed.causes == [cause]


def graded(out: Path, submission: Path) -> dict:
    done = subprocess.run([str(ROOT / "grader" / "grade"), "--out", str(out), "--task", "2a", str(submission)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((out / submission.name / "result.json").read_text())


def test_the_reference_gets_all_points_and_the_untouched_starter_none(tmp_path):
    best, least = graded(tmp_path, ROOT / "solutions"), graded(tmp_path, ROOT / "starter")
    assert best["score"] == best["max"] == 6 and best["complete"]
    assert least["score"] == 0 and least["measured_max"] == 6
    assert {c["outcome"] for c in least["checks"]} == {"fail", "blocked"}


@pytest.mark.parametrize("student", ["ada", "alice"])
def test_answers_that_are_filled_in_are_graded_by_the_students_own_numbers(tmp_path, student):
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "starter", tree)
    path = tree / "answers.toml"
    path.write_text(path.read_text().replace('student = ""', f'student = "{student}"', 1))
    answer(path)
    assert read_numbers(path) == (student, numbers(student))
    assert graded(tmp_path / "out", tree)["score"] == 6


# ---- the report -----------------------------------------------------------------


half, whole = partial(blanks_agree, least=3), partial(blanks_agree, least=6)


def blanks(**changed: str) -> str:
    return "\n".join(f'report_{name} = "{text}"' for name, text in {**REPORT, **changed}.items())


def test_a_report_of_the_untouched_server_is_recognised_whole(case):
    said = blanks_agree(case("2a.report-whole", blanks()), 6)
    assert said == "6 of 6 blanks agree with a report"


def test_with_three_blanks_right_half_of_it_is_read(case):
    three = blanks(variable="bytes", other="", threads="1 and 2")
    assert "not report_variable, report_other, report_threads" in \
        blanks_agree(case("2a.report", three), 3)
    failed = refused(half, case("2a.report", blanks(variable="bytes", other="", threads="1 and 2", locks="")))
    assert failed.causes == ["report-misread"] and failed.observed.startswith("2 of 6 blanks agree")
    failed = refused(whole, case("2a.report-whole", three))
    assert failed.causes == ["report-misread"]


def test_an_empty_report_is_missing_and_not_wrong(case):
    failed = refused(half, case("2a.report", 'report_line = " "'))
    assert failed.causes == ["answer-missing"]


def test_without_helgrind_a_report_is_not_measured(case, monkeypatch):
    monkeypatch.setattr(helgrind, "available", lambda: "valgrind is not installed")
    with pytest.raises(NotMeasured, match="valgrind is not installed"):
        half(case("2a.report", blanks()))


def test_in_a_students_kit_the_server_that_was_kept_is_asked(case, monkeypatch, tmp_path):
    shutil.copytree(ROOT / "starter" / "pool", tmp_path / "lab" / "thread")
    monkeypatch.setattr(report_blanks, "KEPT", tmp_path / "lab" / "thread")
    assert "6 of 6" in blanks_agree(case("2a.report-whole", blanks()), 6)

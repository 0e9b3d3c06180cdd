"""The zoo of task 2b: dealt by id, found right or wrong by the explorer, and told in answers.toml."""
import json
import subprocess
import tempfile
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Callable, Iterator, Optional

import pytest

from grader.box.box import Box
from grader.checks import zoo as checks
from grader.checks.zoo import zoo_is_told_rightly
from grader.core import rubric as rubrics
from grader.core.build import ROOT, Builder
from grader.core.record import Failed, NotMeasured, Passed, Record
from grader.core.subject import Case, Subject
from grader.explore import zoo
from grader.explore.zoo import COUNTERS, NAMES, dealt
from grader.params import COURSE
from grader.tests.answered import LOSES, zoo_for
from grader.tests.explored import Program, build

RUBRIC = rubrics.load()
KINDS = sorted(path.stem for path in COUNTERS.glob("*.c"))
RIGHT = ["atomic", "mutex"]
ALL = "\n".join(f'{name} = "{{{name}}}"' for name in NAMES)


@lru_cache(maxsize=None)
def counter(kind: str) -> Program:
    return build(str(COUNTERS / f"{kind}.c"))


def named(kind: str, student: str = "") -> str:
    """What a counter is called."""
    return next(name for name, path in dealt(student).items() if path.stem == kind)


# ---- the counters ---------------------------------------------------------------


def test_there_are_six_and_each_fits_a_screen():
    assert KINDS == sorted([*RIGHT, *LOSES]) and len(KINDS) == len(NAMES) == 6
    for path in COUNTERS.glob("*.c"):
        lines = path.read_text().splitlines()
        assert len(lines) <= 34 and max(map(len, lines)) <= 80


def test_they_differ_in_the_counting_alone_and_say_nothing_of_it():
    beginnings = {path.read_text().splitlines()[0] for path in COUNTERS.glob("*.c")}
    assert beginnings == {"/* Two threads count, twice each. Is a count ever lost? */"}
    assert len({path.read_text().partition("int main")[0] for path in COUNTERS.glob("*.c")}) == 6
    assert not any("/*" in path.read_text()[2:] or "//" in path.read_text() for path in COUNTERS.glob("*.c"))


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_one_loses_nothing_in_any_order_with_two_preemptions(kind: str):
    found = counter(kind).search("--exhaust", "2", "--schedules", "20000")
    assert found.verdict == "fine" and found.exhausted >= 2


@pytest.mark.parametrize("kind", sorted(LOSES))
@pytest.mark.parametrize("how", ["1", "-1"])
def test_a_wrong_one_is_found_within_a_few_orders(kind: str, how: str):
    for seed in range(1, 6):
        found = counter(kind).search("--exhaust", how, "--seed", str(seed))
        assert found.verdict == "wrong-result" and found.runs <= 40, (seed, found.runs)


@pytest.mark.parametrize("kind", KINDS)
def test_undisturbed_none_loses_anything(kind: str):
    assert counter(kind).search("--replay", "").verdict in ("fine", "data-race")


@pytest.mark.parametrize("kind", sorted(LOSES))
def test_a_line_by_hand_loses_a_count(kind: str):
    assert counter(kind).search("--replay", LOSES[kind]).text.startswith(("2 of 4", "3 of 4"))


# ---- the names ------------------------------------------------------------------


def test_every_student_has_all_six_and_names_of_his_own():
    students = [f"student{i}" for i in range(300)]
    for student in students:
        assert sorted(path.stem for path in dealt(student).values()) == KINDS
    wrong = {frozenset(name for name, path in dealt(student).items() if path.stem in LOSES) for student in students}
    assert len(wrong) == 15, "each choice of four of six"
    assert dealt(" Student1 ") == dealt("student1")


def test_without_an_id_or_numbers_of_ones_own_everybody_has_the_same():
    course = {"numbers": {"per_student": False}, "params": {"2b": {"zoo": [0, 719]}}}
    assert dealt("") == dealt("ada", course) == dealt("alice", course)
    assert [path.stem for path in dealt("").values()] == KINDS


def test_the_course_draws_from_all_ways_there_are():
    assert f"zoo = [0, {len(list(permutations(NAMES))) - 1}]" in COURSE.read_text()


def test_make_zoo_writes_them_and_says_whose_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(zoo, "ROOT", tmp_path)
    monkeypatch.setattr(zoo, "PLACE", tmp_path / "build" / "zoo")
    (tmp_path / "own").mkdir()
    for student in "", "alice":
        (tmp_path / "own/answers.toml").write_text(f'student = "{student}"\n')
        assert zoo.main(["--dir", "own"]) == 0
        said = capsys.readouterr().out
        assert ("the zoo of alice" if student else "nobody's zoo") in said and "FILE=build/zoo/ant.c" in said
        for name, path in dealt(student).items():
            assert (tmp_path / f"build/zoo/{name}.c").read_text() == path.read_text()


@pytest.mark.parametrize("text", [None, "student = ", "student = \"\xe9\"", "a = " + "[" * 5000])
def test_where_it_cannot_be_read_whose_they_are_nobodys_are_not_dealt(tmp_path, monkeypatch, capsys, text):
    monkeypatch.setattr(zoo, "PLACE", tmp_path / "zoo")
    if text is not None:
        (tmp_path / "answers.toml").write_text(text, "latin-1")
    assert zoo.main(["--dir", str(tmp_path)]) == 2 and not zoo.PLACE.exists()
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(f"zoo: {tmp_path}/answers.toml cannot be read: ")


def test_where_they_cannot_be_written_it_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "build").write_text("a file")
    monkeypatch.setattr(zoo, "PLACE", tmp_path / "build" / "zoo")
    assert zoo.main([]) == 2 and capsys.readouterr().err.startswith("zoo: ")


# ---- the check ------------------------------------------------------------------


@pytest.fixture
def case(tmp_path) -> Iterator[Callable]:
    """case(text): the check of a submission that has this [2b]."""
    box = Box.probe()
    with tempfile.TemporaryDirectory(prefix="clk-2b-stage-") as stage:
        Path(stage).chmod(0o755)

        def make(text: Optional[str], student: str = "") -> Case:
            if text is not None:
                (tmp_path / "answers.toml").write_text(
                    f'student = "{student}"\ndesign = "given"\n[2b]\nhours = 0.0\n{text}\n')
            return Case(Subject(tmp_path, RUBRIC, box, Builder(box, Path(stage), tmp_path), None, "kit"),
                        RUBRIC.checks["2b.zoo"])
        yield make


def answers(student: str = "", **changed: str) -> str:
    """All six told rightly, but for those that are changed: by what they are."""
    said = {**zoo_for(student), **{named(kind, student): text for kind, text in changed.items()}}
    return ALL.format(**said)


def passed(case: Case) -> Passed:
    with pytest.raises(Passed) as said:
        try:
            zoo_is_told_rightly(case)
        except Failed as failed:
            pytest.fail(f"{failed.observed} {failed.causes}")
    return said.value


def refused(case: Case) -> Failed:
    with pytest.raises(Failed) as failed:
        zoo_is_told_rightly(case)
    assert failed.value.causes and set(failed.value.causes) <= set(RUBRIC.causes)
    return failed.value


@pytest.mark.parametrize("student", ["", "ada", "alice"])
def test_each_student_is_asked_about_the_own_zoo(case, student):
    said = passed(case(answers(student), student))
    assert said.observed.startswith("6 of 6 counters are told rightly (") and (student or "nobody") in said.observed
    assert len(said.evidence) == len(LOSES) and all("T1" in shown["text"] for shown in said.evidence)


def test_one_mistake_of_six_costs_nothing_whatever_its_line_does(case):
    for changed in ({"volatile": "right"}, {"mutex": "wrong: T1:1 T2:1"}, {"atomic": "wrong: T9:1"}):
        assert passed(case(answers(**changed))).observed.startswith("5 of 6")


def test_two_mistakes_are_one_too_many(case):
    failed = refused(case(answers(volatile="right", atomic_sum="right")))
    assert failed.causes == ["zoo-misjudged"]
    assert failed.observed.startswith("4 of 6 counters are told rightly (nobody's zoo")
    failed = refused(case(answers(volatile="right", mutex="wrong: T1:1")))
    assert failed.causes == ["zoo-misjudged", "schedule-loses-nothing"]


def test_what_all_are_called_is_no_answer(case):
    assert refused(case(ALL.format(**dict.fromkeys(NAMES, "right")))).observed.startswith("2 of 6")
    failed = refused(case(ALL.format(**dict.fromkeys(NAMES, "wrong: T1:1 T2:1"))))
    assert failed.observed.startswith("4 of 6") and failed.causes[0] == "zoo-misjudged"


def test_a_line_that_was_searched_for_is_as_good_as_one_by_hand(case):
    found = {kind: counter(kind).search().schedule for kind in LOSES}
    assert all("build:" in line for line in found.values())
    passed(case(answers(**{kind: f"wrong: {line}" for kind, line in found.items()})))


@pytest.mark.parametrize("text", ["wrong T1:1 T2:2", "WRONG :T1:1   T2:2 "])
def test_how_the_word_is_written_is_no_matter(case, text):
    passed(case(answers(volatile=text, mutex=" Right ")))


@pytest.mark.parametrize("line, cause, words", [
    ("T1:4 T2:1", "schedule-loses-nothing", "no count is lost in its order"),
    ("T1:1 T2:9", "schedule-impossible", "T2 cannot move: it has ended"),
    ("T7:1", "schedule-impossible", "there is no T7"),
    ("first T1, then T2", "schedule-is-no-line", "is no stretch"),
    ("T1:1 " * 500, "schedule-is-no-line", "characters"),
])
def test_what_is_wrong_needs_an_order_that_shows_it(case, line, cause, words):
    failed = refused(case(answers(volatile=f"wrong: {line}")))
    assert failed.causes == [cause] and f"; {named('volatile')}: " in failed.observed and words in failed.observed
    assert failed.observed.startswith("6 of 6")


def test_what_is_said_of_a_line_is_the_same_for_right_and_wrong_ones(case):
    line = "wrong: T1:1 T0:1"
    failed = refused(case(ALL.format(**dict.fromkeys(NAMES, line))))
    told = [part.partition(": ")[2].split(" waits at")[0] for part in failed.observed.split("; ")[1:]]
    assert len(told) == 6 and len(set(told)) == 1


@pytest.mark.parametrize("theirs", ["ada", "eve"])
def test_the_answers_of_another_student_are_no_answer(case, theirs):
    failed = refused(case(answers(theirs), "alice"))
    assert failed.causes[0] == "zoo-misjudged" and "the zoo of 'alice'" in failed.observed


@pytest.mark.parametrize("text, cause, words", [
    (None, "answer-missing", "no answers.toml"),
    ("", "answer-missing", "[2b] has no ant, bee, cat, dog, eel, fox yet"),
    (answers(volatile=" "), "answer-missing", f"[2b] has no {named('volatile')} yet"),
    (answers(volatile="wrong"), "answer-missing", f"{named('volatile')} is called wrong, and no order"),
    (answers(mutex="wrong:"), "answer-missing", f"{named('mutex')} is called wrong, and no order"),
    (answers(volatile="maybe"), "answer-unreadable", "and is 'maybe'"),
    (answers(volatile="T1:1 T2:1"), "answer-unreadable", "and is 'T1:1 T2:1'"),
    (answers(volatile="wrongly"), "answer-unreadable", "and is 'wrongly'"),
    (answers(mutex="right: it locks"), "answer-unreadable", "and is 'right: it locks'"),
    (answers().replace('"right"', "true", 1), "answer-unreadable", "should be a text, and is True"),
    (answers().replace('"right"', '["right"]', 1), "answer-unreadable", "should be a text"),
    ("ant = ", "answer-unreadable", "cannot be read"),
])
def test_what_is_no_answer_is_said(case, text, cause, words):
    failed = refused(case(text))
    assert failed.causes == [cause] and words in failed.observed


def test_counters_that_a_search_finds_alike_are_no_students_fault(case, monkeypatch):
    monkeypatch.setattr(checks, "loses", lambda *_: False)
    with pytest.raises(NotMeasured, match="tells one counter from another"):
        zoo_is_told_rightly(case(answers()))


def test_an_explorer_that_finds_something_else_is_no_students_fault(case, monkeypatch, tmp_path):
    for kind in KINDS:
        (tmp_path / f"{kind}.c").write_text("int main(void)\n{\n    *(volatile int *)0 = 1;\n}\n")
    monkeypatch.setattr(zoo, "COUNTERS", tmp_path)
    with pytest.raises(NotMeasured, match="of ant the explorer says: crash"):
        zoo_is_told_rightly(case(ALL.format(**dict.fromkeys(NAMES, "right"))))


def test_the_reference_gets_the_point_and_the_untouched_starter_does_not(tmp_path):
    for tree, points in ("solutions", 1), ("starter", 0):
        done = subprocess.run([str(ROOT / "grader" / "grade"), "--out", str(tmp_path), "--task", "2b.zoo",
                               str(ROOT / tree)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads((tmp_path / tree / "result.json").read_text())
        assert (result["score"], result["measured_max"]) == (points, 1)


# ---- its place in the rubric -----------------------------------------------------


def failed(id: str) -> dict[str, Record]:
    """That a check has failed, and no other was measured."""
    return {id: Record(id, RUBRIC.checks[id].part, "", "fail", 0, 1, False, "", "", [], "", "", [], 0, 0.0)}


def test_its_task_has_checks_in_three_parts_and_it_waits_for_none_of_them():
    assert {c.part for c in RUBRIC.checks.values() if c.task == "2b"} == {"pool", "fork", "answers"}
    assert RUBRIC.checks["2b.zoo"].part == "answers" and not RUBRIC.checks["2b.zoo"].after
    assert not RUBRIC.guards_of("2b")


def test_a_module_that_failed_is_replaced_for_others_and_is_nothing_to_the_zoo(case):
    mine = case(answers())
    mine.subject.records = failed("2d.fixed")
    assert Case(mine.subject, RUBRIC.checks["2b.exact"]).replaced() == {"serve.c": "2d.fixed"}
    assert mine.replaced() == {} and mine.accusation() == ""


def test_a_zoo_that_is_misjudged_speaks_against_no_module(case):
    mine = case(answers())
    mine.subject.records = failed("2b.zoo")
    for id in "2d.fixed", "1d.shared", "2b.exact", "2b.fork":
        assert Case(mine.subject, RUBRIC.checks[id]).replaced() == {}

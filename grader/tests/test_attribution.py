"""Whose fault a failure is: which modules are tried, how often, and what is remembered."""
from types import SimpleNamespace

import pytest

from grader.checks.common import attributed
from grader.core.record import Failed, Passed
from grader.core.rubric import load
from grader.core.subject import Blocked, Case

RUBRIC = load()


def case_of(check: str, subject=None) -> Case:
    """A case of a submission that has all modules, as EchoCo has."""
    files = ["queue.c", "serve.c", "stats.c"]
    builder = SimpleNamespace(student_files=lambda part: files, ours=lambda part, module: True,
                              object=lambda *_: SimpleNamespace(path="there"))
    subject = subject or SimpleNamespace(
        rubric=RUBRIC, kit="kit", records={}, acquitted=set(), builder=builder,
        outcome=lambda check: "", module_failed=lambda part, module: "")
    return Case(subject, RUBRIC.checks[check])


def failing(tries: list, guilty: str = "", hang: str = "", causes=("client-lost",), lucky=()):
    """A check that fails unless EchoCo's stands in for the guilty module, or
    in its n-th try when n is one of the lucky ones."""
    def measure(case: Case) -> str:
        tries.append(case.instead)
        if guilty and case.instead == guilty or len(tries) - 1 in lucky:
            return "well"
        failed = Failed("a client waits", causes)
        failed.hang = hang
        raise failed
    return attributed(measure)


def test_the_module_without_which_a_check_passes_and_with_which_it_fails_again_is_suspect():
    tries: list = []
    with pytest.raises(Passed) as passed:
        failing(tries, "queue.c")(case_of("2d.fixed"))
    assert passed.value.suspects == {"queue.c": "a client waits"}
    assert tries == ["", *3 * ["queue.c"], "", *3 * ["queue.c"]]


def test_a_failure_that_does_not_come_again_accuses_the_first_module_that_it_went_with():
    tries: list = []
    with pytest.raises(Passed) as passed:
        failing(tries, lucky=[1, 2, 3, 4, 5, 6])(case_of("2d.fixed"))
    assert tries == ["", *3 * ["queue.c"], *3 * [""]]
    assert passed.value.suspects == {"queue.c": "a client waits"}


def test_a_failure_that_comes_again_and_stays_accuses_nobody_else():
    tries: list = []
    with pytest.raises(Failed):
        failing(tries, lucky=[1, 2, 3])(case_of("2d.fixed"))
    assert tries == ["", *3 * ["queue.c"], "", "queue.c", "stats.c"]


def test_a_module_that_is_innocent_of_a_hang_is_not_tried_for_the_same_hang_again():
    first, tries = case_of("2d.fixed"), []
    for check in "2d.fixed", "2d.overlap":
        with pytest.raises(Failed):
            failing(tries, hang="pool/serve.c:31")(case_of(check, first.subject))
    assert tries == ["", "queue.c", "stats.c", ""]


@pytest.mark.parametrize("again", [
    {"hang": "pool/serve.c:44"}, {"hang": "pool/serve.c:31", "causes": ("queue-drops",)}, {"hang": ""}])
def test_for_another_failure_an_innocent_module_is_tried_again(again):
    first, tries = case_of("2d.fixed"), []
    with pytest.raises(Failed):
        failing([], hang="pool/serve.c:31")(first)
    with pytest.raises(Passed):
        failing(tries, "queue.c", **again)(case_of("2d.overlap", first.subject))
    assert tries.count("queue.c") == 6


def test_another_modules_check_hears_nothing_of_it():
    first, tries = case_of("2d.fixed"), []
    with pytest.raises(Failed):
        failing([], hang="pool/serve.c:31")(first)
    with pytest.raises(Passed):
        failing(tries, "stats.c", hang="pool/serve.c:31")(case_of("2c.exact", first.subject))
    assert tries.count("stats.c") == 6


@pytest.mark.parametrize("check, waits", [("1d.shared", True), ("2b.fork", True), ("1a.exit", False)])
def test_where_no_company_is_had_a_task_that_needs_it_waits(check, waits):
    case = case_of(check)
    case.subject.module_failed = lambda part, module: "1a.overlap"
    case.subject.builder.ours = lambda part, module: False
    case.subject.builder.program = lambda part, replaced: ("program", "")
    if waits:
        with pytest.raises(Blocked, match="1a.overlap"):
            case.program()
    else:
        assert case.program().replaced == frozenset()


def record(check: str, outcome: str, **more) -> SimpleNamespace:
    return SimpleNamespace(check=check, part="pool", outcome=outcome, suspects=more)


def accused(*records: SimpleNamespace) -> str:
    """What queue.c has to answer for when these checks have been measured."""
    case = case_of("2c.exact")
    case.subject.records = {r.check: r for r in records}
    return case.accusation()


def test_a_suspect_module_answers_for_what_was_seen():
    assert accused(record("2.burst", "pass", **{"queue.c": "two were lost"}), record("2d.fixed", "pass")) == \
        "two were lost"


def test_a_suspect_module_that_has_lost_a_check_of_its_own_has_paid():
    assert accused(record("2.burst", "pass", **{"queue.c": "two were lost"}), record("2c.order", "fail")) == ""


def test_an_accuser_that_fails_with_echocos_module_as_well_has_accused_by_luck():
    assert accused(record("2.burst", "pass", **{"queue.c": "two were lost"}), record("2.descriptors", "fail")) == ""

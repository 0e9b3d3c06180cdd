"""What a record says of itself: how to have it again, and what stands in the way."""
from types import SimpleNamespace

import pytest

from grader.checks import routes
from grader.checks.conftest import Harness
from grader.core import rubric


@pytest.mark.parametrize("check, quick, command", [
    ("1b.undisturbed", True, "make check TASK=1b.undisturbed"),
    ("1b.undisturbed", False, "make check TASK=1b.undisturbed FULL=1"),     # it accepts and fails only there
    ("2d.pace", True, "make check TASK=2d.pace FULL=1"),
])
def test_a_check_is_repeated_as_it_was_measured(check, quick, command):
    known = rubric.load(rubric.RUBRIC, True)
    harness = SimpleNamespace(known=known, subject=SimpleNamespace(quick=quick))
    assert Harness.reproduce(harness, known.checks[check]) == command


@pytest.mark.parametrize("check, said", [("2c.order", "queue alone: all 7 tests pass."), ("2c.exact", "")])
def test_a_queue_that_nobody_uses_is_told_once_how_its_unit_tests_went(check, said):
    case = SimpleNamespace(check=SimpleNamespace(id=check),
                           diagnosis=lambda _: [{"text": "queue alone: all 7 tests pass."}])
    assert str(routes._not_yet(case)) == (
        "not reached: first make 2d.fixed pass: your server does not use the queue yet. "
        + f"{said} (The course's grader measures it in a finished server.)".strip())

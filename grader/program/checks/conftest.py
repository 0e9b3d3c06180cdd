"""The harness of grader/checks, for an executable instead of a submission."""
from pathlib import Path

import pytest

from grader.box.box import Box
from grader.checks import conftest as harness
from grader.checks.conftest import (  # noqa: F401: pytest looks for them here
    pytest_addoption, pytest_collection_modifyitems, pytest_configure, pytest_report_teststatus,
    pytest_runtest_call, pytest_sessionfinish)
from grader.core import build
from grader.core.luck import build_luck
from grader.program import RUBRIC
from grader.program.subject import Claim, ProgramCase, ProgramSubject


class Harness(harness.Harness):
    rubric_file = RUBRIC

    def make_subject(self, config, box: Box) -> ProgramSubject:
        claim = Claim.from_json(Path(config.getoption("--submission")).read_text())
        return ProgramSubject(claim, self.rubric, box, build_luck(self.stage), build.kit_hash())

    def reproduce(self, check) -> str:
        return self.subject.claim.command(check.id)


def pytest_sessionstart(session):
    if session.config.getoption("--submission"):
        harness._end_with_our_caller()
        session.config.harness = Harness(session.config)


@pytest.fixture
def case(request) -> ProgramCase:
    """The check that is being measured."""
    mine = request.config.harness
    return ProgramCase(mine.subject, mine.rubric.checks[harness._id(request.node)])

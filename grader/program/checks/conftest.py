"""The harness of grader/checks, for an executable instead of a submission."""
from pathlib import Path

from grader.box.box import Box
from grader.checks import conftest as harness
from grader.checks.conftest import (  # noqa: F401: pytest looks for them here
    case, pytest_addoption, pytest_collection_modifyitems, pytest_configure, pytest_report_teststatus,
    pytest_runtest_call, pytest_sessionfinish)
from grader.core import build
from grader.core.luck import Luck
from grader.core.rubric import Check
from grader.program import RUBRIC
from grader.program.subject import Claim, ProgramCase, ProgramSubject


class Harness(harness.Harness):
    rubric_file = RUBRIC
    at_once = 1         # a check says what the program can do, and others build on that

    def make_subject(self, config, box: Box) -> ProgramSubject:
        claim = Claim.from_json(Path(config.getoption("--submission")).read_text())
        return ProgramSubject(claim, self.rubric, box, Luck(self.stage), build.kit_hash())

    def case(self, check: Check) -> ProgramCase:
        return ProgramCase(self.subject, check)

    def reproduce(self, check: Check) -> str:
        return self.subject.claim.command(check.id)


def pytest_sessionstart(session):
    harness.begin(session.config, Harness)

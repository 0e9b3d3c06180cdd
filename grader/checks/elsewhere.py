"""What conftest.py is for the checks beside it, for hidden ones: they lie elsewhere."""
import sys
from pathlib import Path

import pytest

from grader.core.subject import Case

HERE = Path(__file__).parent


@pytest.fixture
def case(request) -> Case:
    """The check that is being measured."""
    return request.config.harness.case_of(request.node)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    """Measure one check that does not lie here."""
    if item.path.parent != HERE:
        item.config.harness.measure(item)


def pytest_collectreport(report):
    """A file that cannot be read ends all of it, and the reason must be seen."""
    if report.failed:
        print(report.longreprtext, file=sys.stderr)

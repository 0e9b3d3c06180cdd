"""A case of one check about the comparison, for a submission of two files."""
from pathlib import Path
from typing import Optional, Union

import pytest

from grader.core.record import Failed
from grader.core.rubric import load
from grader.core.subject import Case, Subject

RUBRIC = load()


def case(where: Path, check: str, text: str = "", student: str = "", design: str = "given",
         compare: Optional[Union[str, bytes]] = None) -> Case:
    """The check, of answers.toml with this table of its task, and this compare.json."""
    task = check.partition(".")[0]
    (where / "answers.toml").write_text(f'student = "{student}"\ndesign = "{design}"\n[{task}]\n{text}\n')
    path = where / "compare.json"
    path.unlink(missing_ok=True)
    if compare is not None:
        path.write_bytes(compare if isinstance(compare, bytes) else compare.encode("utf-8", "surrogateescape"))
    return Case(Subject(where, RUBRIC, None, None, None, "kit"), RUBRIC.checks[check])


def refused(measure, of: Case) -> Failed:
    """How a check fails, with causes that the rubric has."""
    with pytest.raises(Failed) as failed:
        measure(of)
    assert failed.value.causes and set(failed.value.causes) <= set(RUBRIC.causes)
    return failed.value

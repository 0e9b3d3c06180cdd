"""grader/grade --recheck CHECK SUBMISSION: measure one check of a graded
submission again, and show both records.

Again means with the same seeds, at the same level of the box, and in the same
company: whatever was measured and is not needed for this check stands as the
earlier grade found it. What comes of it lies in OUT/recheck/NAME/CHECK, beside
the directories that students may be given: it says everything, whatever the
course tells them. The earlier result is only read.
"""
import difflib
import json
import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Optional

from grader.core import changes, grade
from grader.core.record import Record
from grader.core.rubric import Rubric
from grader.core.subject import closure
from grader.core.submission import SubmissionError, safe_name, unpack
from grader.report.files import write_text


def earlier(out: Path, path: Path) -> dict:
    """The result of a submission that was graded before. Raises ValueError,
    which says what to do, if there is none to compare with."""
    name = safe_name(path)
    old = changes.read(out / name / "result.json")
    if not old:
        raise ValueError(f"there is no earlier result of {name} in {out}{_perhaps(name, out)}")
    if old["submission"] != name:
        raise ValueError(f"{out / name} holds a result of {old['submission']}, and not of {name}")
    if "error" in old:
        raise ValueError(f"the earlier grade could not be made ({old['error']}); grade it again, without --recheck")
    if old.get("quick"):
        raise ValueError(f"the earlier result of {name} is a quick look, which repeats less; grade it without --quick")
    return old


def _perhaps(name: str, out: Path) -> str:
    """Whose results there are instead."""
    there = sorted(p.parent.name for p in out.glob("*/result.json"))
    near = difflib.get_close_matches(name, there, 1)
    return f"; do you mean {near[0]}?" if near else "; say --out if it lies elsewhere" if there else \
        ", nor of anybody else; say --out if they lie elsewhere"


def must_be_in(old: dict, check: str, rubric: Rubric) -> None:
    """Raises ValueError for a task, and for a check that was not graded."""
    if not rubric.check(check):
        its = [c for c in rubric.checks if c.startswith(f"{check}.")]
        raise ValueError(f"--recheck takes one check; those of {check} are: {', '.join(its)}")
    if check not in {c["check"] for c in old["checks"]}:
        raise ValueError(f"{check} is not in the earlier result of {old['submission']}; "
                         f"grade it with --task {check}, without --recheck")


def place(out: Path, name: str, check: str) -> Path:
    """Where a check of a submission lies that was measured again."""
    return out / "recheck" / name / check


def again(path: Path, check: str, old: dict, plan: grade.Plan, stop: threading.Event) -> dict:
    """Measure it, with what it needs first. Returns the result of these, which
    has "error" where it could not be measured. Raises grade.Stopped."""
    name = safe_name(path)
    directory = place(plan.out, name, check)
    needed = closure(plan.rubric, [check])
    kept = [record for record in map(_record, old["checks"]) if record and record.check not in needed]
    wants = [c for c in plan.rubric.checks if c == check or c in {r.check for r in kept}]
    plan = replace(plan, wants=tuple(wants), seeds=old["kit"], progress=False)
    with tempfile.TemporaryDirectory(prefix=f"clk-grade-{os.getpid()}-") as scratch:
        os.chmod(scratch, 0o711)        # the boxes' users pass through
        try:
            submission = unpack(path, Path(scratch, "submission"), plan.rubric.directories())
            key = plan.key(submission)
            _prepare(directory, key, kept)
            records, told = grade.measure(grade.CHECKS, submission.dir, key, directory, Path(scratch), plan, stop)
        except (SubmissionError, OSError) as failure:
            return grade.error(name, str(failure))
        measured = [r for r in records if r.check in needed]
        if not measured:
            return grade.error(name, f"{name}: {check} could not be run: {told[-400:].strip()}")
        return grade.write(grade.with_marks(grade.result_of(submission, key, measured, plan), plan), directory)


def _record(check: dict) -> Optional[Record]:
    """A check of a result as a record; None for one of an older grader."""
    try:
        return Record(**check)
    except TypeError:
        return None


def _prepare(directory: Path, key: str, kept: list[Record]) -> None:
    """The beginning of a checks.jsonl: what stands. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "result.json").unlink(missing_ok=True)
    lines = [json.dumps({"key": key}), *(record.to_json() for record in kept)]
    write_text(directory / "checks.jsonl", "\n".join(lines) + "\n")

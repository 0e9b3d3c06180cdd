"""Grade one submission: unpack, run the checks, make the result and its reports."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Mapping, Optional

from grader import params
from grader.box.box import Box
from grader.box.network import can_be_private, in_private_network
from grader.core import answers, build, changes, survey
from grader.core.marks import Marks, put_on
from grader.core.record import Record, read_line
from grader.core.rubric import Check, Rubric
from grader.core.subject import asked_for, closure
from grader.core.submission import Submission, SubmissionError, safe_name, unpack
from grader.course import feedback, handed_in
from grader.course.dates import Longer
from grader.course.read import Course
from grader.report import formats, view
from grader.report.files import write_text

BUDGET = 900.0          # seconds for one submission; more is the grader's fault
CHECKS = build.ROOT / "grader" / "checks"
INSTRUCTORS = (build.ROOT / "solutions").is_dir()       # students are told less in result.json, too, and have no date


@dataclass(frozen=True)
class Plan:
    """What all submissions of one call have in common."""

    out: Path
    rubric: Rubric
    kit: str
    box: Box
    tools: dict[str, str]
    wants: tuple[str, ...] = ()         # tasks or checks; () for all
    level: Optional[str] = None
    quick: bool = False                 # fewer repetitions
    progress: bool = False
    untimed: str = ""                   # why the checks that time are left out
    marks: Marks = field(default_factory=dict)      # of explanations that a person has read
    course: Course = field(default_factory=Course)
    longer: Mapping[str, Longer] = field(default_factory=dict)   # time that a student has beside the others
    hidden: Optional[Path] = None       # a directory with further checks
    seeds: str = ""                     # the kit whose seeds are used; "" for this one

    def chosen(self) -> list[Check]:
        ids = closure(self.rubric, self.wants) if self.wants else set(self.rubric.checks)
        return [c for c in self.rubric.checks.values() if c.id in ids]

    def key(self, submission: Submission) -> str:
        words = [submission.hash, self.kit, self.course.digest, self.rubric.digest, self.box.level, "quick"[:9 * self.quick],
                 "timed"[:9 * (not self.untimed)], *self.wants]
        return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


class Stopped(Exception):
    """Ctrl-C: what was finished is kept."""


def grade(path: Path, plan: Plan, stop: threading.Event) -> dict:
    """Grade one submission into plan.out/NAME. Returns the result.

    A submission that cannot be graded gives a result with "error". What was
    finished before, with the same key, is kept. Raises Stopped."""
    name = safe_name(path)
    directory = plan.out / name
    with tempfile.TemporaryDirectory(prefix=f"clk-grade-{os.getpid()}-") as scratch:
        os.chmod(scratch, 0o711)        # the boxes' users pass through
        try:
            submission = unpack(path, Path(scratch, "submission"), plan.rubric.directories())
            directory.mkdir(parents=True, exist_ok=True)
            kept = _kept(directory, plan.key(submission))
            if not kept:
                changes.put_aside(directory)
            result = kept or _measure(submission, directory, Path(scratch), plan, stop)
            result = with_dates(with_marks(result, plan), path, submission, plan)
        except SubmissionError as failure:
            result = error(name, str(failure))
            directory.mkdir(parents=True, exist_ok=True)
            changes.put_aside(directory)
        except OSError as failure:
            return error(name, f"{name}: could not be graded: {failure}")
    return write(result, directory, plan.course)


def sweep() -> None:
    """Remove what graders that were killed have left in the temporary directory."""
    for path in Path(tempfile.gettempdir()).glob("clk-grade-*"):
        pid = path.name.split("-")[2]
        if pid.isdigit() and not Path("/proc", pid).exists() and path.stat().st_uid == os.geteuid():
            shutil.rmtree(path, ignore_errors=True)


def _kept(directory: Path, key: str) -> Optional[dict]:
    """The finished result that lies there, if it belongs to this key."""
    try:
        old = json.loads((directory / "result.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return old if old.get("key") == key and "error" not in old else None


def write(result: dict, directory: Path, course: Course = Course()) -> dict:
    """Write the reports, with as much as the course tells its students now,
    and result.json last: where it lies, all is there. Only the instructor's
    says everything."""
    try:
        formats.write_submission(told(result, course), directory)
        if not INSTRUCTORS:
            result = feedback.veiled(result, feedback.level(course, datetime.now(timezone.utc)))
        write_text(directory / "result.json", json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    except OSError as failure:
        return error(result["submission"], f"{result['submission']}: the result could not be written: {failure}")
    return result


def told(result: dict, course: Course) -> dict:
    """The result as a student is told it now."""
    return feedback.told(result, feedback.level(course, datetime.now(timezone.utc)))


def error(name: str, text: str) -> dict:
    """The result of what could not be graded at all."""
    return {"schema": 1, "submission": name, "error": text, "score": 0, "complete": False}


def _measure(submission: Submission, directory: Path, scratch: Path, plan: Plan,
             stop: threading.Event) -> dict:
    key = plan.key(submission)
    records, told = measure(CHECKS, submission.dir, key, directory, scratch, plan, stop)
    if not records:
        return error(submission.name, f"{submission.name}: no check could be run: {told[-400:].strip()}")
    return result_of(submission, key, records, plan)


def result_of(submission: Submission, key: str, records: list[Record], plan: Plan) -> dict:
    """The result of a submission, with what tells it from another one of it."""
    quick = ["a quick look: with FULL=1 everything is repeated as often as in the grade"] if plan.quick else []
    left_out = [plan.untimed] if plan.untimed and not plan.quick else []
    result = make_result(submission.name, key, records, plan,
                         submission.notes + _answers_note(submission) + quick + left_out)
    return {**result, "quick": plan.quick, "contents": submission.hash[:16], "course": plan.course.digest,
            "numbers": _numbers(submission), **survey.read(submission.dir / "answers.toml")}


def measure(checks: Path, subject: Path, key: str, directory: Path, scratch: Path, plan: Plan,
            stop: threading.Event) -> tuple[list[Record], str]:
    """Run the checks that lie in one directory on what its conftest.py makes
    of `subject`. Returns their records and what was printed; none if not even
    one could be run. Raises Stopped."""
    command = [sys.executable, "-m", "pytest", "-qq", "-s", "-p", "no:cacheprovider", "-c", os.devnull,
               f"--rootdir={checks}", "--no-header", "--no-summary", str(checks),
               *([str(plan.hidden), "--hidden", str(plan.hidden)] if plan.hidden else []),
               "--submission", str(subject), "--into", str(directory), "--key", key]
    command += [w for want in plan.wants for w in ("--want", want)]
    command += ["--level", plan.level] if plan.level else []
    command += ["--seeds", plan.seeds] if plan.seeds else []
    command += ["--quick"] if plan.quick else []
    command += ["--timing"] if not plan.untimed else []
    command += ["--progress"] if plan.progress else []
    told = _run(in_private_network(command), scratch, plan.progress, stop)
    lines = (directory / "checks.jsonl").read_text("utf-8").splitlines() \
        if (directory / "checks.jsonl").exists() else []
    records = {r.check: r for r in map(read_line, lines[1:]) if r}
    return [records.get(c.id) or _not_run(c, plan) for c in plan.chosen()] if records else [], told


def _run(command: list[str], scratch: Path, show: bool, stop: threading.Event) -> str:
    """Run pytest to its end, or end it. Returns what it printed, unless shown.

    It ends by itself when its standard input does: with us, however we end."""
    env = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(build.ROOT),
           "PYTHONDONTWRITEBYTECODE": "1"}
    log = scratch / "pytest.log"
    with open(log, "wb") as out, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=None if show else out, stderr=out, env=env,
            cwd=scratch, start_new_session=True) as child:
        waited = 0.0
        try:
            while child.poll() is None and waited < BUDGET and not stop.is_set():
                waited += _wait(child, 0.2)
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
                _wait(child, 10)
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    if stop.is_set():
        raise Stopped()
    return log.read_text("utf-8", "replace")


def _wait(child: subprocess.Popen, seconds: float) -> float:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    return seconds


def _not_run(check: Check, plan: Plan) -> Record:
    """A check of which there is no line: our own failure."""
    guard = check.guard or check.condition or not asked_for(plan.wants, check)
    return Record(check.id, check.part, check.title, "not-measured", 0, 0 if guard else check.points, guard,
                  "the grader ended before this check", check.expected, [], check.hint,
                  f"make check TASK={check.id}", [], 0, 0.0)


def make_result(name: str, key: str, records: list[Record], plan: Plan, notes: list[str]) -> dict:
    """result.json: the one record from which every report is made."""
    named = {c for r in records for c in r.causes}
    total = _sums(records)
    missing = set(plan.box.missing) - ({"netns"} if can_be_private() else set())
    return {
        "schema": 1, "submission": name, **total,
        "complete": total["measured_max"] == total["max"],
        "level": plan.box.level, "missing": sorted(missing), "kit": plan.kit, "key": key,
        "rubric": plan.rubric.digest, "tools": plan.tools, "seed": int((plan.seeds or plan.kit)[:8], 16),
        "parts": {p.id: p.title for p in plan.rubric.parts.values()},
        "boxes": [box for box in _boxes(records, plan.rubric) if box["max"]],
        "notes": [*notes, *(f"{view.LEFT_OUT}{name}: {why}" for name, why in plan.rubric.off.items())],
        "causes": {c: s for c, s in plan.rubric.causes.items() if c in named},
        # By task, and within one in the rubric's order; records are in it already.
        "checks": [asdict(r) for r in sorted(records, key=lambda r: (not r.guard, _task(r)))],
    }


def with_marks(result: dict, plan: Plan) -> dict:
    """A result with the points of what a person has read so far."""
    if "error" in result:
        return result
    records = put_on([Record(**check) for check in result["checks"]], plan.marks)
    total = _sums(records)
    return {**result, **total, "complete": total["measured_max"] == total["max"],
            "boxes": [box for box in _boxes(records, plan.rubric) if box["max"]],
            "checks": [asdict(r) for r in records]}


def with_dates(result: dict, path: Path, submission: Submission, plan: Plan) -> dict:
    """A result with what the course says of one that is late, and of one that has more time."""
    result = {name: value for name, value in result.items() if name not in ("late", "extended")}
    if "error" in result or not INSTRUCTORS:
        return result
    student = _student(submission)
    late = handed_in.late(path, student, plan.course, plan.longer)
    said = handed_in.told(late, path, plan.course, result["score"])
    extended = handed_in.of_student(student, plan.longer)
    return {**result, **({"late": said} if said else {}), **({"extended": extended} if extended else {})}


def _student(submission: Submission) -> str:
    """The id that stands in the answers, or ""."""
    try:
        return answers.read(submission.dir / "answers.toml").student
    except (OSError, ValueError):
        return ""


def _boxes(records: list[Record], rubric: Rubric) -> list[dict]:
    """The headline: the sums of each box's tasks."""
    return [{"title": box["title"], **_sums([r for r in records if _task(r) in box["tasks"]])}
            for box in rubric.boxes]


def _answers_note(submission: Submission) -> list[str]:
    """What is wrong with answers.toml, if anything is."""
    try:
        answers.read(submission.dir / "answers.toml")
    except FileNotFoundError:
        return ["answers.toml is missing"]
    except (OSError, ValueError) as error:
        return [str(error)]
    return []


def _numbers(submission: Submission) -> dict[str, int]:
    """The numbers that were drawn for who wrote it; everybody's where nobody says who."""
    try:
        return params.drawn(answers.read(submission.dir / "answers.toml").student)
    except (OSError, ValueError):
        return params.drawn("")


def _task(record: Record) -> str:
    return record.check.partition(".")[0]


def _sums(records: list[Record]) -> dict:
    measured = [r for r in records if r.outcome != "not-measured"]
    return {"score": sum(r.points for r in records), "measured_max": sum(r.max for r in measured),
            "max": sum(r.max for r in records)}

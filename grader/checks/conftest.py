"""The harness of the checks: pytest finds them, the rubric orders them, and
each leaves one line of JSON.

    python3 -m pytest grader/checks --submission DIR --into DIR --key KEY

is how grader/grade calls it, once for each submission.
"""
import dataclasses
import json
import os
import shutil
import signal
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Callable, Optional

import pytest

from grader.box.box import Box
from grader.box.network import loopback_up
from grader.checks.ahead import Ahead
from grader.core import build, rubric as rubrics
from grader.core.hidden import with_hidden
from grader.core.luck import Luck
from grader.core.record import Failed, NotMeasured, Passed, Record, read_line, text_evidence
from grader.core.rubric import Check
from grader.core.subject import Blocked, Case, Subject, asked_for, closure
from grader.report import terminal

TIMEOUT = 150       # seconds for one check; longer is our own fault


def pytest_addoption(parser):
    group = parser.getgroup("grader")
    group.addoption("--submission", help="the unpacked submission")
    group.addoption("--into", help="directory of checks.jsonl")
    group.addoption("--key", default="", help="what the finished lines must belong to")
    group.addoption("--want", action="append", default=[], help="a task or check; all by default")
    group.addoption("--level", default=None, help="the box's level; the best by default")
    group.addoption("--quick", action="store_true", help="fewer repetitions")
    group.addoption("--hidden", help="a directory with further checks")
    group.addoption("--seeds", default="", help="the kit whose seeds are used; this one by default")
    group.addoption("--timing", action="store_true", help="measure the checks that time, too")
    group.addoption("--progress", action="store_true", help="print a line as a check finishes")


def pytest_configure(config):
    config.addinivalue_line("markers", "check(id): the rubric's entry that this function measures")
    if config.getoption("--hidden"):
        config.pluginmanager.import_plugin("grader.checks.elsewhere")


class Journal:
    """checks.jsonl: a header with the key, then a line for each check."""

    def __init__(self, path: Path, key: str):
        self.finished: dict[str, Record] = {}
        header = json.dumps({"key": key})
        whole: list[str] = []
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        if lines[:1] == [header]:
            for line in lines[1:]:
                record = read_line(line)
                if record:
                    self.finished[record.check] = record
                    whole.append(line)
        path.write_text("\n".join([header, *whole]) + "\n", "utf-8")
        self._file = open(path, "a", encoding="utf-8")

    def add(self, record: Record) -> None:
        self._file.write(record.to_json() + "\n")
        self._file.flush()


class Harness:
    """What lives as long as the grading of one submission."""

    rubric_file = rubrics.RUBRIC
    at_once = 4         # checks that a quick look measures at the same time
    ahead: Optional[Ahead] = None

    def __init__(self, config):
        self.rubric = self.known = rubrics.load(self.rubric_file, config.getoption("--timing"))
        if config.getoption("--hidden"):
            self.rubric = with_hidden(self.known, Path(config.getoption("--hidden")))
        self.stage = Path(tempfile.mkdtemp(prefix="clk-stage-"))
        self.stage.chmod(0o755)
        try:
            self._prepare(config)
        except BaseException:
            self.close()
            raise

    def _prepare(self, config) -> None:
        loopback_up()
        box = Box.probe(config.getoption("--level"))
        if config.getoption("--hidden"):
            box.hide(Path(config.getoption("--hidden")).resolve())
        self.subject = self.make_subject(config, box)
        self.journal = Journal(Path(config.getoption("--into"), "checks.jsonl"),
                               config.getoption("--key"))
        self.subject.quick = config.getoption("--quick")
        self.progress = config.getoption("--progress")
        want = config.getoption("--want")
        self.chosen = closure(self.rubric, want) if want else set(self.rubric.checks)
        self.wants = want

    def make_subject(self, config, box: Box) -> Subject:
        """What is graded: here, a submission."""
        directory = Path(config.getoption("--submission")).resolve()
        solutions = build.ROOT / "solutions"
        builder = build.Builder(box, self.stage, directory, solutions if solutions.is_dir() else None)
        return Subject(directory, self.rubric, box, builder, Luck(self.stage),
                       config.getoption("--seeds") or build.kit_hash())

    def case(self, check: Check) -> Case:
        """What one check gets."""
        return Case(self.subject, check)

    def reproduce(self, check: Check) -> str:
        """The command that repeats one check as it was measured: a quick look
        leaves out some of what a grade does."""
        if check.id not in self.known.checks:       # a student has not got it
            return f"the course's grader: grader/grade --hidden DIR --task {check.id} SUBMISSION"
        return f"make check TASK={check.id}" + " FULL=1" * (check.times or not self.subject.quick)

    def close(self) -> None:
        shutil.rmtree(self.stage, ignore_errors=True)

    def plan(self, items: list) -> None:
        """Choose and order pytest's items. Those with a finished line are not
        measured again."""
        order = [c for c in self.rubric.checks if c in self.chosen]
        items[:] = sorted((i for i in items if _id(i) in order), key=lambda i: order.index(_id(i)))
        new = [i for i in items if _id(i) not in self.journal.finished]
        fresh = len(new) == len(items)      # a kept record may be a failure, which all must know of
        self.ahead = Ahead(new, self._measured, self.at_once if self.subject.quick and fresh else 1)

    def case_of(self, item) -> Case:
        return self.case(self.rubric.checks[_id(item)])

    def _measured(self, item) -> Record:
        return _measure(item.obj, self, self.case_of(item))

    def measure(self, item) -> None:
        """Leave the record of an item whose turn it is, and pytest nothing to call."""
        self.record(item)
        item.obj = lambda **_: None

    def record(self, item) -> Record:
        """The record of an item whose turn it is: kept, or measured."""
        old = self.journal.finished.get(_id(item))
        return self.finish(old or self.ahead.next(), new=old is None)

    def finish(self, record: Record, new: bool) -> Record:
        # A copy: what is measured ahead may be reading the old one.
        self.subject.records = {**self.subject.records, record.check: record}
        if new:
            self.journal.add(record)
        if self.progress:
            print(terminal.progress_line(dataclasses.asdict(record)), flush=True)
        return record


def _end_with_our_caller() -> None:
    """Standard input ends when the process that called us does, and then we
    end too, as by Ctrl-C: the boxes and what they hold with us."""
    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=wait, daemon=True).start()


def begin(config, kind: type[Harness]) -> None:
    """Make the harness, if something is to be graded."""
    if config.getoption("--submission"):
        _end_with_our_caller()
        config.harness = kind(config)


def pytest_sessionstart(session):
    begin(session.config, Harness)


def pytest_sessionfinish(session):
    harness = getattr(session.config, "harness", None)
    if harness:
        harness.close()
        if harness.ahead and harness.ahead.unfinished():    # interrupted, and Python would wait for it
            os._exit(pytest.ExitCode.INTERRUPTED)


def _id(item) -> Optional[str]:
    mark = item.get_closest_marker("check")
    return mark.args[0] if mark else None


def pytest_collection_modifyitems(session, config, items):
    """The rubric's order, and of it what was asked for."""
    if not hasattr(config, "harness"):
        return
    config.harness.plan(items)
    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT))


@pytest.fixture
def case(request) -> Case:
    """The check that is being measured."""
    return request.config.harness.case_of(request.node)


def pytest_report_teststatus(report):
    """No dots: the progress lines say more."""
    return report.outcome, "", ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    """Measure one check and write its line; pytest itself only counts."""
    item.config.harness.measure(item)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What came of one check; the rest of its record is known before."""

    outcome: str
    observed: str
    causes: list = dataclasses.field(default_factory=list)
    evidence: list = dataclasses.field(default_factory=list)
    hang: str = ""
    suspects: dict = dataclasses.field(default_factory=dict)


def _measure(measurement: Callable[[Case], Optional[str]], harness: Harness, case: Case) -> Record:
    check, begin = case.check, time.monotonic()
    verdict = _gate(case) or _call(measurement, case)
    evidence = verdict.evidence
    if case.company and verdict.outcome in ("pass", "fail"):
        evidence = [text_evidence("company", case.company), *evidence]
    guard = check.guard or check.condition or not asked_for(harness.wants, check)
    worth = 0 if guard else check.points
    return Record(
        check=check.id, part=check.part, title=check.title, outcome=verdict.outcome,
        points=worth if verdict.outcome == "pass" else 0, max=worth, guard=guard,
        observed=verdict.observed, expected=check.expected, causes=verdict.causes, hint=check.hint,
        reproduce=harness.reproduce(check), evidence=evidence, seed=case.seed,
        seconds=round(time.monotonic() - begin, 3), hang=verdict.hang, suspects=verdict.suspects)


def _gate(case: Case) -> Optional[Verdict]:
    """The verdict on a check that need not, or must not, be run."""
    subject, check = case.subject, case.check
    guard = subject.broken_guard(check.task or check.guards[0])
    if guard and check.guard:
        return Verdict("blocked", f"not reached: first make {guard.check} pass")
    if guard:
        return Verdict("fail", f"guard {guard.check} is broken: {guard.observed}", guard.causes)
    before = subject.outcome(check.after) if check.after in subject.rubric.checks else "pass"
    if before == "not-measured":
        return Verdict("not-measured", f"{check.after} could not be measured")
    if before not in ("pass", ""):      # "": measured ahead
        return Verdict("blocked", f"not reached: first make {check.after} pass")
    hung = case.hangs()
    if hung:
        return Verdict("blocked", f"not reached: the server stood still twice at {hung[0].hang} "
                                  f"({' and '.join(r.check for r in hung)}); first find out why")
    return None


def _call(measurement: Callable[[Case], Optional[str]], case: Case) -> Verdict:
    """Run the check's function."""
    try:
        said = measurement(case)
    except Passed as passed:
        return _acquit(case) or Verdict("pass", passed.observed, evidence=passed.evidence,
                                        suspects=passed.suspects)
    except Failed as failed:
        unknown = set(failed.causes) - set(case.subject.rubric.causes)
        if unknown:
            return _fault(f"the check names unknown causes: {unknown}")
        return Verdict("fail", failed.observed, failed.causes, failed.evidence, failed.hang)
    except Blocked as blocked:
        return Verdict("blocked", str(blocked))
    except NotMeasured as reason:
        return Verdict("not-measured", str(reason), evidence=reason.evidence)
    except (Exception, pytest.fail.Exception):
        return _fault(traceback.format_exc())
    return _acquit(case) or Verdict("pass", said or "as expected")


def _acquit(case: Case) -> Optional[Verdict]:
    """A check has passed; but its module may be suspect for what others saw."""
    seen = case.accusation()
    if not seen:
        return None
    return Verdict("fail", f"with EchoCo's module all went well, with this one: {seen}", ["module-at-fault"])


def _fault(text: str) -> Verdict:
    return Verdict("not-measured", "the grader itself failed here: please report it",
                   evidence=[text_evidence("the grader's fault", text)])

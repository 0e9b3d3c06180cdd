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
from typing import Optional

import pytest

from grader.box.box import Box
from grader.box.network import loopback_up
from grader.core import build, rubric as rubrics
from grader.core.record import Failed, NotMeasured, Passed, Record, read_line, text_evidence
from grader.core.shim import build_shim
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
    group.addoption("--progress", action="store_true", help="print a line as a check finishes")


def pytest_configure(config):
    config.addinivalue_line("markers", "check(id): the rubric's entry that this function measures")


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

    def __init__(self, config):
        self.rubric = rubrics.load()
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
        directory = Path(config.getoption("--submission")).resolve()
        solutions = build.ROOT / "solutions"
        builder = build.Builder(box, self.stage, directory, solutions if solutions.is_dir() else None)
        self.subject = Subject(directory, self.rubric, box, builder,
                               build_shim(self.stage), build.kit_hash())
        self.journal = Journal(Path(config.getoption("--into"), "checks.jsonl"),
                               config.getoption("--key"))
        self.progress = config.getoption("--progress")
        want = config.getoption("--want")
        self.chosen = closure(self.rubric, want) if want else set(self.rubric.checks)
        self.wants = want

    def close(self) -> None:
        shutil.rmtree(self.stage, ignore_errors=True)

    def finish(self, record: Record, new: bool) -> None:
        self.subject.records[record.check] = record
        if new:
            self.journal.add(record)
        if self.progress:
            print(terminal.progress_line(dataclasses.asdict(record)), flush=True)


def _end_with_our_caller() -> None:
    """Standard input ends when the process that called us does, and then we
    end too, as by Ctrl-C: the boxes and what they hold with us."""
    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=wait, daemon=True).start()


def pytest_sessionstart(session):
    if session.config.getoption("--submission"):
        _end_with_our_caller()
        session.config.harness = Harness(session.config)


def pytest_sessionfinish(session):
    if hasattr(session.config, "harness"):
        session.config.harness.close()


def _id(item) -> Optional[str]:
    mark = item.get_closest_marker("check")
    return mark.args[0] if mark else None


def pytest_collection_modifyitems(session, config, items):
    """The rubric's order, and of it what was asked for."""
    if not hasattr(config, "harness"):
        return
    order = [c for c in config.harness.rubric.checks if c in config.harness.chosen]
    items[:] = sorted((i for i in items if _id(i) in order), key=lambda i: order.index(_id(i)))
    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT))


@pytest.fixture
def case(request) -> Case:
    """The check that is being measured."""
    harness = request.config.harness
    return Case(harness.subject, harness.rubric.checks[_id(request.node)])


def pytest_report_teststatus(report):
    """No dots: the progress lines say more."""
    return report.outcome, "", ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    """Measure one check and write its line; pytest itself only counts."""
    harness = item.config.harness
    check = harness.rubric.checks[_id(item)]
    old = harness.journal.finished.get(check.id)
    record = old or _measure(item, harness, check)
    harness.finish(record, new=old is None)
    item.obj = lambda **_: None     # done: nothing is left for pytest to call


def _measure(item, harness: Harness, check) -> Record:
    case = item.funcargs["case"]
    begin = time.monotonic()
    outcome, observed, causes, evidence = _gate(harness.subject, check) or _call(item, case)
    if case.company and outcome in ("pass", "fail"):
        evidence = [text_evidence("company", case.company), *evidence]
    guard = check.guard or not asked_for(harness.wants, check)
    worth = 0 if guard else check.points
    return Record(
        check=check.id, part=check.part, title=check.title, outcome=outcome,
        points=worth if outcome == "pass" else 0, max=worth, guard=guard,
        observed=observed, expected=check.expected, causes=causes, hint=check.hint,
        reproduce=f"make check TASK={check.id}", evidence=evidence, seed=case.seed,
        seconds=round(time.monotonic() - begin, 3))


def _gate(subject: Subject, check) -> Optional[tuple]:
    """The outcome of a check that need not, or must not, be run."""
    guard = subject.broken_guard(check.task or check.guards[0])
    if guard and check.guard:
        return "blocked", f"not reached: first make {guard.check} pass", [], []
    if guard:
        return "fail", f"guard {guard.check} is broken: {guard.observed}", guard.causes, []
    before = subject.outcome(check.after) if check.after in subject.rubric.checks else "pass"
    if before == "not-measured":
        return "not-measured", f"{check.after} could not be measured", [], []
    if before != "pass":
        return "blocked", f"not reached: first make {check.after} pass", [], []
    return None


def _call(item, case: Case) -> tuple:
    """Run the check's function. Returns outcome, observed, causes, evidence."""
    try:
        said = item.obj(case)
    except Passed as passed:
        return _acquit(case) or ("pass", passed.observed, [], passed.evidence)
    except Failed as failed:
        unknown = set(failed.causes) - set(case.subject.rubric.causes)
        if unknown:
            return _fault(f"the check names unknown causes: {unknown}")
        return "fail", failed.observed, failed.causes, failed.evidence
    except Blocked as blocked:
        return "blocked", str(blocked), [], []
    except NotMeasured as reason:
        return "not-measured", str(reason), [], []
    except (Exception, pytest.fail.Exception):
        return _fault(traceback.format_exc())
    return _acquit(case) or ("pass", said or "as expected", [], [])


def _acquit(case: Case) -> Optional[tuple]:
    """A check has passed; but its module may be suspect for what others saw."""
    seen = case.accusation()
    if not seen:
        return None
    return "fail", f"with EchoCo's module all went well, with this one: {seen}", ["module-at-fault"], []


def _fault(text: str) -> tuple:
    return ("not-measured", "the grader itself failed here: please report it", [],
            [text_evidence("the grader's fault", text)])

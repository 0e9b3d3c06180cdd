"""What witnesses say in a check: lines for a report, and races that cost a point."""
import threading
from dataclasses import replace
from pathlib import Path

from grader.box.box import BoxError
from grader.checks.standstill import ORDERS
from grader.core.build import Recipe
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case, Program
from grader.witness import searches, tsan
from grader.witness.finding import Finding, confirm
from grader.witness.hearing import Hearing, try_accused
from grader.witness.run import Launch, Program as Witnessed, WitnessError, boxed

HEARING = threading.Lock()      # guards what witnesses build in the stage: two checks may ask at the same time


def _witnessed(case: Case, program: Program) -> Witnessed:
    """A program of the submission's, as the witnesses want it: built with
    flags of theirs."""
    builder, part = case.subject.builder, case.part.id

    def build(flags: tuple[str, ...]) -> Path:
        path, told = builder.by(Recipe(all=flags)).program(part, program.replaced)
        if not path:
            raise WitnessError(f"it does not compile with {' '.join(flags)}: {told[:300]}")
        return path
    files = [p.name for p in (builder.submission / part).glob("*.[ch]")]
    return Witnessed(build, tuple(f"{part}/{f}" for f in files if f not in program.replaced), part=part)


def heard(case: Case, program: Program, runs: int = 3) -> Hearing:
    """What Helgrind accuses a program of the submission's of in so many runs,
    in a quick look in one, and who confirms it."""
    witnessed, builder = _witnessed(case, program), case.subject.builder
    witnessed = replace(witnessed, searches=searches.in_box(builder, witnessed.files, case.seed % 1000000))
    with HEARING:
        return try_accused(witnessed, builder.stage, boxed(case.subject.box), case.times(runs, 1))


def on_stats(findings: list[Finding]) -> list:
    """The accesses of stats.c among these."""
    return [a for f in findings for a in f.accesses if a.file and a.file.endswith("stats.c")]


def name_the_lines(case: Case, failed: Failed) -> None:
    """Add to a failure where it happens: the outcome has decided already.
    Locks that were held, and did not help, are a cause."""
    said = heard(case, case.program())
    failed.evidence += [f.to_dict() for f in said.findings]
    accesses = on_stats(said.confirmed)
    if any(a.locks for a in accesses):
        failed.causes.append("stats-lock-not-common")
    elif accesses:
        failed.causes.append("race-on-stats")


def name_the_locks(case: Case, failed: Failed) -> None:
    """Add to a failure by two orders of locks those that Helgrind has seen,
    beside the circle that the explorer leads to. Neither a silence nor a broken
    tool changes what has been decided."""
    if ORDERS not in failed.causes:
        return
    try:
        said = heard(case, case.program(), runs=1)      # two orders show in every run
    except (BoxError, NotMeasured, OSError):
        return
    failed.evidence += [f.to_dict() for f in said.findings if f.kind == "lock-order"]


def in_no_order(case: Case, program: Program, findings: list[Finding]) -> list[Finding]:
    """The findings again. Those that ThreadSanitizer confirms stay confirmed
    if it still does when it takes a write and a read of one descriptor for an
    order of two threads.

    Without that (and Helgrind is always without) what is handed over through
    a pipe looks like a race; with it some real races are hidden, so it is
    asked last. Then the explorer has no say: it knows the descriptors of a
    module, and not those of the server. Raises NotMeasured when
    ThreadSanitizer says nothing."""
    doubtful = [f for f in findings if tsan.NAME in f.confirmed_by]
    if not doubtful:
        return findings
    with HEARING:
        said = tsan.testify(_witnessed(case, program), case.subject.builder.stage,
                            _minding_descriptors(boxed(case.subject.box)))
    if not said.measured:
        raise NotMeasured(f"ThreadSanitizer spoke once, and then failed: {said.reason}")
    still = {id(f): again.confirmed_by for f, again in zip(doubtful, confirm(doubtful, said.findings))}
    return [replace(f, confirmed_by=f.confirmed_by if still.get(id(f), True) else []) for f in findings]


def _minding_descriptors(launch: Launch) -> Launch:
    def start(argv, env, stdout, stderr):
        options = env.get("TSAN_OPTIONS", "").replace("io_sync=0", "io_sync=1")
        return launch(argv, {**env, "TSAN_OPTIONS": options}, stdout, stderr)
    return start

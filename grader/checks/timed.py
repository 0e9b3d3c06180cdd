"""A server beside EchoCo's: is it as fast?"""
from contextlib import ExitStack
from pathlib import Path

from grader.core.build import Builder
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case, Program
from grader.pace import pace
from grader.pace.tool import CannotMeasure, build_load
from grader.pace.verdict import Verdict

QUEUED = 16         # slots: more than there are clients


def in_pace(case: Case) -> str:
    """As many clients as workers, here and at two servers of EchoCo's: what
    was seen. Raises Failed where this one is clearly slower than the rubric's
    factor allows, NotMeasured where that cannot be told."""
    theirs, load = reference(case), _load(case)
    programs = {pace.OWN: case.program(), pace.BASE: theirs, pace.AGAIN: theirs}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(case.server(program=program, workers=pace.CLIENTS, capacity=QUEUED))
                   for name, program in programs.items()}
        try:
            rates = pace.measure(load, {name: f"127.0.0.1:{s.port}" for name, s in servers.items()}, case.seed)
        except CannotMeasure as error:
            raise NotMeasured(f"no speed can be told: {error}") from error
    found = pace.compare(rates, case.check.factor)
    if found.verdict is Verdict.UNCLEAR:
        raise NotMeasured(found.told)
    if found.verdict is Verdict.SLOWER:
        raise Failed(found.told, ["needs-longer"])
    return found.told


def _load(case: Case) -> Path:
    """The load tool. Raises NotMeasured."""
    try:
        return build_load(case.subject.builder.stage)
    except CannotMeasure as error:
        raise NotMeasured(str(error)) from error


def reference(case: Case) -> Program:
    """EchoCo's server of this part, built as the student's is, but with
    nothing of the student's in it. Raises NotMeasured where it is not here."""
    builder, part = case.subject.builder, case.part.id
    if builder.solutions is None:
        raise NotMeasured("EchoCo's server is not here to be compared with")
    stage, nobodys = builder.stage / "reference", builder.stage / "nobodys"
    stage.mkdir(exist_ok=True)
    ours = frozenset(path.name for path in (builder.solutions / part).glob("*.c"))
    path, told = Builder(builder.box, stage, nobodys, builder.solutions, plain=builder).program(part, ours)
    if not path:
        raise NotMeasured(f"EchoCo's server does not build: {told[:300]}")
    return Program(path, ours)

"""The two routes by which a property of a queue can be proved."""
from pathlib import Path
from typing import Callable

from grader.core.build import Builder
from grader.core.record import Failed
from grader.core.subject import Blocked, Case, Program

ACCEPTORS = Path(__file__).resolve().parents[1] / "hidden"
ENDS = {"queue_put", "queue_get"}
AROUND = "Measured with EchoCo's serve.c around the submission's queue.c."


def by_either_route(case: Case, property: Callable[[Case, Program], str]) -> str:
    """Prove a property of the queue by one of two routes: the student's
    queue.c among EchoCo's modules; or the student's whole server, which need
    not have a queue.c, as long as clients are seen to wait in it. A server
    that uses its queue.c cannot speak for it: there the first route decides."""
    alone = case.in_company("queue.c")
    failure = None
    if alone:
        try:
            return property(case, alone)
        except Failed as failed:
            failure = failed
            if "serve.c" in case.replaced() or uses_its_queue(case):
                raise _among_ours(case, failure)
    try:
        said = property(case, case.program())
        case.company = "Measured with the submission's whole server."
        return said
    except Failed as failed:
        if failure:
            raise _among_ours(case, failure) from failed
        if "not-a-pool" in failed.causes:
            raise _not_yet(case) from failed
        failed.evidence += case.diagnosis("queue")
        raise


def _among_ours(case: Case, failure: Failed) -> Failed:
    case.company = AROUND
    failure.evidence += case.diagnosis("queue")
    return failure


def _not_yet(case: Case) -> Blocked:
    """The student's server has no use for the queue, and ours is not here."""
    first = case.check.id == "2c.order"     # it is said once
    said = " ".join(e["text"] for e in case.diagnosis("queue")) if first else ""
    words = ["your server does not use the queue yet.", said,
             "(The course's grader measures it in a finished server.)"]
    return Blocked("2d.fixed", ": " + " ".join(filter(None, words)))


def among_ours(program: Program) -> bool:
    """Whether EchoCo's serve.c is around the queue: then it is known how many
    threads put, and how many take."""
    return "serve.c" in program.replaced


def uses_its_queue(case: Case) -> bool:
    """Whether another of the student's modules calls queue.c. One that does
    not compile, or cannot be looked into, is believed to."""
    builder = case.subject.builder
    others = [m for m in builder.student_files("pool") if m != "queue.c"]
    objects = [builder.object("student", "pool", m).path for m in others]
    return None in objects or any(calls(builder, path, ENDS) for path in objects)


def calls(builder: Builder, path: Path, names: set[str]) -> bool:
    """Whether an object file or program calls a function of another file, or
    of a library, that has one of these names. One that cannot be looked into
    is believed to."""
    with builder.box.workdir() as here:
        done = builder.box.run(["/usr/bin/nm", "-u", str(path)], cwd=here)
    called = {word.split("@")[0] for word in done.stdout.decode("ascii", "replace").split()}
    return done.status.value != 0 or bool(names & called)


def crowded(case: Case, program: Program) -> tuple[Program, str]:
    """The program for a crowd at both ends of the queue, with delays, and who
    puts in it. Where EchoCo's modules surround the queue, two threads put."""
    if not among_ours(program) or "queue.c" in program.replaced or not ACCEPTORS.is_dir():
        return case.delayed(program), "the acceptor"
    builder = case.subject.builder
    stage = builder.stage / "acceptors"
    stage.mkdir(exist_ok=True)
    company = frozenset({"serve.c", "stats.c"})
    path, _ = Builder(builder.box, stage, builder.submission, ACCEPTORS,
                      case.subject.luck.recipe, builder).program("pool", company)
    if not path:        # a file of the student's own that does not fit in
        return case.delayed(program), "the acceptor"
    return Program(path, company), "two acceptors"

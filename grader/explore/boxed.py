"""The explorer around a submission's module, built and run in the box."""
import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Union

from grader.box.box import Limits
from grader.core.build import COMPILING, Builder
from grader.explore import scenarios
from grader.explore.finding import Explored, parse
from grader.explore.scenarios import Scenario
from grader.explore.symbols import Symbols

# The explorer reserves far more memory than it uses.
SEARCHING = Limits(memory=0, wall=120)
REFUSES = 1, scenarios.REFUSES      # explore-cc: the compiler does, or the explorer


@dataclass(frozen=True)
class Unknown:
    """Nothing can be said of a module's orders, and why."""

    why: str


@dataclass(frozen=True)
class Found:
    """What a search found, and what its numbers mean."""

    scenario: Scenario
    explored: Explored
    symbols: Symbols


class Broken(Exception):
    """The explorer itself does not work here; str() says how that was seen."""


# A counter without a lock is wrong and one with a lock is right, or nothing
# that is said here is believed.
CANARIES = ("-DTIMES=2", "wrong-result"), ("-DLOCKED", "fine")
BUILDING = threading.RLock()    # guards what builders have in explored/


def search(builder: Builder, scenario: Scenario, seed: int,
           replaced: frozenset[str] = frozenset()) -> Union[Found, Unknown]:
    """Search the orders of a scenario around the student's module, or around
    the whole server with EchoCo's modules in place of `replaced`. Several
    threads may ask. Raises Broken, BoxError where the box cannot be had, and OSError."""
    if not (builder.submission / scenario.module).is_file():
        return Unknown(f"there is no {scenario.module}")
    stage = builder.stage / "explored"
    with BUILDING:
        if not stage.exists():
            _prepare(builder, stage)
    return _search(builder, scenario, stage, seed, replaced if scenario.whole else frozenset())


def _prepare(builder: Builder, stage: Path) -> None:
    """Put the explorer where the box can read it, and let it sing. Where it
    does not, nothing is left, so that the next one tries as well."""
    try:
        scenarios.library(stage)
        for flag, verdict in CANARIES:
            _sing(builder, stage, flag, verdict)
    except scenarios.CannotBuild as error:
        raise Broken(str(error)) from error
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def _sing(builder: Builder, stage: Path, flag: str, verdict: str) -> None:
    counter = replace(scenarios.find("counter"), name=f"canary{flag}", flags=(flag,))
    found = _search(builder, counter, stage, 1)
    heard = found.why if isinstance(found, Unknown) else found.explored.verdict
    if heard != verdict:
        raise Broken(f"of a counter with {flag} it says: {heard}")


def _search(builder: Builder, scenario: Scenario, stage: Path, seed: int,
            replaced: frozenset[str] = frozenset()) -> Union[Found, Unknown]:
    program = stage / "-".join([scenario.name, *sorted(replaced)])
    with BUILDING:
        told = "" if program.exists() else _build(builder, scenario, stage, program, replaced)
    if told:
        return Unknown(told)
    done = builder.box.run([str(program), *scenario.budget, "--seed", str(seed)], limits=SEARCHING)
    try:
        explored = parse(done.stdout.decode("utf-8", "replace"))
    except ValueError as error:
        raise Broken(f"a search ended without a result ({done.reason or done.status})") from error
    return Found(scenario, explored, Symbols(program, [stage, builder.submission / scenario.module.split("/")[0],
                                                       *([scenarios.LAB] if scenario.given else [])]))


def _sources(builder: Builder, scenario: Scenario, stage: Path, replaced: frozenset[str]) -> list[Path]:
    """Copies of the scenario and the student's files, for the box, but for
    those that are replaced."""
    copies = [stage / scenario.file.name]
    shutil.copyfile(scenario.file, copies[0])
    if scenario.module:
        part = stage / scenario.module.split("/")[0]
        if not part.exists():
            part.mkdir()
            for file in (builder.submission / part.name).glob("*.[ch]"):
                shutil.copyfile(file, part / file.name)
        copies += [part / f.name for f in scenarios.sources(scenario, builder.submission)[1:]
                   if f.name not in replaced]
    return copies


def _objects(builder: Builder, scenario: Scenario, stage: Path, replaced: frozenset[str]) -> list[Path]:
    """What goes with them and is not the student's, compiled here: of EchoCo's
    source nothing gets into the box. Raises Broken."""
    part = scenario.module.split("/")[0]
    wanted = {stage / f"lab-{name}.explored.o": (scenarios.LAB / name, True) for name in scenario.given}
    wanted |= {stage / f"{part}-{name}.explored.o": (builder.solutions / part / name, False) for name in replaced}
    try:
        for made, (source, plain) in wanted.items():
            if not made.exists():
                scenarios.compile_object(source, plain, made)
    except scenarios.CannotBuild as error:
        raise Broken(str(error)) from error
    return list(wanted)


def _build(builder: Builder, scenario: Scenario, stage: Path, program: Path, replaced: frozenset[str]) -> str:
    """Compile in the box. Returns "", or why there is no program: the
    compiler's words, or what the explorer does not know or see. Raises Broken
    where the wrapper failed otherwise."""
    files = _sources(builder, scenario, stage, replaced)
    objects = _objects(builder, scenario, stage, replaced)
    with builder.box.workdir() as out:
        made = out / "made"
        command = ["/bin/bash", str(builder.headers / "explore" / "explore-cc"), "-o", str(made),
                   f"-I{files[-1].parent}", "-w", *scenario.flags, *map(str, files + objects)]
        done = builder.box.run(command, cwd=out, limits=COMPILING,
                               env={"TMPDIR": str(out), "LC_ALL": "C", "LIBRARY": str(stage)})
        said = (done.stderr.decode("utf-8", "replace").strip() or str(done.status)).splitlines()[-1]
        if done.status.kind == "exit" and done.status.value in REFUSES:
            return said
        if (done.status.kind, done.status.value) != ("exit", 0) or not made.is_file() or made.is_symlink():
            raise Broken(f"nothing was built ({done.reason or said})")
        shutil.copyfile(made, program)
        program.chmod(0o755)
    return ""

"""The explorer's searches around a submission's files, for a witness: in a
grade, and on a student's own machine."""
import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Iterable, Union

from grader.core.build import Builder
from grader.explore import boxed, scenarios
from grader.explore.boxed import CANARIES, Broken, Found, Unknown
from grader.explore.scenarios import KEPT, CannotBuild, Scenario
from grader.explore.symbols import Symbols
from grader.witness.run import Search

TASK = "2b"             # whose numbers have no owner: a queue may be right for one who puts alone
SCHEDULES = 20          # a race needs no particular order, and so few are enough
SEED = 1


def _few(files: Iterable[str]) -> list[Scenario]:
    return [replace(s, schedules=SCHEDULES, exhaust=-1) for s in scenarios.of_task(TASK) if s.module in files]


def in_box(builder: Builder, files: Iterable[str], seed: int) -> tuple[Search, ...]:
    """In a grade, where other checks have built most of the programs."""
    return tuple(Search(s.module, partial(boxed.search, builder, s, seed)) for s in _few(files))


def here(directory: Path, files: Iterable[str], out: Path) -> tuple[Search, ...]:
    """Without a box, built into a directory that is kept."""
    return tuple(Search(s.module, partial(_search, s, directory, out)) for s in _few(files))


def _search(scenario: Scenario, directory: Path, out: Path) -> Union[Found, Unknown]:
    """Raises what explorer.FAILURES lists."""
    _sing(out)
    try:
        program = scenarios.build(scenario, directory, out / scenario.name)
    except CannotBuild as error:    # it could build the canaries
        return Unknown(str(error).splitlines()[-1])
    return Found(scenario, scenarios.run(program, *scenario.budget, "--seed", str(SEED)), Symbols(program))


def _sing(out: Path) -> None:
    """Try it on a counter with and without a lock, once for each of its
    builds. Raises Broken."""
    out.mkdir(parents=True, exist_ok=True)
    for flag, verdict in CANARIES:
        counter = replace(scenarios.find("counter"), flags=(flag,))
        program = out / f"canary{flag}"
        known = out / f"{program.name}-{_version()}.good"
        if known.exists():
            continue
        heard = scenarios.run(scenarios.build(counter, out, program), *counter.budget).verdict
        if heard != verdict:
            raise Broken(f"of a counter with {flag} it says: {heard}")
        (out / f"{program.name}-{_version()}.good").touch()     # built only now, perhaps


def _version() -> str:
    """Of the explorer's own objects; "none" before they are built."""
    library = KEPT / "libexplore.a"
    return hashlib.sha256(library.read_bytes()).hexdigest()[:12] if library.is_file() else "none"

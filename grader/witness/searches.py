"""The explorer's searches around a submission's files, for a witness: in a
grade, and on a student's own machine."""
import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Iterable, NamedTuple, Optional, Union

from grader.core.build import Builder
from grader.explore import boxed, kept, scenarios
from grader.explore.boxed import CANARIES, Broken, Found, Unknown
from grader.explore.finding import Explored
from grader.explore.scenarios import KEPT, CannotBuild, Scenario
from grader.explore.symbols import Symbols
from grader.witness.run import Search

# By the kind of finding, the task whose scenarios answer. Of races those whose
# numbers have no owner: a queue may be right for one who puts alone.
TASKS = {"race": "2b", "lock-order": "3a"}
SCHEDULES = 20          # a race needs no particular order, and so few are enough
FURTHER = 500           # for what comes of a race, where the few have not shown it
SEED = 1


class Again(NamedTuple):
    """A failure that was kept, by the name that make replay knows it by, and
    what its replay has shown."""

    id: str
    explored: Explored


def _few(files: Iterable[str]) -> list[tuple[str, Scenario]]:
    """Each with the kind of finding that it answers. Who waits for whom in a
    circle needs its order, and the whole budget."""
    about = [(kind, s) for kind, task in TASKS.items() for s in scenarios.of_task(task) if s.module in files]
    return [(kind, replace(s, schedules=SCHEDULES, exhaust=-1) if kind == "race" else s) for kind, s in about]


def in_box(builder: Builder, files: Iterable[str], seed: int) -> tuple[Search, ...]:
    """In a grade, where other checks have built most of the programs."""
    return tuple(Search(s.module, partial(boxed.search, builder, s, seed), kind=kind) for kind, s in _few(files))


def here(directory: Path, files: Iterable[str], out: Path, keep: bool = False) -> tuple[Search, ...]:
    """Without a box, built into a directory that is kept; with `keep` what is
    found can be kept for make replay."""
    again = partial(_again, directory) if keep else None
    return tuple(Search(s.module, partial(_search, s, directory, out), again, kind) for kind, s in _few(files))


def _search(scenario: Scenario, directory: Path, out: Path) -> Union[Found, Unknown]:
    """Raises what explorer.FAILURES lists."""
    _sing(out)
    try:
        program = scenarios.build(scenario, directory, out / scenario.name)
    except CannotBuild as error:    # it could build the canaries
        return Unknown(str(error).splitlines()[-1])
    return Found(scenario, scenarios.run(program, *scenario.budget, "--seed", str(SEED)), Symbols(program))


def _again(directory: Path, found: Found) -> Optional[Again]:
    """Keep what was found, if it can be repeated. A race alone, or nothing, is
    searched further first, for what comes of it. Raises what explorer.FAILURES
    lists."""
    program, explored = found.symbols.program, found.explored
    if explored.verdict in ("data-race", "fine"):
        budget = replace(found.scenario, schedules=FURTHER).budget
        further = scenarios.run(program, *budget, "--seed", str(SEED))
        explored = further if further.failed else explored
    if not (explored.failed and explored.schedule):
        return None
    repeated = scenarios.run(program, "--replay", explored.schedule)
    if (repeated.verdict, repeated.about) != (explored.verdict, explored.about):
        return None
    # With the whole budget, so that a mended build is searched as make explore does.
    return Again(kept.keep(scenarios.find(found.scenario.name), directory, explored, SEED).id, repeated)


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

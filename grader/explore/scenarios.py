"""The table of scenarios (grader/scenarios/scenarios.toml), and how one is built."""
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Iterable, Optional

from grader.explore.finding import Explored, parse

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "grader" / "scenarios"
LAB = ROOT / "lab"
EXPLORE_CC = LAB / "explore" / "explore-cc"
KEPT = ROOT / "build" / "explore"           # the explorer's own objects
SERVER = "serve.c"      # of a part
INCLUDE = re.compile(r'^\s*#\s*include\s*"(?:\w+/)?(\w+)\.h"', re.MULTILINE)
REFUSES = 3         # explore-cc: what the explorer does not know or see
QUOTED = 3000       # characters of a compiler's messages that are kept


class CannotBuild(Exception):
    """str() is what the compiler, or the explorer's wrapper of it, said."""


class Refused(CannotBuild):
    """It does compile, but does what the explorer does not know or see."""


class NoScenario(ValueError):
    """There is none of that name; str() says so, and which there are."""


@dataclass(frozen=True)
class Scenario:
    """module: "pool/queue.c", a file of the student's that it is about, or "".
    About serve.c it is about the whole server, around which stand the files of
    lab/ that are `given`, whose own steps nobody looks at.
    check: the one that searches it, or "", unless another one of its part has
    failed for this cause.
    schedules, exhaust: the budget."""

    name: str
    file: Path
    about: str = ""
    task: str = ""
    check: str = ""
    unless: str = ""
    module: str = ""
    given: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    schedules: int = 4000
    exhaust: int = 1

    @property
    def budget(self) -> list[str]:
        """The explorer's options."""
        return ["--schedules", str(self.schedules), "--exhaust", str(self.exhaust)]

    @property
    def whole(self) -> bool:
        """Whether it is about a whole server."""
        return self.module.endswith(f"/{SERVER}")

    def with_flags(self, *flags: str) -> "Scenario":
        """The same, built with further flags; the last of a name counts."""
        return replace(self, flags=(*self.flags, *flags))


def table(path: Path = SCENARIOS / "scenarios.toml") -> dict[str, Scenario]:
    """All scenarios, by name. Raises ValueError for an entry that is wrong."""
    found = {}
    for name, entry in tomllib.loads(path.read_text("utf-8")).items():
        try:
            entry = {**entry, "file": path.parent / entry["file"],
                     **{key: tuple(entry.get(key, ())) for key in ("flags", "given")}}
            found[name] = Scenario(name, **entry)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path.name}: {name}: {error}") from error
    return found


def of_task(task: str) -> list[Scenario]:
    """The scenarios of a task, perhaps none; those of no task are nobody's."""
    return [s for s in table().values() if s.task == task and task]


def of_check(check: str) -> list[Scenario]:
    """The scenarios that a check of the grade searches."""
    return [s for s in table().values() if s.check == check]


def find(name: str) -> Scenario:
    """The scenario of that name, or one's own: the path of a C file. Raises
    NoScenario, or OSError for a file that cannot be read."""
    known = table()
    if name in known:
        return known[name]
    if not name.endswith(".c"):
        raise NoScenario(f"there is no scenario '{name}'; there are {', '.join(known)}, or a C file of your own")
    file = Path(name).resolve()
    like = _around(INCLUDE.findall(file.read_text("utf-8", "replace")), known.values())
    return Scenario(file.stem, file, module=like.module, given=like.given) if like else Scenario(file.stem, file)


def _around(headers: list[str], known: Iterable[Scenario]) -> Optional[Scenario]:
    """One of those around a module whose header is among these; a server
    comes with all its modules, and so first."""
    about = [s for s in known if s.module and Path(s.module).stem in headers]
    return next((s for s in about if s.whole), about[0] if about else None)


def sources(scenario: Scenario, directory: Path) -> list[Path]:
    """The C files it is made of: with its module go the files of the
    student's that are no module of any scenario, and with a server all of
    them. Raises CannotBuild if the module is not there."""
    if not scenario.module:
        return [scenario.file]
    module = directory / scenario.module
    if not module.is_file():
        raise CannotBuild(f"there is no {scenario.module} in {directory}")
    if scenario.whole:
        return [scenario.file, *sorted(module.parent.glob("*.c"))]
    modules = {SERVER, *(s.module.split("/")[-1] for s in table().values())}
    helpers = sorted(f for f in module.parent.glob("*.c") if f.name not in modules and f.resolve() != scenario.file)
    return [scenario.file, module, *helpers]


def build(scenario: Scenario, directory: Path, out: Path) -> Path:
    """Build it with the modules of `directory`. Returns out. Raises
    CannotBuild, or OSError where the wrapper cannot be run."""
    files = sources(scenario, directory)
    own = [f"-I{files[1].parent}"] if scenario.module else []
    plain = [word for name in scenario.given for word in ("--plain", str(LAB / name))]
    return compile_files([*map(str, files)], [*own, *scenario.flags, *plain], out)


def compile_files(files: Iterable[str], flags: Iterable[str], out: Path) -> Path:
    """Call the wrapper. Raises CannotBuild."""
    _call_wrapper("-o", str(out), *flags, *files)
    return out


def compile_object(file: Path, plain: bool, out: Path) -> Path:
    """One file by itself, to be linked by the wrapper later: where the rest is
    a stranger's, who has no business in its source. Raises CannotBuild."""
    _call_wrapper("-c", "-o", str(out), f"-I{LAB}", *(["--plain"] if plain else []), str(file))
    return out


def library(into: Path) -> None:
    """Put the explorer's own objects into a new directory, for a wrapper that
    cannot build them (LIBRARY). Raises CannotBuild."""
    _call_wrapper("--library")
    into.mkdir()
    for name in "libexplore.a", "calls", "calls.plain":
        shutil.copyfile(KEPT / name, into / name)


def _call_wrapper(*words: str) -> None:
    # The directory is written into the program, and so into its build's number.
    done = subprocess.run([str(EXPLORE_CC), *words], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, cwd=ROOT, env={**os.environ, "LC_ALL": "C", "BUILD": str(KEPT)})
    if done.returncode:
        kind = Refused if done.returncode == REFUSES else CannotBuild
        raise kind(done.stderr[:QUOTED].strip() or f"explore-cc ended with status {done.returncode}")


def run(program: Path, *options: str, timeout: float = 600) -> Explored:
    """Run an explored program here, outside of any box. Raises ValueError,
    with its words, where it refuses or prints something else."""
    done = subprocess.run([str(program), *options], capture_output=True, text=True, errors="replace",
                          timeout=timeout, stdin=subprocess.DEVNULL)
    if not done.stdout:
        raise ValueError(done.stderr.strip() or f"the explorer ended with status {done.returncode}")
    return parse(done.stdout)

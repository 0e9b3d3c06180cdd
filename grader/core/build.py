"""Compile a submission with our command and our headers, in the box.

Every file of the student's is compiled once, each by itself, so that one that
does not compile does not take the others with it. A *program* is a choice of
modules: the student's, and EchoCo's in place of some of them.
"""
import hashlib
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from grader.box.box import Box, BoxError, Limits
from grader.core.record import NotMeasured

ROOT = Path(__file__).resolve().parents[2]
LAB = "main.c", "net.c", "http.c", "echo.c"
COMPILING = Limits(processes=64, memory=2 << 30, files=256, output=64 << 20, wall=60)
QUOTED = 6000           # characters of a compiler's messages that are kept


@dataclass(frozen=True)
class Object:
    """One compiled file, or what the compiler said against it."""

    source: str             # as the student sees it: "pool/queue.c"
    path: Optional[Path]
    messages: str = ""


def flags(headers: Path) -> list[str]:
    """The lab's compiler flags, with its headers where they are."""
    words = (ROOT / "compile_flags.txt").read_text().split()
    return [f"-I{headers}" if w == "-Ilab" else w for w in words]


@dataclass(frozen=True)
class Recipe:
    """Further flags: for every file and the link, for the part's own files
    alone (not lab/'s), and for the link alone."""

    all: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    link: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A directory's name for what is built so."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


class Builder:
    """Builds in `stage`, a directory that everybody may read and only we write.

    May be asked by several threads; they wait for each other."""

    def __init__(self, box: Box, stage: Path, submission: Path, solutions: Optional[Path] = None,
                 recipe: Recipe = Recipe(), plain: Optional["Builder"] = None):
        """`plain` builds the same without a recipe, and perhaps has lab/ already."""
        self.box, self.stage, self.submission, self.solutions = box, stage, submission, solutions
        self.recipe, self._plain = recipe, plain
        self._objects: dict[tuple[str, str], Object] = {}
        self._programs: dict[tuple, Path] = {}
        self._others: dict[Recipe, "Builder"] = {}
        self._lock = threading.RLock()      # guards the three above, and the stage
        self.headers = stage / "lab"
        if not self.headers.exists():
            shutil.copytree(ROOT / "lab", self.headers, ignore=shutil.ignore_patterns("*.c", "*.o"))

    def student_files(self, part: str) -> list[str]:
        """The names of the student's C files of a part."""
        return sorted(p.name for p in (self.submission / part).glob("*.c"))

    def ours(self, part: str, module: str) -> bool:
        """Whether EchoCo's module is here to stand in."""
        return self.solutions is not None and (self.solutions / part / module).is_file()

    def object(self, owner: str, part: str, module: str) -> Object:
        """Compile one file. owner: "student", "ours" or "lab"."""
        if owner == "lab" and self._plain and not self.recipe.all:
            return self._plain.object(owner, part, module)
        key = owner, f"{part}/{module}"
        with self._lock:
            if key not in self._objects:
                self._objects[key] = self._compile(owner, part, module)
            return self._objects[key]

    def program(self, part: str, replaced: frozenset[str] = frozenset()) -> tuple[Optional[Path], str]:
        """The server of a part, with EchoCo's modules in place of `replaced`.

        Returns its path and "", or None and what the compiler or linker said."""
        key = part, replaced
        with self._lock:
            if key not in self._programs:
                self._programs[key] = self._link(part, replaced)
            return self._programs[key]

    def by(self, recipe: Recipe) -> "Builder":
        """A builder of the same submission by another recipe."""
        if recipe == self.recipe:
            return self
        with self._lock:
            if recipe not in self._others:
                stage = self.stage / recipe.name
                stage.mkdir(exist_ok=True)
                self._others[recipe] = Builder(self.box, stage, self.submission, self.solutions, recipe,
                                               self)
            return self._others[recipe]

    def _source(self, owner: str) -> Optional[Path]:
        return {"ours": self.solutions, "lab": ROOT}[owner]

    def _compile(self, owner: str, part: str, module: str) -> Object:
        name = f"{part}/{module}"
        target = self.stage / f"{owner}-{part}-{module}.o"
        own = () if owner == "lab" else self.recipe.part
        args = [*flags(self.headers), *self.recipe.all, *own, "-c", module, "-o"]
        if owner == "student":
            told = self._gcc(args, self._copy(part), target)
            return Object(name, None if told else target, told)
        # Ours needs no box, and in the box it is not to be seen.
        done = subprocess.run(["gcc", *args, str(target)], cwd=self._source(owner) / part,
                              capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise NotMeasured(f"EchoCo's {name} does not compile: {done.stderr[:QUOTED]}")
        return Object(name, target)

    def _copy(self, part: str) -> Path:
        """The student's part where the box can read it, headers and all."""
        copy = self.stage / "src" / part
        if not copy.exists():
            copy.mkdir(parents=True)
            for file in (self.submission / part).glob("*.[ch]"):
                shutil.copyfile(file, copy / file.name)
        return copy

    def _link(self, part: str, replaced: frozenset[str]) -> tuple[Optional[Path], str]:
        objects = [self.object("lab", "lab", name) for name in LAB]
        mine = [m for m in self.student_files(part) if m not in replaced]
        objects += [self.object("student", part, m) for m in mine]
        objects += [self.object("ours", part, m) for m in sorted(replaced)]
        told = "\n".join(o.messages for o in objects if o.messages)
        if told:
            return None, told
        if not mine and not replaced:
            return None, f"there are no C files in {part}/"
        target = self.stage / "-".join([part, *sorted(replaced)])
        told = self._gcc(["-pthread", *self.recipe.all, *(str(o.path) for o in objects), *self.recipe.link,
                          "-o"], self.stage, target)
        return (None, told) if told else (target, "")

    def _gcc(self, args: list[str], cwd: Path, target: Path) -> str:
        """Run gcc in the box. Returns "" or its messages; the result is moved
        to target, since a student's process may not write there."""
        with self.box.workdir() as out:
            made = out / "out"
            command = ["/bin/sh", "-c", 'cd "$1" && shift && exec gcc "$@"', "sh", str(cwd),
                       "-fmax-errors=20", *args, str(made)]
            try:
                done = self.box.run(command, cwd=out, limits=COMPILING,
                                    env={"TMPDIR": str(out), "LC_ALL": "C"})
            except BoxError as error:
                raise NotMeasured(f"the compiler could not be started: {error}") from error
            if done.status.value == 0 and done.status.kind == "exit" and _regular(made):
                shutil.copyfile(made, target)
                target.chmod(0o755)
                return ""
        text = done.stderr.decode("utf-8", "replace").replace(str(self.stage) + "/", "")
        limit = f"\n(the compiler hit the limit of {done.reason})" if done.reason else ""
        return (text[:QUOTED] or "the compiler said nothing") + limit


def _regular(path: Path) -> bool:
    try:
        return os.path.isfile(path) and not os.path.islink(path)
    except OSError:
        return False


def kit_hash() -> str:
    """A hash of what decides a verdict: the lab, the grader and the solutions,
    but not what an instructor decides: course.toml and the lists beside it."""
    digest = hashlib.sha256()
    for top in "lab", "grader", "solutions", "compile_flags.txt":
        base = ROOT / top
        paths = [base] if base.is_file() else sorted(base.rglob("*"))
        for path in paths:
            rel = path.relative_to(ROOT)
            decided = len(rel.parts) == 2 and (path.name == "course.toml" or path.suffix == ".csv")
            if path.is_file() and "__pycache__" not in rel.parts and not decided and rel.parts[:2] not in (
                    ("grader", "tests"), ("grader", "corpus"), ("grader", "report")):
                digest.update(str(rel).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]

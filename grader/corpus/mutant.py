"""A mutant or a right design of the corpus: its case.toml, and its code.

A mutant is a patch against a right program; a design is a program. Both are
made into a tree that grader/grade takes, or, in mode "program", one that is
built here and graded as anybody's executable. A mutant whose base is "here"
brings that program along, its *twin*, which is a design as well.
"""
import hashlib
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from grader.core import rubric as rubrics
from grader.core.rubric import Rubric

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
TWIN = "right"      # the directory of a mutant's own base
LAB = "main.c", "net.c", "http.c", "echo.c"
LISTS = "must_fail", "may_fail", "causes"
WORDS = "base", "mode", "command", "protocol", "model", "waits", "found"
KNOWN = {"about", "origin", "note", "part", "unknown", "also", *WORDS, *LISTS}


class Broken(ValueError):
    """A case that cannot be used, and why: for who wrote it."""


class Waiting(Broken):
    """A mutant for which the check that surely finds it is still to come."""


@dataclass(frozen=True)
class Case:
    """What a case.toml says."""

    name: str
    path: Path                  # its directory
    about: str
    part: str                   # the directory of its code: "fork", "pool"
    rubric: Rubric = field(repr=False, compare=False)   # that of its mode
    base: str = ""              # what the patch is against, "here" for its twin; "" for a design
    mode: str = "submission"
    must_fail: tuple[str, ...] = ()
    may_fail: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()       # what cannot be measured of it
    also: Optional[tuple[str, ...]] = None  # causes that its checks name besides, and no others; None: not held
    command: str = "-p {port}"          # and the arguments of the executable
    protocol: str = "http"
    model: str = "any"                  # further words may follow: "pool --workers 8"
    waits: str = ""                     # a check that is still to come
    found: str = ""                     # in how many of the public servers that were read

    @property
    def design(self) -> bool:
        return not self.base

    def expectation(self) -> dict:
        """What verify.mismatches takes."""
        also = {} if self.also is None else {"also": list(self.also)}
        return {**{key: list(getattr(self, key)) for key in (*LISTS, "unknown")}, **also}

    @property
    def measured_part(self) -> str:
        """The rubric's part that its checks are of."""
        return self.part if self.part in self.rubric.parts else next(iter(self.rubric.parts))

    def checks(self) -> list[str]:
        """All checks and guards of that part, in the order of measuring."""
        return [c.id for c in self.rubric.checks.values() if c.part == self.measured_part]


def load_rubrics(root: Path = ROOT) -> dict[str, Rubric]:
    """The rubric of each mode."""
    found = {"submission": root / "grader" / "rubric.toml", "program": root / "grader" / "program" / "rubric.toml"}
    return {mode: rubrics.load(path) for mode, path in found.items() if path.exists()}


def load(path: Path, known: dict[str, Rubric], root: Path = ROOT) -> Case:
    """Read PATH/case.toml; a directory with a `patch` is a mutant. Raises Broken,
    and Waiting for one that is not to be used yet."""
    case = read(path, known, root)
    if case.waits in case.rubric.checks:
        raise Broken(f"it waits for {case.waits}, which is there: put it into must_fail")
    if case.waits:
        raise Waiting(case.waits)
    return case


def read(path: Path, known: dict[str, Rubric], root: Path = ROOT) -> Case:
    """The same, for one that waits as well. Raises Broken."""
    try:
        table = tomllib.loads((path / "case.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Broken(f"case.toml: {error}") from error
    mutant = (path / "patch").exists() or "base" in table
    needed = ("about", *LISTS, *(("base",) if mutant else ("part",)))
    missing = [key for key in needed if key not in table]
    if missing:
        raise Broken(f"case.toml lacks {', '.join(missing)}")
    _check_words(table)
    rubric = known.get(table.get("mode", "submission"))
    if not rubric:
        raise Broken(f"case.toml: mode should be one of {', '.join(known)}")
    _check_ids(table, rubric, mutant)
    part = _part(table["base"], path, root) if mutant else table["part"]
    if part not in known["submission"].parts:
        raise Broken(f"there is no part '{part}'")
    lists = {key: tuple(table.get(key, ())) for key in (*LISTS, "unknown")}
    also = tuple(table["also"]) if "also" in table else None
    return Case(path.name, path, table["about"], part, rubric, **lists, also=also,
                **{key: table[key] for key in WORDS if key in table})


def _check_words(table: dict) -> None:
    unknown = sorted(set(table) - KNOWN)
    if unknown:
        raise Broken(f"case.toml: nobody reads {', '.join(unknown)}")
    for key, value in table.items():
        several = key in LISTS or key in ("unknown", "also")
        good = isinstance(value, list) and all(isinstance(v, str) for v in value) if several \
            else isinstance(value, str) and value
        if not good:
            raise Broken(f"case.toml: {key} should be {'a list of strings' if several else 'a string'}")


def _check_ids(table: dict, rubric: Rubric, mutant: bool) -> None:
    for check in table["must_fail"] + table["may_fail"] + table.get("unknown", []):
        if check not in rubric.checks:
            raise Broken(f"there is no check '{check}'")
    for cause in table["causes"] + table.get("also", []):
        if cause not in rubric.causes:
            raise Broken(f"there is no cause '{cause}'")
    if mutant and not (table["must_fail"] and table["causes"]):
        raise Broken("a mutant fails something, for a cause: must_fail or causes is empty")
    if not mutant and any(table[key] for key in LISTS):
        raise Broken(f"a right design fails nothing: {', '.join(LISTS)} should be empty")


def _base(base: str, path: Path, root: Path) -> Path:
    """The directory in which the part's directory lies, for the mutant in
    `path`. Raises Broken."""
    if base == "here":
        if not (path / TWIN).is_dir():
            raise Broken(f"the base is here, and there is no {TWIN}/")
        return path / TWIN
    top, _, name = base.partition("/")
    found = {"solutions": root / "solutions",
             "correct": root / "grader" / "corpus" / "correct" / name}.get(top)
    if not name or found is None or not found.is_dir():
        raise Broken(f"there is no base '{base}': solutions/PART, correct/NAME or here")
    return found


def _part(base: str, path: Path, root: Path) -> str:
    found = _base(base, path, root)
    if base == "here":
        return " and ".join(sorted(p.name for p in found.iterdir()))
    if base.startswith("solutions/"):
        return base.partition("/")[2]
    try:
        return tomllib.loads((found / "case.toml").read_text("utf-8"))["part"]
    except (OSError, ValueError, KeyError) as error:
        raise Broken(f"the base {base} does not say its part") from error


def load_all(known: dict[str, Rubric], root: Path = ROOT) -> tuple[list[Case], dict[str, str]]:
    """Every mutant and then every design, and why others cannot be used. Those
    that wait for a check are left out."""
    cases, broken = [], {}
    for kind in "mutants", "correct":
        for path in sorted((root / "grader" / "corpus" / kind).glob("*/")):
            try:
                cases.append(load(path, known, root))
            except Waiting:
                continue
            except Broken as why:
                broken[path.name] = str(why)
    names = [c.name for c in cases]
    broken.update({n: "two cases have this name" for n in names if names.count(n) > 1})
    return [c for c in cases if c.name not in broken], broken


def twins(cases: list[Case]) -> list[Case]:
    """The right programs that mutants bring along, as designs."""
    return [Case(f"{case.name}-{TWIN}", case.path / TWIN, f"without this it is right: {case.about}",
                 case.part, case.rubric) for case in cases if case.base == "here"]


def make_tree(case: Case, into: Path, root: Path = ROOT) -> Path:
    """Put the case's code into a directory, which is made anew. Returns it.

    Raises Broken where there is no code or the patch does not apply."""
    shutil.rmtree(into, ignore_errors=True)
    source = (case.path if case.design else _base(case.base, case.path, root)) / case.part
    if not list(source.glob("*.c")):
        raise Broken(f"there is no C file in {source.relative_to(root)}")
    shutil.copytree(source, into / case.part)
    if case.mode == "program":
        _copy_given(root, case.part, into)
    if not case.design:
        _patch(case, into)
    return into


def _copy_given(root: Path, part: str, into: Path) -> None:
    """The given code that the server of a part is built with, and no more:
    what it is not made of is not to make another subject of it."""
    for path in sorted([*(root / "lab").glob("*.[ch]"), *(root / "lab" / part).glob("*.[ch]")]):
        there = into / path.relative_to(root)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there)
    shutil.copy(root / "compile_flags.txt", into)


def _patch(case: Case, tree: Path) -> None:
    """Apply the patch, without fuzz: one that has to guess is out of date."""
    before = tree_hash(tree)
    try:
        patch = (case.path / "patch").read_bytes()
    except OSError as error:
        raise Broken(f"patch: {error.strerror}") from error
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "--batch", "--forward", "--no-backup-if-mismatch",
                           "--reject-file=-"], cwd=tree, input=patch, capture_output=True, timeout=60)
    if done.returncode:
        said = " ".join(done.stdout.decode("utf-8", "replace").split())
        raise Broken(f"the patch does not apply to {case.base}: {said[:200]}")
    if tree_hash(tree) == before:
        raise Broken("the patch changes nothing")
    stray = [p.name for p in tree.iterdir() if p.name not in (case.part, "lab", "compile_flags.txt")]
    if stray or ((tree / "lab").exists() and case.mode != "program"):
        raise Broken(f"the patch is about more than {case.part}/: {', '.join(stray) or 'lab, in mode submission'}")


def tree_hash(tree: Path) -> str:
    """A hash of every file's path and content."""
    digest = hashlib.sha256()
    for path in sorted(p for p in tree.rglob("*") if p.is_file() and p.name != "case.toml"):
        digest.update(str(path.relative_to(tree)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def build(case: Case, tree: Path) -> Path:
    """Build the server of a tree as its author would. Returns the executable.
    Raises Broken with the compiler's words."""
    sources = [f"lab/{name}" for name in LAB] + sorted(
        str(p.relative_to(tree)) for p in (tree / case.part).glob("*.c"))
    done = subprocess.run(["gcc", "@compile_flags.txt", *sources, "-o", "server"], cwd=tree,
                          capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Broken(f"it does not compile: {done.stderr[:300]}")
    return tree / "server"

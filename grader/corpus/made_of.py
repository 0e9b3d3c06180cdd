"""What a check is made of: the files that decide its verdict, and their hash.

That is the file in which it stands, the harness, every module of grader/ that
these import or name (and theirs; the whole package where one is searched for
modules), C code that lies beside such a module, the lab with its chaos, the
reference that keeps good company in its part, and the rubric's entry. The
explorer is part of those that search orders, with the scenarios of their part,
the zoo of the check that asks about it, and the load tool of those that time.
What only tells the verdict (grader/report, grader/story) is left out.
"""
import ast
import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Iterator

from grader.core.rubric import Rubric
from grader.corpus.mutant import ROOT
from grader.explore.scenarios import Scenario, table

TELLING = "report", "story", "tests", "corpus", "bench"


@lru_cache(maxsize=None)
def imports(path: Path, root: Path = ROOT) -> frozenset[Path]:
    """The files of grader/ that one Python file imports, anywhere in it, and
    the Python files beside it that it names in a string, to be run."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Constant) and str(node.value).endswith(".py"):
            found.update(p for p in path.parent.glob("*.py") if p.name == node.value)
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            if {"importlib", "pkgutil"} & set(names):
                found |= set(path.parent.glob("*.py"))
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, path, root)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        found.update(file for name in names if name.split(".")[0] == "grader" for file in _files(name, root))
    return frozenset(found)


def _absolute(node: ast.ImportFrom, path: Path, root: Path) -> str:
    package = ".".join(path.parent.relative_to(root).parts[:len(path.parent.relative_to(root).parts) - node.level + 1])
    return f"{package}.{node.module}" if node.level and node.module else package if node.level else node.module or ""


def _files(name: str, root: Path) -> Iterator[Path]:
    """The file of a module and the __init__ of the packages it is in."""
    place = root
    for word in name.split("."):
        place = place / word
        for file in place.with_suffix(".py"), place / "__init__.py":
            if file.is_file():
                yield file


@lru_cache(maxsize=None)
def closure(start: Path, root: Path = ROOT) -> frozenset[Path]:
    """A file, what it imports, what that imports, and so on."""
    found, new = {start}, {start}
    while new:
        new = {p for file in new for p in imports(file, root)
               if p.relative_to(root / "grader").parts[0] not in TELLING} - found
        found |= new
    return frozenset(found)


def beside(modules: frozenset[Path], root: Path = ROOT) -> set[Path]:
    """C code in the packages of these modules: canaries, the sandbox's parts."""
    packages = {m.parent for m in modules} - {root / "grader"}
    return {p for package in packages for p in package.rglob("*") if p.suffix in (".c", ".h")}


@lru_cache(maxsize=None)
def _literals(root: Path) -> dict[str, Path]:
    """The first file of checks in which a literal is given to a call: where a
    literal is a check's id, the check stands there."""
    found: dict[str, Path] = {}
    for path in sorted((root / "grader").glob("**/checks/*.py")):
        calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
        for value in (a.value for call in calls for a in call.args if isinstance(a, ast.Constant)):
            if isinstance(value, str):
                found.setdefault(value, path)
    return found


def files(check: str, part: str, root: Path = ROOT) -> list[Path]:
    """All files that a check of a part is made of. Raises KeyError for one
    nobody measures."""
    own = _literals(root)[check]
    modules = closure(own, root) | closure(own.parent / "conftest.py", root)
    lab = [*(root / "lab").glob("*.[ch]"), *(root / "lab" / part).glob("*.[ch]"), *(root / "lab" / "chaos").rglob("*.[ch]")]
    if any(m.parent == root / "grader" / "pace" for m in modules):
        lab += (root / "lab" / "load").glob("*.[ch]")
    if _explores(modules, root):
        lab += [p for p in (root / "lab" / "explore").iterdir() if p.is_file()]
        lab += [s.file for s in scenarios(part, root)]
    if root / "grader" / "explore" / "zoo.py" in modules:
        lab += (root / "lab" / "zoo").glob("*.c")
    good = [p for top in ("solutions", "grader/hidden") for p in (root / top / part).glob("*.[ch]")]
    return sorted({*modules, *beside(modules, root), *lab, *good, root / "compile_flags.txt"})


def _explores(modules: frozenset[Path], root: Path) -> bool:
    return any(m.parent == root / "grader" / "explore" for m in modules)


def scenarios(part: str, root: Path = ROOT) -> list[Scenario]:
    """Those of a part's own files, and those of nobody's, which canaries sing."""
    return [s for s in table(root / "grader" / "scenarios" / "scenarios.toml").values()
            if s.module.partition("/")[0] in ("", part)]


@lru_cache(maxsize=None)
def check_hash(check: str, part: str, rubric_entry: str, root: Path = ROOT) -> str:
    found = files(check, part, root)
    words = [replace(s, file=s.file.name) for s in scenarios(part, root)] if _explores(frozenset(found), root) else []
    digest = hashlib.sha256(f"{rubric_entry} {words}".encode())
    for path in found:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def hash_of(check: str, subject: str, rubric: Rubric, root: Path = ROOT) -> str:
    """The hash under which runs of a check are counted on a subject's code,
    whose own hash is `subject`. Raises KeyError as files does."""
    entry = rubric.checks[check]
    whole = check_hash(check, entry.part, repr(entry), root)
    return hashlib.sha256(f"{whole} {subject}".encode()).hexdigest()[:12]

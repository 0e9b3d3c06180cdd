"""Hidden checks: a directory of the instructor's own, outside of the kit.

It holds a rubric.toml with [[check]] entries, perhaps [causes], and the files
test_*.py that measure them. They come after the kit's own. The files are only
read here; pytest imports them when it measures.
"""
import ast
import hashlib
import re
import tempfile
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Iterator, Optional

from grader.core.build import ROOT
from grader.core.rubric import Check, Rubric

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
TEXTS = "id", "part", "task", "title", "expected", "hint"
TABLES = {"schema", "check", "causes"}


def with_hidden(rubric: Rubric, directory: Path) -> Rubric:
    """The rubric with the checks of a directory behind its own. Its digest
    is of all that lies there as well. Raises ValueError, which names the
    file, where something is wrong with it; OSError if it cannot be read."""
    directory = directory.resolve()
    _must_be_apart(directory)
    file = directory / "rubric.toml"
    table = _table(file)
    checks, causes = dict(rubric.checks), dict(rubric.causes)
    for entry in table["check"]:
        check = _check(file, entry, rubric)
        if check.id in checks:
            raise ValueError(f"{file}: {check.id}: there is a check of this id already")
        checks[check.id] = check
    for id in set(checks) - set(rubric.checks):
        if checks[id].after and checks[id].after not in checks:     # it would wait for nothing
            raise ValueError(f"{file}: {id}: there is no check '{checks[id].after}' that it could come after")
    for cause, sentence in table.get("causes", {}).items():
        if cause in causes or not ID.fullmatch(cause) or not isinstance(sentence, str) or not sentence:
            raise ValueError(f"{file}: causes: {cause}: a new id and its sentence are needed")
        causes[cause] = sentence
    _must_agree(file, set(checks) - set(rubric.checks), functions(directory))
    return replace(rubric, checks=checks, causes=causes, digest=_digest(rubric, directory))


def _must_be_apart(directory: Path) -> None:
    """No program in the box can read it, so nothing that is needed there may lie in it."""
    if not directory.is_dir():
        raise ValueError(f"{directory}: there is no such directory; hidden checks lie in one, with a rubric.toml")
    if ":" in str(directory):
        raise ValueError(f"{directory}: hidden checks cannot lie in a directory with a colon in its name")
    if any(Path(needed).resolve().is_relative_to(directory) for needed in (ROOT, tempfile.gettempdir())):
        raise ValueError(f"{directory}: hidden checks need a directory of their own")


def _table(file: Path) -> dict:
    if not file.is_file():
        raise ValueError(f"{file} is not there: it describes the hidden checks")
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    unknown = sorted(set(table) - TABLES)
    if unknown:
        raise ValueError(f"{file}: nobody reads '{unknown[0]}'; there are [[check]] and [causes]")
    checks, causes = table.get("check"), table.get("causes", {})
    if not isinstance(checks, list) or not checks or not all(isinstance(c, dict) for c in checks) or not isinstance(causes, dict):
        raise ValueError(f"{file}: write [[check]] above each check, and [causes] above the causes")
    return table


def _check(file: Path, entry: dict, rubric: Rubric) -> Check:
    """One entry. It has points and a task: it is no guard, and does not time."""
    name = f"{file}: {entry.get('id', 'a check without an id')}"
    missing = [text for text in TEXTS if not isinstance(entry.get(text), str) or not entry[text]]
    if missing:
        raise ValueError(f"{name}: {missing[0]} is needed, as a text")
    unknown = sorted(set(entry) - {f.name for f in fields(Check)} | set(entry) & {"guards", "factor"})
    if unknown:
        raise ValueError(f"{name}: a hidden check has no '{unknown[0]}'")
    points = entry.get("points")
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not points > 0:
        raise ValueError(f"{name}: points must be a number above 0")
    part = rubric.parts.get(entry["part"])
    if not part:
        raise ValueError(f"{name}: there is no part '{entry['part']}'; the parts are: {', '.join(rubric.parts)}")
    tasks = sorted({task for tasks in part.modules.values() for task in tasks})
    if entry["task"] not in tasks:
        raise ValueError(f"{name}: there is no task '{entry['task']}' in {part.id}; it has: {', '.join(tasks)}")
    if not ID.fullmatch(entry["id"]) or not entry["id"].startswith(entry["task"] + "."):
        raise ValueError(f"{name}: the id must be {entry['task']}. and a word")
    if not isinstance(entry.get("after", ""), str):
        raise ValueError(f"{name}: after must be the id of a check")
    return Check(**entry)


def functions(directory: Path) -> dict[str, str]:
    """The ids that functions of test_*.py measure, and where these stand.
    Raises ValueError for a file that is not Python, or a function that
    cannot be what is meant."""
    found: dict[str, str] = {}
    for file in sorted(directory.rglob("test_*.py")):
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (SyntaxError, ValueError) as error:
            raise ValueError(f"{file}: {error}") from error
        for function in (n for n in tree.body if isinstance(n, ast.FunctionDef)):
            where = f"{file}:{function.lineno}"
            for id in _ids(function, where):
                if id in found:
                    raise ValueError(f"{where}: {id} is measured at {found[id]} already")
                found[id] = where
    return found


def _ids(function: ast.FunctionDef, where: str) -> Iterator[str]:
    marks = [id for id in map(_mark, function.decorator_list) if id]
    if bool(marks) != function.name.startswith("test_"):
        raise ValueError(f"{where}: {function.name} needs both: a name that begins with test_, and @check(\"...\")")
    names = {d.id for d in function.decorator_list if isinstance(d, ast.Name)}
    if "attributed" in names:       # the check that answers for a module is over by now
        raise ValueError(f"{where}: {function.name}: a hidden check stands without @attributed")
    yield from marks


def _mark(decorator: ast.expr) -> Optional[str]:
    """The id in @check("id") or @pytest.mark.check("id"), or None."""
    if not isinstance(decorator, ast.Call) or len(decorator.args) != 1:
        return None
    called, [id] = decorator.func, decorator.args
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return id.value if name == "check" and isinstance(id, ast.Constant) and isinstance(id.value, str) else None


def _must_agree(file: Path, described: set[str], measured: dict[str, str]) -> None:
    for id, where in measured.items():
        if id not in described:
            raise ValueError(f"{where}: {id} has no [[check]] in {file}")
    for id in sorted(described - set(measured)):
        raise ValueError(f"{file}: {id}: no function of {file.parent}/test_*.py measures it")


def _digest(rubric: Rubric, directory: Path) -> str:
    digest = hashlib.sha256(rubric.digest.encode())
    for path in sorted(directory.rglob("*")):
        inside = path.relative_to(directory)
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside.parts):
            data = path.read_bytes()
            digest.update(f"{inside} {len(data)} ".encode() + data)
    return digest.hexdigest()[:16]

"""What a check expects is said in the same words in a grade and in a quick
look, so it may name no number that only one of them has."""
import ast
import re
from typing import Iterator

from grader.core.rubric import load
from grader.tests.unpacked import ROOT


def _functions(module: ast.Module) -> dict[str, ast.FunctionDef]:
    return {f.name: f for f in module.body if isinstance(f, ast.FunctionDef)}


def _reached(name: str, known: dict[str, ast.FunctionDef]) -> set[str]:
    """A function, those of its module that it names, those that they name, and so on."""
    found, new = {name}, {name}
    while new:
        named = {n.id for f in new for n in ast.walk(known[f]) if isinstance(n, ast.Name)}
        new = named & set(known) - found
        found |= new
    return found


def _only_in_a_grade(function: ast.FunctionDef) -> Iterator[str]:
    """The numbers that times(FULL, QUICK) has in a grade, and not in a quick look."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "times":
            full, *quick = [a.value for a in call.args if isinstance(a, ast.Constant)] or [0]
            if full > 2 and full not in quick:      # "one" and "two" are said of other things, too
                yield str(full)


def _checks() -> Iterator[tuple[str, set[str]]]:
    """Each check of the lab, and the numbers that only its grade has."""
    for path in sorted((ROOT / "grader/checks").glob("test_*.py")):
        known = _functions(ast.parse(path.read_text("utf-8")))
        for name, function in known.items():
            marks = [d for d in function.decorator_list if isinstance(d, ast.Call) and getattr(d.func, "id", "") == "check"]
            for mark in marks:
                yield mark.args[0].value, {n for f in _reached(name, known) for n in _only_in_a_grade(known[f])}


def test_what_is_expected_names_no_number_of_a_grade_alone():
    only, told = dict(_checks()), {id: set(re.findall(r"\b\d+\b", c.expected)) for id, c in load().checks.items()}
    assert {"400", "200", "40"} <= only["2b.fork"]
    assert {id: both for id, numbers in only.items() if (both := numbers & told.get(id, set()))} == {}

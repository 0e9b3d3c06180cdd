"""The sample class, as files: each case says what is expected of it in words
that the rubric has, and is what it says it is. (That the grader agrees with
them is for `make selftest`.)"""
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from grader.core import answers, rubric as rubrics

ROOT = Path(__file__).resolve().parents[2]
CLASS = ROOT / "grader/corpus/class"
CASES = sorted(p.name for p in CLASS.iterdir() if p.is_dir())
RUBRIC = rubrics.load()
DO_NOT_COMPILE = {"does-not-compile": "pool/queue.c"}
KEYS = {"about", "must_fail", "may_fail", "causes"}

in_each_case = pytest.mark.parametrize("name", CASES)


def expectation(name: str) -> dict:
    """The case.toml of a case."""
    return tomllib.loads((CLASS / name / "case.toml").read_text("utf-8"))


def written_by_the_student(name: str) -> list[Path]:
    """All files of a case but the one that is ours."""
    return sorted(p for p in (CLASS / name).rglob("*")
                  if p.is_file() and p.name != "case.toml")


def refused(name: str, compiler: str) -> list[str]:
    """The files that a compiler does not take, each by itself, as the lab
    compiles them."""
    def taken(sources: list[Path]) -> bool:
        done = subprocess.run([compiler, "@compile_flags.txt", "-fsyntax-only", *map(str, sources)],
                              cwd=ROOT, capture_output=True, timeout=60)
        return done.returncode == 0

    all_files = sorted((CLASS / name).glob("*/*.c"))
    if taken(all_files):        # in one go, since nearly all are
        return []
    return [str(s.relative_to(CLASS / name)) for s in all_files if not taken([s])]


def test_the_class_is_large_enough_and_has_all_kinds():
    expected = [expectation(n) for n in CASES]
    assert len(CASES) >= 15
    assert sum(not e["must_fail"] for e in expected) >= 4, "right ones"
    scoring = {c.id for c in RUBRIC.checks.values() if not c.guard}
    named = {c for e in expected for c in e["causes"]}
    assert scoring <= {c for e in expected for c in e["must_fail"]}, "a check that nobody fails"
    assert len(named) >= 15


@in_each_case
def test_a_case_is_told_in_the_words_of_the_rubric(name: str):
    case = expectation(name)
    assert set(case) == KEYS
    assert isinstance(case["about"], str) and case["about"].endswith(".")
    must, may = case["must_fail"], case["may_fail"]
    assert set(must + may) <= set(RUBRIC.checks)
    assert len(must + may) == len(set(must + may)), "a check is named twice"
    assert set(case["causes"]) <= set(RUBRIC.causes)
    assert bool(must) == bool(case["causes"])


@in_each_case
def test_what_stands_behind_a_failure_fails_too(name: str):
    case = expectation(name)
    must = set(case["must_fail"])
    for check in RUBRIC.checks.values():
        if check.after in must:
            assert check.id in must | set(case["may_fail"]), f"{check.id} is after {check.after}"
        if check.guard and check.id in must:
            behind = {c.id for c in RUBRIC.checks.values() if c.task in check.guards}
            assert behind <= must, f"{check.id} guards them"


@in_each_case
def test_a_case_is_shaped_like_a_submission(name: str):
    files = {str(p.relative_to(CLASS / name)) for p in written_by_the_student(name)}
    assert "answers.toml" in files
    for file in files - {"answers.toml", "compare.json"}:
        assert re.fullmatch(r"(fork|pool|locks)/[a-z]+\.c", file), file
    for part in "fork", "pool":
        assert {f"{part}/serve.c", f"{part}/stats.c"} <= files
    answers.read(CLASS / name / "answers.toml")


@in_each_case
def test_no_file_of_a_student_says_which_case_it_is(name: str):
    for path in sorted((CLASS / name).glob("*/*.c")):
        text = path.read_text("utf-8").lower()
        assert name not in text and name.replace("-", "_") not in text, path


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@in_each_case
def test_a_case_compiles_without_a_warning_unless_it_must_not(name: str, compiler: str):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    expected = [DO_NOT_COMPILE[name]] if name in DO_NOT_COMPILE else []
    assert refused(name, compiler) == expected


def test_the_untouched_starter_is_the_starter():
    for path in sorted((ROOT / "starter").rglob("*")):
        if path.is_file():
            copy = CLASS / "starter-untouched" / path.relative_to(ROOT / "starter")
            assert copy.read_bytes() == path.read_bytes(), "copy starter/ again"


def test_students_do_not_share_an_id():
    ids = [answers.read(CLASS / n / "answers.toml").student for n in CASES]
    ids.remove("")      # who has not touched the starter has not signed it
    assert len(set(ids)) == len(ids) and all(ids)

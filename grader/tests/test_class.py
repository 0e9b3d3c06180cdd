"""The sample class, graded as an instructor would, against what is known of it."""
import json
import subprocess
from pathlib import Path

import pytest

from grader.corpus.verify import CLASS, mismatches, verify
from grader.report import schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_case_of_the_class_gets_what_its_case_toml_says(tmp_path):
    done = subprocess.run([str(ROOT / "grader" / "grade"), "--jobs", "4", "--out", str(tmp_path),
                           "--marks", str(CLASS / "marks.json"), "--class", str(CLASS)], cwd=ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {n: wrong for n, wrong in verify(tmp_path).items() if wrong} == {}
    for path in tmp_path.glob("*/result.json"):
        schema.validate(json.loads(path.read_text("utf-8")))


def record(check, outcome, causes=()):
    return {"check": check, "outcome": outcome, "causes": list(causes), "guard": False}


@pytest.mark.parametrize("case, checks, said", [
    ({"must_fail": []}, [record("a", "pass")], []),
    ({"must_fail": []}, [record("a", "fail")], ["a should pass and is fail"]),
    ({"must_fail": ["a"]}, [record("a", "pass")], ["a should fail and is pass"]),
    ({"must_fail": ["a"], "may_fail": ["b"]}, [record("a", "fail"), record("b", "blocked")], []),
    ({"must_fail": []}, [record("a", "not-measured")], ["a is not-measured"]),
    ({"must_fail": ["a"]}, [], ["a should fail and is not there"]),
    ({"must_fail": ["a"], "causes": ["x"]}, [record("a", "fail", ["y", "x"])], []),
    ({"must_fail": ["a"], "causes": ["x"]}, [record("a", "fail", ["y"])],
     ["none of x is named, but y"]),
    ({"must_fail": ["a"], "causes": ["x"]}, [record("a", "fail"), record("b", "fail", ["x"])],
     ["b should pass and is fail", "none of x is named, but nothing"]),
])
def test_a_result_that_is_not_as_the_case_says_is_noticed(case, checks, said):
    assert mismatches(case, {"checks": checks}) == said

"""From the instructor's tree to a student's grade: dist, solve, check, submit, grade."""
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from grader.core import rubric
from grader.tests.answered import answer
from grader.tests.explained import explain, read_by_a_person

ROOT = Path(__file__).resolve().parents[2]
ALL = sum(c.points for c in rubric.load().checks.values())
READ = sum(c.points for c in rubric.load().checks.values() if c.task.startswith("e"))      # by a person
MODULES = ("fork/serve.c", "fork/stats.c", "pool/serve.c", "pool/queue.c", "pool/stats.c",
           "locks/journal.c", "locks/page.c", "locks/credit.c")


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_what_a_student_unpacks_solves_checks_and_hands_in_gets_full_marks(tmp_path):
    run("make", "-s", "dist", cwd=ROOT)
    with tarfile.open(ROOT / "build" / "clk-lab.tar.gz") as archive:
        archive.extractall(tmp_path)
    [home] = tmp_path.iterdir()
    assert not (home / "solutions").exists() and not (home / "grader" / "corpus").exists()

    for name in MODULES:
        shutil.copyfile(ROOT / "solutions" / name, home / "starter" / name)
    answers = home / "starter" / "answers.toml"
    answers.write_text(answers.read_text().replace('student = ""', 'student = "alice"', 1))
    answer(answers)
    explain(answers)

    run("make", "-s", "check", cwd=home)
    local = json.loads(next((home / "report" / "check").glob("*/result.json")).read_text())
    assert local["score"] == local["measured_max"] == ALL - READ and local["max"] == ALL and not local["complete"]

    said = run("make", "-s", "submit", cwd=home)
    [packed] = {home / name for name in re.findall(r"\S*submission-\S+\.tar\.gz", said)}
    grade = str(ROOT / "grader" / "grade"), "--out", str(tmp_path / "out")
    run(*grade, str(packed), cwd=ROOT)
    marks = read_by_a_person(tmp_path / "out", tmp_path / "marks.json")
    run(*grade, "--marks", str(marks), str(packed), cwd=ROOT)
    [graded] = (tmp_path / "out").glob("*/result.json")
    result = json.loads(graded.read_text())
    assert result["score"] == result["max"] == ALL and result["complete"]
    assert all(c["outcome"] == "pass" for c in result["checks"] if c["max"] or c["guard"])

"""What students get of a course works: it builds, and its untouched starter
has no point of as many as the handout says; EchoCo's has them all."""
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from grader import dist
from grader.tests import courses
from grader.tests.unpacked import make

COURSES = {
    "week": 'profile = "week"', "threads": 'profile = "threads"', "workshop": 'profile = "workshop"',
    "no threads": "[parts]\npool = false", "no processes": "[parts]\nfork = false",
}
pytestmark = pytest.mark.timeout(300)
# A check of a whole starter takes more than a minute where it has three servers or two.
OFTEN, SELDOM = pytest.mark.slow, pytest.mark.full


def handed_out(root: Path, into: Path) -> Path:
    """The archive, unpacked."""
    dist.pack(root, into / "kit.tar.gz")
    with tarfile.open(into / "kit.tar.gz") as tar:
        tar.extractall(into)
    return into / "clk-lab"


@pytest.mark.parametrize("name", [pytest.param(name, marks=OFTEN if name in ("week", "workshop") else SELDOM) for name in COURSES])
def test_the_starter_has_no_point_of_as_many_as_the_handout_says(name, tmp_path):
    kit = handed_out(courses.tree(tmp_path, COURSES[name]), tmp_path)
    total = re.search(r"\*\*all\*\* \| \| \*\*([\d.]+)\*\*", (kit / "handout.md").read_text("utf-8"))[1]
    built, checked = make("-s", cwd=kit), make("check", cwd=kit)
    assert built.returncode == 0, built.stdout
    assert checked.returncode == 0 and f"Score: 0 of {total}" in checked.stdout, checked.stdout[-3000:]
    assert "grader itself" not in checked.stdout
    told = make("status", cwd=kit)
    assert told.returncode == 0 and f"of {total}" in told.stdout, told.stdout
    for command in "predict", "hint":
        said = make(command, cwd=kit).stdout
        tasks = set(re.findall(r"\b(?:\d[a-e]|q\d)\b", said))
        asked = set(re.findall(r"^\| (\w+) ", (kit / "handout.md").read_text("utf-8"), re.MULTILINE))
        assert tasks <= asked | {"0a"}, said


@OFTEN
def test_without_processes_the_commands_of_the_kit_work(tmp_path):
    kit = handed_out(courses.tree(tmp_path, COURSES["threads"]), tmp_path)
    assert "PART=fork" not in (kit / "README.md").read_text("utf-8")
    said = make("compare", "QUICK=1", cwd=kit)
    assert said.returncode == 0 and "fork: your course has no processes" in said.stdout, said.stdout


@OFTEN
@pytest.mark.parametrize("off", ["1a.overlap", "2d.fixed", "1e.in-flight", "3c.together"])
def test_the_starter_gets_nothing_where_the_check_that_others_come_after_is_off(off, tmp_path):
    root = courses.tree(tmp_path, f'[off]\n"{off}" = "later"')
    task = off.partition(".")[0]
    subprocess.run([root / "grader/grade", "--no-timing", "--quick", "--task", task, "--out", tmp_path / "out", "starter"],
                   cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=250)
    found = json.loads((tmp_path / "out/starter/result.json").read_text("utf-8"))
    assert found["score"] == 0 < found["max"], [(c["check"], c["outcome"]) for c in found["checks"]]
    assert not [c for c in found["checks"] if c["check"] == off and c["max"]]


@OFTEN
@pytest.mark.parametrize("name", ["week", "threads"])
def test_echocos_own_has_all_points_of_the_course(name, tmp_path):
    root = courses.tree(tmp_path, COURSES[name])
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    done = subprocess.run([root / "grader/grade", "--no-timing", "--quick", "--out", tmp_path / "out", "solutions"], cwd=root,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=250)
    found = json.loads((tmp_path / "out/solutions/result.json").read_text("utf-8"))
    bad = [(c["check"], c["outcome"], c["observed"]) for c in found["checks"] if c["outcome"] != "pass"]
    assert not bad and found["score"] == found["max"] == 100, done.stdout

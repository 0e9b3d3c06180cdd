"""make doctor: what can be measured on a machine, and what not."""

import re
import shutil
import sys

from grader.tests import unpacked
from grader.tests.unpacked import make, run

packed, kit = unpacked.packed, unpacked.kit


def test_doctor_finds_that_all_can_be_measured_here_or_says_what_not(kit):
    done = make("doctor", cwd=kit)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^(All \d+ points can be|Not measured here:)",
                     done.stdout, re.MULTILINE)


def test_doctor_names_the_points_that_a_missing_tool_costs(kit, tmp_path):
    for tool in ("gcc", "make", "as", "ld", "cc", "unshare", "setarch",
                 "true", "sh", "curl"):
        if shutil.which(tool):
            (tmp_path / tool).symlink_to(shutil.which(tool))
    done = run(sys.executable, kit / "grader/doctor",
               env={"PATH": str(tmp_path)})
    assert done.returncode == 0
    assert re.search(r"^lacks valgrind", done.stdout, re.MULTILINE)
    assert "Not measured here: 2b.race-check (1 of" in done.stdout


def test_doctor_says_so_when_nothing_can_be_built(kit, tmp_path):
    done = run(sys.executable, kit / "grader/doctor",
               env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert re.search(r"^lacks gcc", done.stdout, re.MULTILINE)

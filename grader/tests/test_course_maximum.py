"""Whatever a course leaves out, `make dist` and `make grade` agree on its points."""
import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from grader import dist
from grader.course import profiles
from grader.tests import courses
from grader.tests.test_course_tailored import COURSES
from grader.tests.unpacked import ROOT, make


def nobody(into: Path) -> Path:
    """A submission of which nothing compiles: graded in full, and soon."""
    tree = Path(shutil.copytree(ROOT / "starter", into / "dir/nobody")).parent
    for source in tree.rglob("*.c"):
        source.write_text("int none = ;\n", "utf-8")
    return tree


def test_each_profile_is_one_of_the_courses_and_each_part_is_out_of_one():
    decided = [tomllib.loads(text) for text, *_ in COURSES.values()]
    assert {course.get("profile", "full") for course in decided} == set(profiles.PROFILES)
    out = {part for course in decided for part, there in course.get("parts", {}).items() if not there}
    assert out == set(profiles.PARTS)
    assert any("points" in course for course in decided) and any("off" in course for course in decided)


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", COURSES)
def test_the_maximum_of_the_report_is_the_handouts(name, tmp_path):
    text, total, _, _ = COURSES[name]
    root = courses.tree(tmp_path, text)
    given = dist.contents(root)["handout.md"][0].decode()
    done = make("grade", f"SUBMISSIONS={nobody(tmp_path)}", cwd=root)
    assert done.returncode == 0, done.stdout
    found = json.loads((root / "report/class/nobody/result.json").read_text("utf-8"))
    assert found["score"] == 0 and found["max"] == pytest.approx(total)
    assert f"| **all** | | **{found['max']:g}** |" in given
    boxes = dict(re.findall(r"^\| \*\*(?!all\*)(.+?)\*\* \| \| \*\*([\d.]+)\*\* \|", given, re.MULTILINE))
    assert {box["title"]: f"{box['max']:g}" for box in found["boxes"]} == boxes
    page = (root / "report/class/nobody/index.html").read_text("utf-8")
    assert re.search(rf">\s*0\s*(?:<[^>]+>\s*)*of\s*{total:g}\b", page), "the page says it"

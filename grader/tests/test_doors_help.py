"""make help, and that what it lists, recipes call and CI runs is there."""

import os
import re
from pathlib import Path

from grader.tests import unpacked
from grader.tests.unpacked import ROOT, listed, make

packed, kit = unpacked.packed, unpacked.kit
INSTRUCTORS = {"grade", "mark", "dist", "starter", "test", "selftest", "flake",
               "bench", "bench-pace", "bench-twins"}


def recipes(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines()
                     if line.startswith("\t"))


def called(text: str, root: Path) -> list:
    """The files that recipes run, modules among them, by their paths."""
    paths = re.findall(r"(?<![\w/.-])((?:grader|lab)/[\w./-]+)", text)
    for module in re.findall(r"-m ((?:grader|lab)\.[\w.]+)", text):
        path = module.replace(".", "/")
        paths.append(f"{path}/__main__.py" if (root / path).is_dir()
                     else f"{path}.py")
    return paths


def test_help_lists_every_target_that_people_type():
    phony = re.findall(r"^\.PHONY:((?:.*\\\n)*.*)", "\n".join(
        (ROOT / n).read_text() for n in ("Makefile", "grader/instructor.mk")),
        re.MULTILINE)
    typed = set(" ".join(phony).replace("\\\n", " ").split())
    assert typed - {"part", "always"} == set(
        listed(make("help", cwd=ROOT).stdout))


def test_help_lists_only_targets_that_make_can_make():
    for target in listed(make("help", cwd=ROOT).stdout):
        done = make("-n", target, cwd=ROOT)
        assert done.returncode == 0, f"make {target}: {done.stdout}"


def test_what_a_recipe_calls_exists():
    text = recipes(ROOT / "Makefile") + recipes(ROOT / "grader/instructor.mk")
    assert [p for p in called(text, ROOT) if not (ROOT / p).exists()] == []


def test_students_see_no_command_that_is_not_theirs(kit):
    theirs = set(listed(make("help", cwd=kit).stdout))
    assert theirs and not theirs & INSTRUCTORS
    assert theirs | INSTRUCTORS == set(listed(make("help", cwd=ROOT).stdout))


def test_what_a_students_recipe_calls_is_packed(kit):
    text = recipes(kit / "Makefile")
    assert [p for p in called(text, kit) if not (kit / p).exists()] == []


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci/run").read_text()
    command = re.search(r"^    (make test)\b", (ROOT / "README.md")
                        .read_text(), re.MULTILINE)[1]
    assert re.search(rf"^{command}\nmake selftest\b", script, re.MULTILINE)
    assert os.access(ROOT / ".ci/run", os.X_OK)

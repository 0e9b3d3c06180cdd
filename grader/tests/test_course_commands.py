"""The commands of a course's kit offer what is in that course, and nothing else."""
import json
import re
import tomllib
from pathlib import Path

import pytest

from grader import dist
from grader.tests import courses
from grader.tests.test_course_named import COURSES, FULL, NAMED
from grader.tests.unpacked import listed, make
from lab.way import experiments


@pytest.fixture(scope="module", params=["workshop", "fork alone", "pool alone"])
def unpacked(request, tmp_path_factory) -> tuple[Path, set[str]]:
    """A kit, and the tasks that it asks."""
    where = tmp_path_factory.mktemp("kit")
    for name, (text, mode) in dist.contents(courses.tree(where / "tree", COURSES[request.param])).items():
        file = where / "given" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        file.chmod(mode)
    return where / "given", {c["task"] for c in tomllib.loads((where / "given/grader/rubric.toml").read_text("utf-8"))["check"]}


def test_a_command_without_a_choice_offers_what_is_there(unpacked):
    kit, tasks = unpacked
    for command in "try", "hint", "predict", "status", "explore", "watch", "reset", "help":
        said = make(command, cwd=kit).stdout
        assert set(re.findall(r"\b[1-3][a-e]\b|\b[qe]\d\b", said)) <= tasks, said
    offered = set(re.findall(r"^  (\w+) ", make("try", cwd=kit).stdout, re.MULTILINE))
    assert offered == {name for name in experiments.ASKED if {*experiments.tasks(name)} & {*tasks, "0a"}}


def test_an_experiment_of_another_course_says_whose_it_is(unpacked):
    kit, tasks = unpacked
    for name in experiments.ASKED:
        if not {*experiments.tasks(name)} & {*tasks, "0a"}:
            said = make("try", f"EXP={name}", cwd=kit)
            assert said.returncode == 2 and f"the experiment '{name}' is of task " in said.stdout
            assert "which your course does not have" in said.stdout and "choose with make try EXP=" in said.stdout


def test_an_experiment_that_is_offered_takes_a_server_that_is_there(unpacked):
    kit, _ = unpacked
    for name in re.findall(r"^  (\w+) ", make("try", cwd=kit).stdout, re.MULTILINE):
        said = make("-n", "try", f"EXP={name}", cwd=kit)
        assert said.returncode == 0 and re.search(rf"lab/try '{name}' build/starter/(\w+) ", said.stdout), said.stdout
        part = re.search(r"build/starter/(\w+) starter", said.stdout)[1]
        assert part == "serial" or (kit / "starter" / part).is_dir()


def test_help_and_the_editor_offer_what_the_handout_speaks_of(unpacked):
    kit, tasks = unpacked
    text = (kit / "handout.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", FULL["Makefile"], re.MULTILINE))
    assert set(listed(make("help", cwd=kit).stdout)) == {"all", "clean"} | targets & set(NAMED.findall(text))
    asked = {i["id"]: i["options"] for i in json.loads((kit / ".vscode/tasks.json").read_text("utf-8"))["inputs"]}
    assert set(asked["task"]) == tasks
    assert set(asked["part"]) == {"serial"} | {p.parent.name for p in kit.glob("starter/*/serve.c")}
    for debugger in json.loads((kit / ".vscode/launch.json").read_text("utf-8"))["configurations"]:
        program = debugger["program"].rpartition("/")[2]
        assert program.startswith("$") or program in asked["part"]

"""An editor's tasks, its debugger, and the container: all of it is there."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from grader.doctor import machine
from grader.tests import unpacked
from grader.tests.test_handout import TASKS as HANDOUT
from grader.tests.unpacked import ROOT, listed, make

packed, kit = unpacked.packed, unpacked.kit
FILES = (".vscode/tasks.json", ".vscode/launch.json",
         ".devcontainer/devcontainer.json")


def read(name: str) -> dict:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


TASKS = {t["label"]: t for t in read(".vscode/tasks.json")["tasks"]}
DEBUGGERS = read(".vscode/launch.json")["configurations"]


def options(name: str, question: str) -> list:
    """What one of the file's questions can be answered with."""
    asked = {i["id"]: i for i in read(name)["inputs"]}
    assert asked[question]["type"] == "pickString"
    return asked[question]["options"]


@pytest.mark.parametrize("name", FILES)
def test_students_get_the_file_and_no_comment_breaks_it(name, kit):
    assert json.loads((kit / name).read_text(encoding="utf-8")) == read(name)


@pytest.mark.parametrize("label", TASKS)
def test_a_task_is_a_students_target_and_called_like_it(label, kit):
    task = TASKS[label]
    words = [w for w in task["command"].split() if "=" not in w]
    assert " ".join(words) == label and task["type"] == "shell"
    assert words[0] == "make" and len(words) <= 2
    assert set(words[1:]) <= set(listed(make("help", cwd=kit).stdout))


@pytest.mark.parametrize("name", FILES[:2])
def test_every_question_is_asked_and_every_one_asked_is_there(name):
    used = re.findall(r"\$\{input:(\w+)\}", (ROOT / name).read_text())
    assert set(used) == {i["id"] for i in read(name)["inputs"]}


def test_the_tasks_to_choose_from_are_those_of_the_handout_with_checks():
    rubric = tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))
    with_checks = {c["task"] for c in rubric["check"]}
    assert options(FILES[0], "task") == sorted(with_checks & set(HANDOUT))


@pytest.mark.parametrize("name", FILES[:2])
def test_the_parts_to_choose_from_are_those_that_make_builds(name):
    built = {"serial"} | {p.parent.name for p in ROOT.glob("starter/*/serve.c")}
    chosen = options(name, "part")
    assert set(chosen) == built and len(chosen) == len(built)


@pytest.mark.parametrize("debugger", DEBUGGERS, ids=lambda d: d["name"])
def test_a_debugger_starts_what_its_task_has_built(debugger, kit):
    assert debugger["preLaunchTask"] in TASKS and debugger["MIMode"] == "gdb"
    for part in options(FILES[1], "part"):
        program = debugger["program"].replace("${input:part}", part)
        target = program.removeprefix("${workspaceFolder}/")
        assert re.search(rf"-o {target} ", make("-nB", "all", cwd=kit).stdout)


def test_the_container_is_made_of_files_that_students_have(kit):
    build = read(FILES[2])["build"]
    where = kit / ".devcontainer"
    assert (where / build["context"]).resolve() == kit.resolve()
    text = (where / build["dockerfile"]).read_text()
    copied = re.search(r"^COPY (.+) /opt/clk/$", text, re.MULTILINE)[1].split()
    assert [Path(c).name for c in copied] == ["need", "packages"]
    assert [c for c in copied if not (kit / c).is_file()] == []


def test_the_container_names_no_package_of_its_own():
    text = (ROOT / ".devcontainer/Dockerfile").read_text()
    assert "RUN /opt/clk/need container " in text
    assert not re.search(r"apt-get|apt |pip|curl|wget", text)
    assert re.search(r"^container: ", (ROOT / "grader/packages").read_text(),
                     re.MULTILINE)


def test_the_doctor_starts_the_container_as_an_editor_does():
    options_ = read(FILES[2])["runArgs"]
    assert options_ and [o for o in options_ if o not in machine.CONTAINER] == []
    assert "-f .devcontainer/Dockerfile ." in machine.CONTAINER
    assert read(FILES[2])["remoteUser"] in re.findall(
        r"^USER (\w+)$", (ROOT / ".devcontainer/Dockerfile").read_text(),
        re.MULTILINE)

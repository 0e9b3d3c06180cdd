"""make doctor: what can be measured on a machine, and what not."""

import json
import os
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from grader.doctor import machine, points, witnesses
from grader.doctor.__main__ import questions
from grader.tests import unpacked
from grader.tests.unpacked import ROOT, make, run

packed, kit = unpacked.packed, unpacked.kit
TOOLS = ("gcc", "make", "as", "ld", "cc", "ar", "nm", "objcopy", "objdump",
         "awk", "bash", "cat", "cmp", "cut", "dirname", "env", "flock", "grep",
         "id", "mkdir", "mv", "readlink", "rm", "sed", "sh", "sort", "touch",
         "tr", "uname", "unshare", "setarch", "true", "curl", "gdb", "cp",
         "mktemp", "ranlib", "dpkg-query", "apt-cache")
NOT_LINUX = """
import platform, sys
sys.platform = "darwin"
platform.system = lambda: "Darwin"
"""


def doctor(kit: Path, **environment: str):
    """python -m grader.doctor in the kit, with this environment and no other."""
    return run(sys.executable, "-m", "grader.doctor", cwd=kit, env=environment)


def some_tools(where: Path, *without: str) -> str:
    """A PATH with what the doctor and the explorer call, but for some."""
    where.mkdir(exist_ok=True)
    for tool in set(TOOLS) - set(without):
        if shutil.which(tool):
            (where / tool).symlink_to(shutil.which(tool))
    return str(where)


def all_tools(where: Path, *without: str) -> str:
    """A PATH with everything that is installed, but for some."""
    where.mkdir(exist_ok=True)
    for directory in reversed(os.environ["PATH"].split(":")):
        for tool in Path(directory).glob("*"):
            if not tool.name.startswith(without):
                (where / tool.name).unlink(missing_ok=True)
                (where / tool.name).symlink_to(tool)
    return str(where)


def test_doctor_finds_that_all_can_be_measured_here_or_says_what_not(kit):
    done = make("doctor", cwd=kit)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^(All \d+ points can be|Not measured here:)",
                     done.stdout, re.MULTILINE)


def test_doctor_names_the_points_that_a_missing_tool_costs(kit, tmp_path):
    done = doctor(kit, PATH=some_tools(tmp_path / "bin"))
    assert done.returncode == 0
    assert re.search(r"^lacks valgrind\n +make race-check .*\n"
                     r" +package valgrind libc6-dbg$", done.stdout, re.MULTILINE)
    assert ("Not measured here: 2a.report, 2a.report-whole, 2b.race-check"
            " (3 of ") in done.stdout


def test_doctor_tries_the_explorer_and_names_what_rests_on_it(kit, tmp_path):
    done = doctor(kit, PATH=all_tools(tmp_path / "bin", "objcopy"))
    assert done.returncode == 0
    assert ("lacks the explorer cannot build: explore-cc: there is no objcopy"
            in done.stdout)
    left = re.search(r"^Not measured here: (.*) \(", done.stdout, re.MULTILINE)
    assert set(left[1].split(", ")) == set(points.left_out(witnesses.EXPLORER))


def test_doctor_says_so_when_nothing_can_be_built(kit, tmp_path):
    done = doctor(kit, PATH=str(tmp_path))
    assert done.returncode == 3
    assert re.search(r"^lacks gcc", done.stdout, re.MULTILINE)


def test_doctor_sends_a_mac_into_the_container_and_asks_nothing_more(kit, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NOT_LINUX)
    done = doctor(kit, PATH=os.environ["PATH"], PYTHONPATH=str(tmp_path))
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    assert lines[0].startswith("lacks Darwin ")
    assert lines[1:-2] == [f"{'':8}{line}" for line in machine.CONTAINER.splitlines()]


def test_doctor_ends_with_the_line_that_need_prints(kit, tmp_path):
    path = some_tools(tmp_path / "bin")
    (tmp_path / "bin/dpkg-query").unlink()
    (tmp_path / "bin/dpkg-query").write_text(
        "#!/bin/sh\nshift 2\nfor p; do [ $p = valgrind ] || echo installed $p; done\n")
    (tmp_path / "bin/dpkg-query").chmod(0o755)
    told = run(kit / "grader/need", "grade", "--tell", env={"PATH": path})
    line = told.stdout.rstrip().splitlines()[-1]
    assert told.returncode == 3 and line.endswith("install -y --no-install-recommends valgrind")
    assert line in doctor(kit, PATH=path).stdout.splitlines()


def test_every_package_that_the_doctor_names_is_in_the_list(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    named = {p for a in questions(tmp_path) for p in a.packages.split()}
    listed = set(re.findall(r"[\w.+-]+", re.sub(r"#.*|^\w+:", "", (
        ROOT / "grader/packages").read_text(), flags=re.MULTILINE)))
    assert len(named) >= 10 and named <= listed


def test_a_taken_port_is_told_with_the_next_one(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr(machine, "PORT", number)
        said = machine.port()
        assert said.fine and f"; {number} is taken, so make run takes" in said.what
        monkeypatch.setattr(machine, "NEXT", 1)
        assert not machine.port().fine
    assert machine.port().what == f"port {number} is free"


def test_the_doctors_port_is_the_makefiles():
    assert re.search(rf"^PORT = {machine.PORT}$", (ROOT / "Makefile").read_text(),
                     re.MULTILINE)
    assert re.search(rf"^TRIES = {machine.NEXT}$", (ROOT / "lab/run").read_text(),
                     re.MULTILINE)


def test_a_busy_machine_is_told_and_costs_nothing(monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (99.0, 0.0, 0.0))
    assert (machine.load().fine, machine.load().checks) == (False, ())
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 99.0, 99.0))
    assert machine.load().fine


@pytest.mark.parametrize("scope, user, fine", [
    ("0", 1000, True), ("1", 1000, False), ("1", 0, True), ("3", 0, False)])
def test_who_may_not_look_at_a_server_is_told_how(scope, user, fine, tmp_path, monkeypatch):
    (tmp_path / "scope").write_text(scope + "\n")
    monkeypatch.setattr(machine, "YAMA", tmp_path / "scope")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    said = machine.looking()
    assert said.fine == fine and "ptrace_scope=0" in said.then


def test_what_is_left_out_takes_along_what_comes_after_it():
    assert points.left_out(["2a.report"]) == ["2a.report", "2a.report-whole"]
    assert points.left_out([]) == []


@pytest.mark.slow
@pytest.mark.parametrize("missing, told", [
    ("valgrind", witnesses.HELGRIND), ("objcopy", witnesses.EXPLORER)])
def test_the_grader_leaves_unmeasured_exactly_what_the_doctor_says(missing, told, tmp_path):
    tasks = [o for task in ("2a", "2b", "2c", "2d", "2e", "3a", "3b", "3c")
             for o in ("--task", task)]
    with tempfile.TemporaryDirectory() as tools:    # pytest's own is root's only
        Path(tools).chmod(0o755)
        done = run(ROOT / "grader/grade", "--quick", "--out", tmp_path, *tasks, "solutions",
                   env={**os.environ, "PATH": all_tools(Path(tools), missing)})
    result = json.loads((tmp_path / "solutions/result.json").read_text())
    unmeasured = [c["check"] for c in result["checks"] if c["outcome"] == "not-measured"]
    assert set(unmeasured) == set(points.left_out(told)), done.stdout
    assert {c["outcome"] for c in result["checks"]} == {"pass", "not-measured"}

"""Every command of the handout is typed, and shows what the text promises.

The tree is a student's, solved; the shapes are what a right server shows.
"""

import os
import re
import shutil
import signal
import subprocess
import tarfile

import pytest

from grader import dist
from grader.tests.test_handout import ROOT, TASKS

pytestmark = pytest.mark.slow

# What the commands of a task print, in order, whatever else they print.
SHAPES = {
    "0a": [r"(one|two) [12]\.\d", r"(one|two) [34]\.\d",
           r"ELAPSED +TIME\n +00:0\d 00:00:00$",
           r"1 +\d+ ms\n +2 +\d+ ms\n +4 +\d+ ms\n +8 +\d+ ms\n"
           r" +16 +[3-9]\d\d ms", r"hello", r"real\s+0m[345]\."],
    "1a": [r"(?: *\d+ +\d+ +S.* build/starter/fork .*\n){5}",
           r"^(\d+)\n(?:.*\n)*?requests +100 (?:.*\n)+?\1$",
           r"16 +\d\d ms"],
    "1b": [r"requests +100 ", r"PID STAT", r"stopped +20\n.* 1\n.* 0$"],
    "1c": [r"^(200 0\.\d+\n){2}(503|000) 0\.\d+\n200 0\.\d+\n\d+$"],
    "1d": [r"requests +10 ", r'"served": 10\b'],
    "1e": [r"the client has its reply", r"status 0", r"nobody is left"],
    "2a": [r"requests +2000 ", r'"served": 2000\b', r"gcc -O2 +0 +0 ",
           r"mutex +0 +0 ", r"pool"],
    "2b": [r'({"served": \d+.*} 0\n(?:.*\n)*?){5}',
           r"race-check: nothing found", r"build/zoo/: ant, ", r"explore: ant$",
           r"^T\d updates n = 1 "],
    "2c": [r"2c\.order", r"explore: queue-order: .*\n +none"],
    "2d": [r"^9\n32$", r"LISTEN +39 ", r"requests +200 ", r"^9$"],
    "2e": [r"9 threads", r"its reply", r"status 0; threads just before: \d",
           r"nobody is left"],
    "3a": [r"requests +500 ", r'{"entries": 500, "bytes": \d+, "last": \[',
           r"race-check: nothing found", r"explore: journal: .*\n +none", r"T3 locks journal_lock"],
    "3b": [r"the writer waited \d{1,3} ms; \d readings",
           r"page-writer: .*\n +none"],
    "3c": [r"requests +8 ", r"^ +8 200\n +8 429$", r"credit: .*\n +none"],
}


def commands(task: str) -> list:
    """The command lines between See and Done when."""
    see = re.search(r"^\*\*See\*\*(.*?)^\*\*Done", TASKS[task],
                    re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^    (.*)", see, re.MULTILINE)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """What a student has at the end of the lab."""
    where = tmp_path_factory.mktemp("student")
    dist.pack(ROOT, where / "lab.tar.gz")
    with tarfile.open(where / "lab.tar.gz") as tar:
        tar.extractall(where)
    for source in ROOT.glob("solutions/*/*.[ch]"):
        shutil.copy(source, where / "clk-lab/starter" / source.parent.name)
    return where / "clk-lab"


@pytest.fixture
def start(kit):
    """start(line) types `make run ...`; the environment it asks one to set."""
    running = []

    def begin(line: str) -> dict:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)
        process = subprocess.Popen(
            ["sh", "-c", f"exec {line}"], cwd=kit, text=True,
            stdout=subprocess.PIPE, start_new_session=True, env=clean())
        running[:] = [process]
        for said in process.stdout:
            if said.startswith("export "):
                return dict(p.split("=") for p in said.split()[1:])
        pytest.fail(f"{line}: it never said where it listens")

    yield begin
    for process in running:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdout.close()


def clean() -> dict:
    """The environment of somebody who has not been typing make."""
    return {k: v for k, v in os.environ.items()
            if k not in ("MAKEFLAGS", "MAKELEVEL", "LAB", "PID")}


def typed(lines: list, start, cwd) -> str:
    """Everything that is printed when the lines are typed in one shell."""
    environment, script = {}, []
    for line in lines:
        if line.startswith("make run "):
            environment = start(line)
        else:
            script.append(line)
    with subprocess.Popen(["bash", "-c", "\n".join(script)], cwd=cwd,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True,
                          env={**clean(), **environment}) as process:
        try:
            return process.communicate(timeout=110)[0]
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


@pytest.mark.parametrize("task", TASKS)
def test_the_commands_of_a_task_show_what_it_promises(task, start, kit):
    said = typed(commands(task), start, kit)
    at = 0
    for shape in SHAPES[task]:
        found = re.compile(shape, re.MULTILINE).search(said, at)
        assert found, f"{shape!r} is not, or not in this order, in:\n{said}"
        at = found.start() + 1


LOCK = r"^.*(?:pthread_mutex_(?:un)?lock|sem_(?:down|up))\(.*\n"
COUNTED = re.compile(r"^(.*served\+\+;)", re.MULTILINE)


@pytest.mark.parametrize("part", ["pool", "fork"])
@pytest.mark.parametrize("locked", [True, False])
def test_a_widened_gap_tells_a_lock_from_none(part, locked, start, kit,
                                              tmp_path):
    for name in ("pool", "fork"):
        shutil.copytree(kit / "starter" / name, tmp_path / name)
    stats = tmp_path / part / "stats.c"
    text = "#include <unistd.h>\n" + COUNTED.sub(r"\1 usleep(200);",
                                                 stats.read_text())
    if not locked:
        text = re.sub(LOCK, "", text, flags=re.MULTILINE)
        text = re.sub(r"^static pthread_mutex_t.*\n", "", text,
                      flags=re.MULTILINE)
    stats.write_text(text)
    lines = [re.sub(r"PART=\w+", f"PART={part} DIR={tmp_path}", line)
             for line in commands("2b") if line.split()[1] in ("run", "load")]
    said = typed(lines, start, kit)
    off = [int(n) for n in re.findall(r"} (-?\d+)$", said, re.MULTILINE)]
    assert len(off) == 5, said
    assert all(n == 0 for n in off) if locked else min(off) < 0, said

"""Every command of the handout is typed, and shows what the text promises.

The tree is a student's, solved; the shapes are what a right server shows.
"""

import os
import re
import shutil
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from grader import dist
from grader.corpus import mutant
from grader.tests.test_handout import ROOT, TASKS

BEHIND = "\x1e"        # what is printed behind each line: it is in no reply

# For each line of a See but `make run ...`: what it prints, in order, whatever
# else it prints.
NOTHING = r"\A\Z"
SHAPES = {
    "0a": [[r"(one|two) [12]\.\d", r"(one|two) [34]\.\d"],
           [r"ELAPSED +TIME\n +00:0\d 00:00:00$"],
           [r"1 +\d+ ms\n +2 +\d+ ms\n +4 +\d+ ms\n +8 +\d+ ms\n"
            r" +16 +[3-9]\d\d ms"],
           [NOTHING],
           [r"hello", r"real\s+0m[345]\."]],
    "1a": [[r"(?: *\d+ +\d+ +S.* build/starter/fork .*\n){5}"],
           [r"^(\d+)\n(?:.*\n)*?requests +100 (?:.*\n)+?\1$"],
           [r"16 +\d\d ms"]],
    "1b": [[r"requests +100 ", r"PID STAT.*\n\Z"],
           [r"stopped +20\n.* 1\n.* 0$"]],
    "1c": [[r"^(200 0\.\d+\n){2}(503|000) 0\.\d+\n200 0\.\d+\n"],
           [r"\A\d+$"]],
    "1d": [[r"requests +10 ", r'"served": 10\b']],
    "1e": [[r"the client has its reply", r"status 0", r"nobody is left"]],
    "2a": [[r"requests +2000 ", r'"served": 2000\b'],
           [r"gcc -O2 +0 +0 ", r"mutex +0 +0 "],
           [r"all of it at once +64 of 64 answered", r"^chaos: nothing wrong"],
           [r"race-check: nothing found"],
           [r"^T1 reads counter = 0 ", r"^the counter ends at \d"],
           [r"explore: counter: .*\n +a wrong result: the counter is \d",
            r"make replay ID=counter-"]],
    "2b": [[r'({"served": \d+.*} 0\n(?:.*\n)*?){5}'],
           [r"race-check: nothing found"],
           [r"build/zoo/: ant, "],
           [r"explore: ant$"],
           [r"^T\d updates n = 1 "]],
    "2c": [[r"2c\.order"],
           [r"explore: queue-order: .*\n +none"]],
    "2d": [[NOTHING],
           [r"^9\n32$", r"LISTEN +39 "],
           [r"requests +200 ", r"^9$"]],
    "2e": [[r"9 threads", r"its reply", r"status 0; threads just before: \d",
            r"nobody is left"],
           [r"explore: serve: .*\n +none", r"serve-stopped: .*\n +none"]],
    "3a": [[r"requests +500 "],
           [r'{"entries": 500, "bytes": \d+, "last": \['],
           [r"race-check: nothing found"],
           [r"explore: journal: .*\n +none"],
           [r"T3 locks journal_lock"]],
    "3b": [[r"the writer waited \d{1,3} ms; \d readings"],
           [r"page-writer: .*\n +none"]],
    "3c": [[r"requests +8 "],
           [r"^ +8 200\n +8 429$"],
           [r"credit: .*\n +none"]],
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


def typed(lines: list, start, cwd) -> list:
    """What each line prints, typed one after the other in one shell; what is
    started with `make run` is somewhere else, and prints nothing here."""
    environment, script = {}, []
    for line in lines:
        if line.startswith("make run "):
            environment = start(line)
        else:
            script.append(line)
    body = "\n".join(f"{line}\nprintf '{BEHIND}'" for line in script)
    with subprocess.Popen(["bash", "-c", body], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True,
                          env={**clean(), **environment}) as process:
        try:
            return process.communicate(timeout=110)[0].split(BEHIND)[:-1]
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def shown(line: str, shapes: list, said: str) -> None:
    """What a line printed has these shapes, in this order."""
    at = 0
    for shape in shapes:
        found = re.compile(shape, re.MULTILINE).search(said, at)
        assert found, f"{line}\n{shape!r} is not, or not in this order, in:\n{said}"
        at = found.start() + 1


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_commands_of_a_task_show_what_it_promises(task, start, kit):
    lines = [line for line in commands(task) if not line.startswith("make run ")]
    said = typed(commands(task), start, kit)
    for line, shapes, words in zip(lines, SHAPES[task], said, strict=True):
        shown(line, shapes, words)


@pytest.mark.parametrize("task", TASKS)
def test_each_command_of_a_task_has_its_shape_which_nothing_printed_has_not(task):
    lines = [line for line in commands(task) if not line.startswith("make run ")]
    assert len(lines) == len(SHAPES[task]), lines
    shapes = [shape for one in SHAPES[task] for shape in one if shape != NOTHING]
    assert all(SHAPES[task]) and not [s for s in shapes if re.search(s, "", re.MULTILINE)]


# What is to be predicted is seen of who has not mended it yet: task, whose
# server, which line of the handout, and what comes. (1b, 1e and 2e are in
# test_doors_try.py; the rest is seen of everybody.) An experiment takes seconds.
UNMENDED = [
    ("1a", "the sample class's", "ls /proc", [r"\A7$", r"^107$"]),
    ("1d", "half done", "make load", [r"requests +10 ", r'"served": 0,']),
    ("3b", "untouched", "make try", [r"the writer waited until the readers stopped"]),
    ("3c", "untouched", "make load", [r"requests +8 ", r"^seconds +0\.[89]"]),
    ("3c", "let go between", "for c in", [r"^ +1[0-6] 200$"]),
]


def unmended(whose: str, into: Path) -> Path:
    """The tree of one who has not mended it."""
    corpus = ROOT / "grader/corpus"
    if whose == "let go between":
        case = mutant.load(corpus / "mutants/credit_gap", mutant.load_rubrics())
        return mutant.make_tree(case, into)
    if whose == "the sample class's":
        return corpus / "class/parent-keeps-fd"
    shutil.copytree(ROOT / "starter", into)
    if whose == "half done":
        shutil.copy(ROOT / "solutions/fork/serve.c", into / "fork")
    return into


@pytest.mark.parametrize("task, whose, line, shapes", [
    pytest.param(*case, marks=pytest.mark.full if "make try" in case else pytest.mark.slow) for case in UNMENDED])
def test_what_is_to_be_predicted_comes_out_of_a_line_of_the_handout(
        task, whose, line, shapes, start, kit, tmp_path):
    tree = unmended(whose, tmp_path / "tree")
    [asked] = [told for told in commands(task) if told.startswith(line)]
    lines = [told + f" DIR={tree}" if re.match("make (run|try) ", told) else told
             for told in commands(task) if told == asked or told.startswith("make run ")]
    shown(asked, shapes, typed(lines, start, kit)[-1])


LOCK = r"^.*(?:pthread_mutex_(?:un)?lock|sem_(?:down|up))\(.*\n"
COUNTED = re.compile(r"^(.*served\+\+;)", re.MULTILINE)


@pytest.mark.slow
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
    said = "".join(typed(lines, start, kit))
    off = [int(n) for n in re.findall(r"} (-?\d+)$", said, re.MULTILINE)]
    assert len(off) == 5, said
    assert all(n == 0 for n in off) if locked else min(off) < 0, said

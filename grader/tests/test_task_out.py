"""EchoCo's own with one task taken out loses this task's points, and those of
checks that have to come after it, and no others: good company."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader import starter
from grader.core import rubric as rubrics
from grader.tests.unpacked import ROOT

pytestmark = [pytest.mark.full, pytest.mark.timeout(500)]
MARK = re.compile(r"\s*//@ ?(begin|starter|stub|end)\b(?: (\w+))?")
ALL = ("begin", "starter")
# For each task the files in which it is, and what of them is as in the starter:
# the regions of these tasks and those without a name, or all.
OUT = {
    "1a": {"fork/serve.c": None}, "1b": {"fork/serve.c": {"1b"}}, "1c": {"fork/serve.c": {"1c"}},
    "1d": {"fork/stats.c": None}, "1e": {"fork/serve.c": {"1e"}},
    "2b": {"pool/stats.c": None, "fork/stats.c": {"2b", "unnamed"}},
    "2c": {"pool/queue.c": None}, "2d": {"pool/serve.c": None}, "2e": {"pool/serve.c": {"2e"}},
    "3a": {"locks/journal.c": None}, "3b": {"locks/page.c": None}, "3c": {"locks/credit.c": None},
}
# What a good 1a or 2d has for nothing: -1 takes the parent's way, which closes at once, and nobody is in service.
FREE = {"1c.fork-fails", "1c.killed-child", "2e.idle"}


def without(text: str, name: str, tasks: set) -> str:
    """The solution, in which the regions of these tasks are the starter's."""
    out, region, own = [], [], False
    for line in text.splitlines(keepends=True):
        mark = MARK.match(line)
        if mark and mark[1] in ALL:
            own, region = (mark[2] if mark[1] == "begin" else "unnamed") in tasks, [line]
        elif region:
            region.append(line)
            if mark and mark[1] == "end":
                out += [starter.strip("".join(region), name)] if own else [r for r in region if not MARK.match(r)]
                region = []
        else:
            out.append(line)
    return "".join(out)


def taken_out(task: str, into: Path) -> Path:
    tree = Path(shutil.copytree(ROOT / "solutions", into / f"without-{task}"))
    for name, tasks in OUT[task].items():
        text = (ROOT / "solutions" / name).read_text("utf-8")
        (tree / name).write_text(starter.strip(text, name) if tasks is None else without(text, name, tasks), "utf-8")
    return tree


def behind(task: str, rubric: rubrics.Rubric) -> set:
    """The checks of a task, and all that come after one of them."""
    found = {c.id for c in rubric.checks.values() if c.task == task}
    while more := {c.id for c in rubric.checks.values() if c.after in found} - found:
        found |= more
    return found


@pytest.mark.parametrize("task", OUT)
def test_a_task_that_is_taken_out_costs_its_own_points_and_no_others(task, tmp_path):
    tree, rubric = taken_out(task, tmp_path), rubrics.load()
    parts = {name.partition("/")[0] for name in OUT[task]}
    done = subprocess.run([ROOT / "grader/grade", "--no-timing", "--out", tmp_path / "out",
                           *(word for part in sorted(parts) for word in ("--part", part)), tree],
                          cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / tree.name / "result.json").read_text("utf-8"))
    lost = {c["check"]: f"{c['outcome']}: {c['observed']}" for c in found["checks"] if c["outcome"] != "pass"}
    assert set(lost) <= behind(task, rubric), lost
    own = {c.id for c in rubric.checks.values() if c.task == task and c.part in parts} - FREE
    assert own <= set(lost), (own - set(lost), lost)


def test_every_task_that_is_code_is_taken_out_once():
    assert set(OUT) == {task for part in rubrics.load().parts.values() for name, tasks in part.modules.items()
                        if name.endswith(".c") for task in tasks}


# ---- what is no code: a table of answers.toml ---------------------------------

ANSWERED = [*rubrics.load().parts["answers"].modules["answers.toml"]]


def unanswered(task: str, into: Path) -> Path:
    """EchoCo's own, with the starter's table of one task."""
    tree = Path(shutil.copytree(ROOT / "solutions", into / f"without-{task}"))
    table = re.compile(rf"^\[{task}\]\n.*?(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
    empty = table.search((ROOT / "starter/answers.toml").read_text("utf-8"))[0]
    path = tree / "answers.toml"
    text, n = table.subn(lambda _: empty, path.read_text("utf-8"))
    assert n == 1
    path.write_text(text, "utf-8")
    return tree


def asked_in_pairs(task: str) -> set:
    """A point is for two predictions: that of an odd question is its neighbour's, too."""
    return {f"q{int(task[1]) + 1}.predicted"} if re.fullmatch(r"q[1357]", task) else set()


@pytest.mark.parametrize("task", ANSWERED)
def test_a_task_that_is_not_answered_costs_its_own_points_and_no_others(task, tmp_path):
    tree, rubric = unanswered(task, tmp_path), rubrics.load()
    done = subprocess.run([ROOT / "grader/grade", "--no-timing", "--out", tmp_path / "out", "--part", "answers", tree],
                          cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / tree.name / "result.json").read_text("utf-8"))
    lost = {c["check"] for c in found["checks"] if c["outcome"] in ("fail", "blocked")}
    own = {c.id for c in rubric.checks.values() if c.task == task and c.part == "answers"}
    assert own | asked_in_pairs(task) == lost, lost


def test_every_task_is_taken_out_or_not_answered():
    assert {c.task for c in rubrics.load().checks.values() if c.points} == set(OUT) | set(ANSWERED)

"""The verdict does not depend on the machine: not on how many submissions are
graded at a time, and not on a tool that is missing."""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.corpus.measure import ROOT, grade

CLASS = ROOT / "grader" / "corpus" / "class"
QUICK = "1a", "1b", "2c", "2d"
CASES = "solutions", "class/plain-counters", "class/queue-front", "class/minus-one"
HIDE = """
empty=$1; shift
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mount -t tmpfs none "$1"; else mount --bind "$empty" "$1"; fi || exit 99
    shift
done
shift
exec "$@"
"""
AFFECTED = {"valgrind": "2b.race-check", "libc6-dbg": "2b.race-check"}


def results(out: Path) -> dict[str, dict[str, dict]]:
    """submission -> check -> record of what was graded into a directory."""
    found = {}
    for path in out.glob("*/result.json"):
        result = json.loads(path.read_text("utf-8"))
        assert "error" not in result, result
        found[path.parent.name] = {c["check"]: c for c in result["checks"]}
    return found


def verdicts(out: Path) -> dict[str, dict[str, tuple]]:
    return {name: {check: (r["outcome"], r["points"]) for check, r in records.items()}
            for name, records in results(out).items()}


@pytest.mark.full
@pytest.mark.timeout(900)
def test_ten_submissions_at_once_get_the_verdicts_of_one_at_a_time(tmp_path):
    names = sorted(p.name for p in CLASS.iterdir() if p.is_dir())[:10]
    wants = ["--no-timing", *(word for task in QUICK for word in ("--task", task))]
    paths = [str(CLASS / name) for name in names]
    grade(tmp_path / "together", "--jobs", "2", *wants, *paths)
    for path in paths:
        grade(tmp_path / "alone", "--jobs", "1", *wants, path)
    together = verdicts(tmp_path / "together")
    assert len(together) == 10 and together == verdicts(tmp_path / "alone")


# ---- a tool is missing --------------------------------------------------------


def places(tool: str) -> list[str]:
    """What to hide so that a tool, or a package of files, is not there."""
    if tool == "libc6-dbg":
        return ["/usr/lib/debug"]
    found = {p.resolve() for d in ("/usr/bin", "/usr/local/bin") for p in Path(d).glob(f"{tool}*")
             if p.name.split("-")[0].split(".")[0] == tool}
    return sorted(map(str, found))


def submissions() -> list[str]:
    return [str(ROOT / name if name == "solutions" else ROOT / "grader" / "corpus" / name) for name in CASES]


def graded(out: Path, hidden: list[str], empty: Path) -> dict[str, dict[str, dict]]:
    wrapper = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", HIDE, "sh",
               str(empty), *hidden, "--"] if hidden else []
    grade(out, "--jobs", "2", "--part", "pool", *submissions(), wrapper=wrapper)
    return results(out)


@pytest.fixture(scope="module")
def complete(tmp_path_factory) -> dict[str, dict[str, dict]]:
    """The records where every tool is there."""
    return graded(tmp_path_factory.mktemp("complete"), [], Path("/dev/null"))


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.geteuid() != 0, reason="hiding a file needs root")
@pytest.mark.parametrize("tool", ["valgrind", "gdb", "clang", "libc6-dbg"])
def test_without_a_tool_its_checks_are_not_measured_and_no_verdict_changes(tool, complete, tmp_path):
    hidden, empty = places(tool), tmp_path / "empty"
    assert hidden, f"{tool} is not here to be missed"
    empty.touch(mode=0o644)
    lacking = graded(tmp_path / "out", hidden, empty)
    assert lacking.keys() == complete.keys() and len(lacking) == len(CASES)
    changed = {(name, check): record["observed"] for name, records in lacking.items()
               for check, record in records.items() if record["outcome"] != complete[name][check]["outcome"]}
    for (name, check), observed in changed.items():
        assert lacking[name][check]["outcome"] == "not-measured", (name, check)
        assert tool in observed or "could not be measured" in observed, observed
    assert {check for _, check in changed} == ({AFFECTED[tool]} if tool in AFFECTED else set())


@pytest.mark.skipif(os.geteuid() != 0, reason="hiding a file needs root")
@pytest.mark.parametrize("tool", ["valgrind", "gdb", "clang"])
def test_a_hidden_tool_cannot_be_found(tool, tmp_path):
    (tmp_path / "empty").touch(mode=0o644)
    assert shutil.which(tool)
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", HIDE, "sh",
                           str(tmp_path / "empty"), *places(tool), "--", "/usr/bin/python3", "-c",
                           f"import shutil; print(shutil.which({tool!r}))"],
                          capture_output=True, text=True, timeout=60)
    assert done.stdout == "None\n", done.stderr

"""A student's tree without the grader, and the commands of the way in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Optional

from grader.tests.unpacked import ROOT

COLOURS = ("NO_COLOR", "PLAIN", "FORCE_COLOR", "CLICOLOR_FORCE")
BEFORE = 1_700_000_000      # seconds: long ago


def tree(where: Path) -> Path:
    """starter/, its untouched copy, the handout and the rubric; all of it old."""
    shutil.copytree(ROOT / "starter", where / "starter")
    shutil.copytree(ROOT / "starter", where / "lab/starter", ignore=shutil.ignore_patterns("answers.toml"))
    (where / "grader").mkdir()
    for name in ("handout.md", "grader/rubric.toml"):
        shutil.copy(ROOT / name, where / name)
    for path in where.rglob("*"):
        os.utime(path, (BEFORE, BEFORE))
    return where


def stand_in(here: Path, *plan: str) -> None:
    """Put the grader of the tests in the place of the other; what it is to do."""
    if not (here / "stand_in").exists():
        shutil.copy(ROOT / "grader/tests/stand_in_grader", here / "stand_in")
        (here / "grader/grade").unlink(missing_ok=True)
        (here / "grader/grade").symlink_to(here / "stand_in")
    (here / "plan").write_text("\n".join(plan))


def environment(**more: str) -> dict:
    clean = {k: v for k, v in os.environ.items() if k not in (*COLOURS, "MAKEFLAGS", "MAKELEVEL")}
    return {**clean, "PYTHONPATH": str(ROOT), **more}


def command(name: str, *words: str) -> list:
    """The command line of hints, status, watch or reset."""
    directory = [] if name == "hints" else ["--dir", "starter"]
    handout = ["--handout", "handout.md"]
    return [sys.executable, "-m", f"lab.{name}", *directory, *handout, *words]


def call(here: Path, name: str, *words: str, **more: str) -> subprocess.CompletedProcess:
    """One of them, finished."""
    return subprocess.run(command(name, *words), cwd=here, env=environment(**more), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


def check(id: str, outcome: str = "pass", part: str = "fork", observed: str = "seen", most: float = 1) -> dict:
    """What a result says of one check."""
    return {"check": id, "part": part, "outcome": outcome, "observed": observed, "max": most}


def result(here: Path, *checks: dict, out: str = "report/check", at: Optional[float] = None) -> Path:
    """Leave a result as the grader does."""
    path = here / out / "starter/result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"schema": 1, "submission": "starter", "checks": checks}))
    if at is not None:
        os.utime(path, (at, at))
    return path


def checked(here: Path, *checks: dict) -> None:
    """What make check does: it begins, leaves a result, and has it noted."""
    begun = here / "build/way/begun"
    begun.parent.mkdir(parents=True, exist_ok=True)
    begun.touch()
    result(here, *checks)
    done = call(here, "status", "--note", "build/way/begun")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

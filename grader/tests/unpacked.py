"""The archive of `make dist`, unpacked, and commands in it.

Nearly all tests of the doors happen there: that is the tree that most people
type these commands in, and nothing of it is shared. A file of tests takes the
fixtures over by name, packed with those that are made of it.
"""

import os
import re
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from grader import dist

ROOT = Path(__file__).resolve().parents[2]


def run(*command, cwd=ROOT, **more) -> subprocess.CompletedProcess:
    """A finished command; its stdout and stderr are one text.

    A session of its own keeps what it started together, and killed.
    """
    with subprocess.Popen([str(c) for c in command], cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True, **more) as process:
        try:
            output, _ = process.communicate(timeout=240)
        finally:
            kill(process)
    return subprocess.CompletedProcess(command, process.returncode, output)


def kill(process: subprocess.Popen) -> None:
    """End everything in the session that process leads."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def make(*arguments, cwd, **more) -> subprocess.CompletedProcess:
    """make, without what this test's own make has put in the environment."""
    clean = {k: v for k, v in os.environ.items()
             if k not in ("MAKEFLAGS", "MAKELEVEL", "LAB", "PID")}
    return run("make", f"PYTHON={sys.executable}", *arguments, cwd=cwd,
               env={**clean, **more})


def listed(text: str) -> list:
    """The targets that help lists."""
    return re.findall(r"^  make ([a-z-]+) ", text, re.MULTILINE)


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """The archive for students."""
    target = tmp_path_factory.mktemp("dist") / "clk-lab.tar.gz"
    dist.pack(ROOT, target)
    return target


@pytest.fixture(scope="module")
def kit(packed, tmp_path_factory) -> Path:
    """The archive, unpacked; for tests that leave it as it was."""
    where = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(packed) as tar:
        tar.extractall(where)
    (where / "clk-lab/solutions").symlink_to(ROOT / "solutions")
    return where / "clk-lab"


@pytest.fixture
def own(packed, tmp_path) -> Path:
    """The archive, unpacked; for tests that change it."""
    with tarfile.open(packed) as tar:
        tar.extractall(tmp_path)
    return tmp_path / "clk-lab"

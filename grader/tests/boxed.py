"""The boxes that the tests of the box run programs in, and what they look at.

A file of tests takes the fixtures over by name, box with start: box = boxed.box.
"""

import textwrap
import time
from pathlib import Path

import pytest

from grader.box import probe, proc, user
from grader.box.box import Box, BoxError, Mode

ROOT = Path(__file__).resolve().parents[2]
USERS = user.can_be_had()
FLAGS = ("pm", "-") if USERS else ("pmu", "-")
ME = "/usr/bin/python3"
FORK = "import os, signal, sys, time\n"
STEADY = "time.sleep(600)\n"


@pytest.fixture(params=FLAGS, ids=["namespaces", "subreaper"])
def box(request):
    """A box with namespaces, and one on a machine that refuses them."""
    mode = Mode(USERS, request.param)
    try:
        return Box(mode, probe.prove(mode))
    except BoxError as error:
        if request.param == "-":
            raise
        pytest.skip(f"not on this machine: {error}")


@pytest.fixture
def start(box):
    """start(code) runs Python code in the box; all are ended."""
    runs = []

    def start(code, **options):
        options.setdefault("cwd", "/")
        runs.append(box.start([ME, "-c", FORK + textwrap.dedent(code)],
                              **options))
        return runs[-1]

    yield start
    for run in runs:
        run.__exit__()


def eventually(condition, seconds=10):
    """Poll until condition() is true; False if it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def states(run):
    """The states of a run's members, as /proc has them, sorted."""
    all_of_them = proc.snapshot()
    return sorted(all_of_them[pid].state for pid in run.members()
                  if pid in all_of_them)


def alive(pid):
    return proc.snapshot().get(pid, proc.Process(0, "Z")).state != "Z"


def shell(box, text, **options):
    options.setdefault("timeout", 10)
    return box.run(["/bin/sh", "-c", text], **options)

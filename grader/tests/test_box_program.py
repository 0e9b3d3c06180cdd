"""How a program starts and ends in a box, at every level of this machine."""

import os
import signal
from pathlib import Path

import pytest

from grader.box import box as boxes
from grader.box import proc
from grader.box.box import BoxError, Status
from grader.tests import boxed
from grader.tests.boxed import ME, STEADY, shell

box, start = boxed.box, boxed.start


def test_the_end_of_the_program_is_told(box):
    assert shell(box, "exit 7").status == Status("exit", 7)
    assert shell(box, "kill -SEGV $$").status == Status("signal", 11)


def test_the_pid_is_that_of_the_program(start):
    run = start(STEADY)
    assert Path(f"/proc/{run.pid}/cmdline").read_bytes().startswith(ME.encode())
    assert run.members() == [run.pid] and run.poll() is None
    run.signal(signal.SIGTERM)
    assert run.wait(10) == Status("signal", signal.SIGTERM)
    assert run.members() == []


def test_the_program_leads_a_session_and_is_not_the_first(start):
    run = start(STEADY)
    assert os.getsid(run.pid) == os.getpgid(run.pid) == run.pid
    assert proc.snapshot()[run.pid].parent == run._init


def test_signals_begin_as_a_program_expects_them(box):
    old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        done = box.run(["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"])
    finally:
        signal.signal(signal.SIGUSR1, old)
    assert done.stdout.split()[1::2] == [b"0" * 16] * 2


def test_a_program_that_cannot_be_executed_is_an_error(box):
    with pytest.raises(BoxError, match="nothing-here: exec: No such file"):
        box.run(["nothing-here"])
    with pytest.raises(BoxError, match="chdir: No such file"):
        box.run(["true"], cwd="/nothing-here")


def test_input_and_output_are_the_callers(box, tmp_path):
    (tmp_path / "in").write_text("hello")
    with open(tmp_path / "in", "rb") as file:
        done = box.run(["cat"], stdin=file)
    assert done.stdout == b"hello" and done.reason == ""


def test_a_pipe_ends_with_the_program(start):
    run = start("print('x')", stdout=boxes.PIPE)
    assert run.stdout.read() == b"x\n"

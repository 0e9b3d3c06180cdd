"""What a program leaves behind in a box: it is seen, and then it is gone."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.box import box as boxes
from grader.box import proc
from grader.box.box import Status
from grader.tests import boxed
from grader.tests.boxed import ROOT, STEADY, USERS, alive, eventually, states

box, start = boxed.box, boxed.start
DAEMON = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()
"""


def test_an_orphan_is_counted_and_then_gone(start):
    run = start(DAEMON)
    assert run.wait(10) == Status("exit", 0)
    orphan, = run.members()
    assert proc.snapshot()[orphan].parent == run._init
    assert run.end() == 1 and run.end() == 0
    assert not alive(orphan) and run.members() == []


def test_a_zombie_of_the_programs_is_visible(start):
    run = start("if os.fork() == 0: os._exit(0)\n" + STEADY)
    assert eventually(lambda: states(run) == ["S", "Z"])


def test_a_zombie_of_an_orphans_is_not(start):
    run = start("""
        if os.fork() == 0:
            if os.fork() == 0:
                os.read(0, 1)
                os._exit(0)
            os._exit(0)
        os.wait()
        """ + STEADY, stdin=boxes.PIPE)
    assert eventually(lambda: states(run) == ["S", "S"])
    run._process.stdin.close()
    assert eventually(lambda: states(run) == ["S"])


def test_end_kills_a_running_program_and_says_so(start):
    run = start(STEADY)
    assert run.end() == 1
    assert run.poll() == Status("signal", 9, "end")


def test_a_stopped_program_is_ended(start):
    run = start("os.kill(os.getpid(), signal.SIGSTOP)")
    assert eventually(lambda: states(run) == ["T"])
    assert run.end() == 1 and not alive(run.pid)


@pytest.mark.skipif(not USERS, reason="the same user may do anything")
def test_a_program_can_neither_kill_nor_stop_its_init(start):
    run = start("""
        for sig in signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM:
            for pid in os.getppid(), -1:
                try: os.kill(pid, sig)
                except PermissionError: pass
                except ProcessLookupError: pass
        time.sleep(600)""")
    neighbour = start(STEADY)
    time_to_act = eventually(lambda: run.poll() or states(run) == ["S"])
    assert time_to_act and run.poll() is None
    assert neighbour.poll() is None and run.end() == 1


def test_a_neighbour_in_the_same_directory_is_spared(box):
    with box.workdir() as here:
        with box.start(["sleep", "600"], cwd=here) as one, \
                box.start(["sleep", "600"], cwd=here) as two:
            assert one.uid == two.uid == here.uid
            one.end()
            assert alive(two.pid) and two.poll() is None


GRADER = """
import sys
sys.path.insert(0, {root!r})
from grader.box.box import Box, Mode
box = Box(Mode({users}, {flags!r}), [])
here = box.workdir()
run = box.start(["/bin/sh", "-c", {daemon!r}], cwd=here)
while len(run.members()) != 3: pass
print(here, run._init, *run.members(), flush=True)
sys.stdin.read()
"""


def test_a_killed_grader_leaves_nothing(box):
    code = GRADER.format(
        root=str(ROOT), users=USERS, flags=box._mode.flags,
        daemon="trap '' TERM HUP; setsid sleep 600 & sleep 600 & wait")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as grader:
        here, *pids = grader.stdout.readline().split()
        assert len(pids) == 4 and all(alive(int(pid)) for pid in pids)
        assert Path(here).is_dir()
        grader.kill()
    assert eventually(lambda: not any(alive(int(pid)) for pid in pids), 3)
    boxes.workdir.sweep()
    assert not Path(here).exists()


def test_a_living_graders_directory_is_not_swept(box):
    with box.workdir() as here:
        boxes.workdir.sweep()
        assert here.path.is_dir()

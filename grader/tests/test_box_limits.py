"""The limits that a box sets to a program."""

import resource
import signal

import pytest

from grader.box import box as boxes
from grader.box.box import Limits, Status
from grader.tests import boxed
from grader.tests.boxed import ME, USERS, alive, eventually, shell

box, start = boxed.box, boxed.start


def test_a_fork_bomb_is_held(start):
    run = start("""
        for n in range(300):
            try:
                if os.fork() == 0: time.sleep(600)
            except BlockingIOError:
                break
        print(n, flush=True)
        time.sleep(600)""", stdout=boxes.PIPE, limits=Limits(processes=40))
    born = int(run.stdout.readline())
    assert born < 40 if USERS else born < 299
    assert len(run.members()) == born + 1
    assert run.end() == born + 1


def test_a_fork_bomb_that_fights_is_ended(start):
    run = start("""
        for sig in range(1, 32):
            if sig not in (9, 17, 19): signal.signal(sig, signal.SIG_IGN)
        print(flush=True)
        while True:
            try:
                os.fork()
            except OSError:
                pass""", stdout=boxes.PIPE, limits=Limits(processes=40))
    run.stdout.readline()
    assert eventually(lambda: len(run.members()) > 20)
    members = run.members()
    assert run.end() > 20
    assert not any(map(alive, members))


def test_a_racer_that_is_always_a_new_process_is_ended(start):
    run = start("""
        print(flush=True)
        os.setsid() if os.fork() == 0 else os._exit(0)
        while True:
            if os.fork(): os._exit(0)""", stdout=boxes.PIPE)
    run.stdout.readline()
    assert run.wait(10) == Status("exit", 0)
    run.end()
    assert run._process.returncode == 0         # nobody had to force it


def test_a_memory_hog_is_held(box):
    hog = "x = bytearray(900 << 20); print(len(x))"
    assert box.run([ME, "-c", hog]).status == Status("exit", 0)
    done = box.run([ME, "-c", hog], limits=Limits(memory=500 << 20))
    assert done.status == Status("exit", 1) and b"MemoryError" in done.stderr


def test_too_many_descriptors_are_refused(box):
    done = box.run([ME, "-c", "import os\nwhile True: print(os.dup(0))"],
                   limits=Limits(files=50))
    assert done.stdout.split()[-1] == b"49"


def test_a_file_that_grows_too_large_ends_the_program(box):
    with box.workdir() as here:
        done = box.run(["sh", "-c", "exec cat /dev/zero >f"], cwd=here,
                       limits=Limits(output=1 << 20))
        assert done.status == Status("signal", signal.SIGXFSZ, "output")
        assert (here / "f").stat().st_size == 1 << 20


@pytest.mark.parametrize("where", ["", ">&2"])
def test_a_flood_of_output_ends_the_program(box, where):
    done = shell(box, f"exec yes {where}", limits=Limits(output=1 << 20))
    assert done.reason == "output" and done.status.kind == "signal"
    assert len(done.stderr if where else done.stdout) == 1 << 20


def test_a_program_that_ignores_signals_meets_the_wall(box):
    done = box.run([ME, "-c", "import signal, time\n"
                    "for s in range(1, 32):\n"
                    "    if s not in (9, 19): signal.signal(s, signal.SIG_IGN)"
                    "\nprint('ready', flush=True)\nwhile True: time.sleep(9)"],
                   timeout=0.5)
    assert done.stdout == b"ready\n"
    assert done.status == Status("signal", 9, "wall") and done.reason == "wall"


def test_the_wall_stops_also_what_the_program_left(start):
    run = start("if os.fork() == 0: time.sleep(600)", limits=Limits(wall=1))
    assert run.wait(10) == Status("exit", 0)
    assert len(run.members()) == 1
    assert eventually(lambda: run.members() == [])


def test_core_files_are_off(box):
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        assert shell(box, "ulimit -c").stdout == b"0\n"
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))

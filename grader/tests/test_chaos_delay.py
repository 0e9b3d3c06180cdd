"""lab/chaos/delay: pauses where another thread or process may come in."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.core.luck import Luck

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "grader" / "tests" / "chaos" / "delayed"
LOCKS = "mutex", "spin", "rwlock", "posts", "weak"


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return Luck(tmp_path_factory.mktemp("luck")).recipe


@pytest.fixture(scope="module", params=["gcc", "clang"])
def run(request, recipe, tmp_path_factory):
    """Compiles a test program with pauses, by either compiler, and runs it."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not here")
    into = tmp_path_factory.mktemp(request.param)
    part = recipe.part if request.param == "gcc" else ("-fsanitize=thread", "-mcx16")

    def ran(name: str, delay: str, *args: str, seed: int = 1) -> list:
        target = into / name
        if not target.exists():
            made = into / f"{name}.o"
            subprocess.run([request.param, "@compile_flags.txt", *part, "-c", str(SOURCES / f"{name}.c"),
                            "-o", str(made)], cwd=ROOT, check=True, timeout=60)
            subprocess.run(["gcc", "-pthread", str(made), *recipe.link, "-o", str(target)], check=True, timeout=60)
        done = subprocess.run(["timeout", "-s", "KILL", "60", str(target), *args], text=True, capture_output=True,
                              env={"DELAY": delay, "SEED": str(seed), "PATH": os.environ["PATH"]})
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    ran.compiler = request.param
    return ran


@pytest.mark.parametrize("how", [(), ("fork",)], ids=["threads", "processes"])
def test_what_nobody_locks_is_lost_and_what_is_locked_is_not(run, how):
    for seed in range(3):
        assert int(run("count", "1000:50", "nothing", *how, seed=seed)[0]) < 100
    for lock in LOCKS:
        if not how or lock in ("spin", "posts", "weak"):
            assert run("count", "1000:50", lock, *how) == ["100"], lock


def test_every_atomic_operation_does_what_it_does_elsewhere(run):
    *wrong, failed = run("atomics", "100:50")
    assert not wrong
    assert run("atomics", "") == ["0"]
    if run.compiler == "gcc":       # clang calls a weak exchange a strong one
        assert 5 < int(failed) < 60


def test_a_pause_is_at_shared_memory_and_never_at_the_own_stack(run):
    said = run("places", "50:100")
    for place, slept in zip(said[::2], map(int, said[1::2])):
        if place == "stack":
            assert slept < 20
        elif place == "reads":
            assert 20 < slept < 120
        elif place != "struct" or run.compiler == "gcc":    # clang copies volatile ones untold
            assert slept > 150, place       # a switch of context for each, nearly


def test_without_a_word_there_is_no_pause(run):
    said = run("places", "")
    assert all(0 <= int(slept) < 20 for slept in said[1::2])


def test_a_signal_without_the_lock_is_lost_and_with_it_is_not(run):
    assert sum(int(run("wake", "3000:100", seed=seed)[0]) for seed in range(1, 4)) > 0
    assert run("wake", "3000:100", "locked") == ["0"]


def test_a_signal_between_a_look_and_a_pause_is_missed(run):
    """Delayed the nap before pause is 100 ms and more, and no signal cuts it short."""
    assert run("pause", "3000:100") == ["missed"]
    assert run("pause", "") == ["EINTR"]

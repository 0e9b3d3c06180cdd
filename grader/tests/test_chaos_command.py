"""make chaos: rounds of bad luck that a right server survives and a racy one
does not."""
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.witness.chaos import lay, under_bad_luck

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 20
REPEATS = 10


def chaos(part: str, directory, *more: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "grader.witness.chaos", "--part", part, "--dir", str(directory)]
    return subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=300)


def changed(tmp_path: Path, part: str, file: str, old: str, new: str) -> Path:
    """The solution with one thing different."""
    shutil.copytree(ROOT / "solutions" / part, tmp_path / part)
    path = tmp_path / part / file
    text = path.read_text()
    assert re.search(old, text), old
    path.write_text(re.sub(old, new, text))
    return tmp_path


def test_a_racy_server_is_shown_to_count_wrong(tmp_path):
    done = chaos("pool", "starter", "--seed", "7")
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"served is \d+ and must be 64", done.stdout)
    assert "The same choices again: make chaos PART=pool SEED=7\n" in done.stdout


@pytest.mark.parametrize("part", ["pool", "fork", "locks"])
def test_nothing_is_wrong_with_a_right_server(part):
    done = chaos(part, "solutions", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing wrong was seen" in done.stdout


def test_luck_that_did_not_occur_is_said_and_rounds_alike_name_their_seeds():
    done = chaos("fork", "starter", "--seed", "5")
    assert done.stdout.count("this luck did not occur: no process was forked") == 5, done.stdout
    assert len(set(re.findall(r"pauses at shared data, seed (\d+)", done.stdout))) == 3
    assert "as in 5 of 7 rounds" in done.stdout and "the outcome may differ" in done.stdout


def test_luck_that_occurred_is_not_said_to_be_missing():
    assert "occur" not in chaos("fork", "solutions", "--seed", "5").stdout.split("chaos: nothing")[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_reads_one_line(number):
    called = subprocess.Popen(["env", "--default-signal", sys.executable, "-m", "grader.witness.chaos", "--part", "fork"],
                              cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True)
    try:
        called.stdout.readline()
        called.send_signal(number)
        _, err = called.communicate(timeout=30)
        assert (called.returncode, err.strip()) == (130, "chaos: stopped")
    finally:
        called.kill()


def test_a_seed_is_said_where_none_was_given():
    done = chaos("fork", "starter")
    assert re.search(r"under bad luck, seed \d+$", done.stdout, re.M)
    assert re.search(r"^The same choices again: make chaos PART=fork SEED=\d+$", done.stdout, re.M)


@pytest.mark.slow
def test_counters_of_processes_without_a_lock_are_shown(tmp_path):
    done = chaos("fork", changed(tmp_path, "fork", "stats.c", r"sem_(down|up)\(", r"(void)("))
    assert done.returncode == 1 and "and must be 48" in done.stdout


@pytest.mark.slow
def test_an_if_in_place_of_a_while_is_shown(tmp_path):
    shutil.copytree(ROOT / "starter" / "pool", tmp_path / "pool")
    shutil.copy(ROOT / "solutions" / "pool" / "serve.c", tmp_path / "pool")
    shutil.copy(ROOT / "solutions" / "pool" / "stats.c", tmp_path / "pool")
    shutil.copy(ROOT / "grader" / "tests" / "chaos" / "if_queue.txt", tmp_path / "pool" / "queue.c")
    done = chaos("pool", tmp_path, "--seed", "3")
    round = done.stdout.split("waits end without a signal")[1].split("\n  accept")[0]
    assert done.returncode and "WRONG" in round, done.stdout    # 3: a later round took too long


@pytest.mark.slow
def test_two_locks_in_two_orders_are_shown_to_hang():
    done = chaos("locks", "starter", "--seed", "7")
    assert done.returncode == 1 and "are in a ring" in done.stdout and "at locks/journal.c:" in done.stdout, done.stdout


@pytest.mark.slow
def test_a_journal_without_a_lock_is_shown(tmp_path):
    unlocked = changed(tmp_path, "locks", "journal.c", r"pthread_mutex_(un)?lock\(", "(void)(")
    done = chaos("locks", unlocked, "--seed", "3")
    assert done.returncode == 1 and re.search(r"the (journal (has|says)|last entries of) \d+", done.stdout), done.stdout


@pytest.mark.slow
def test_a_child_left_for_another_signal_is_shown(tmp_path):
    done = chaos("fork", changed(tmp_path, "fork", "serve.c", r"(?s)while \((waitpid.*?) > 0\)\s+continue;", r"\1;"))
    assert done.returncode == 1 and re.search(r"\d+ zombies? stays?", done.stdout), done.stdout


@pytest.mark.slow
def test_a_second_close_is_shown(tmp_path):
    done = chaos("fork", changed(tmp_path, "fork", "serve.c", r"(\n    close\(conn\);)", r"\1\1"))
    assert done.returncode == 1 and "closed twice?" in done.stdout


@pytest.mark.parametrize("args, said", [
    (("serial", "starter"), "no bad luck for serial/"),
    (("pool", "solutions/fork"), "no C files"),
    (("pool", "starter", "--seed", "-1"), "a seed is"),
    (("pool", "starter", "--seed", str(2 ** 64)), "a seed is"),
])
def test_what_cannot_be_played_is_said(args, said):
    done = chaos(*args)
    assert done.returncode == 2 and said in done.stderr


def test_a_part_that_does_not_compile_is_quoted(tmp_path):
    done = chaos("pool", changed(tmp_path, "pool", "stats.c", "return 0;", "return zero;"))
    assert done.returncode == 2 and "does not compile" in done.stderr and "zero" in done.stderr


def rounds_wrong(part: str, directory: str, seeds: range) -> list:
    """In how many rounds of each seed something was wrong."""
    with tempfile.TemporaryDirectory(prefix="clk-chaos-") as stage:
        Path(stage).chmod(0o755)
        table = lay(part, ROOT / directory, Path(stage))
        return [under_bad_luck(table, seed)[0] for seed in seeds]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", [pytest.param("pool", marks=pytest.mark.slow), pytest.param("fork", marks=pytest.mark.slow),
                                  pytest.param("locks", marks=pytest.mark.full)])
def test_twenty_seeds_show_nothing_wrong_with_a_right_server(part):
    assert rounds_wrong(part, "solutions", range(SEEDS)) == [0] * SEEDS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_seeds_of_ten_show_the_racy_server_in_each_round_with_pauses(capsys):
    """Without pauses it may lose an update as well: it is a race."""
    assert all(wrong >= 4 for wrong in rounds_wrong("pool", "starter", range(REPEATS)))
    paused = re.findall(r"(?m)^  (?:pauses at shared data, seed \d+|all of it at once) .*$", capsys.readouterr().out)
    assert len(paused) == 4 * REPEATS and all(line.endswith("WRONG") for line in paused)

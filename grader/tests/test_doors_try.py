"""make try: what the experiments show of servers that are right and wrong."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.tests import unpacked
from grader.tests.unpacked import ROOT, make

packed, kit = unpacked.packed, unpacked.kit


def test_try_lists_the_experiments(kit):
    done = make("try", cwd=kit)
    assert done.returncode == 0
    for name in ("counter", "ladder", "stop", "zombies"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE)


def lost(text: str) -> dict:
    """way -> the most that were lost on all CPUs, and on one."""
    rows = re.findall(r"^(.*?)  +(?:[\d,]+ - )?([\d,]+) +(?:[\d,]+ - )?([\d,]+)"
                      r" +[\d.]+ ns$", text, re.MULTILINE)
    return {words: tuple(int(n.replace(",", "")) for n in most)
            for words, *most in rows}


def test_counters_lose_by_the_million_unless_they_are_right(kit):
    done = make("try", "EXP=counter", cwd=kit)
    most = lost(done.stdout)
    right = ("atomic, served++", "mutex", "semaphore that begins at 1")
    assert len(most) == 9 and most["int, gcc -O2"] == (0, 0), done.stdout
    assert [most[way] for way in right] == [(0, 0)] * 3
    # Which of the six wrong ones lose is luck: where the machine is busy, the
    # threads of some take turns.
    assert max(n for way in most for n in most[way]) > 1000


def test_the_guess_is_asked_for_on_a_terminal(kit):
    done = subprocess.run(["script", "-qec", "make try EXP=counter",
                           "/dev/null"], cwd=kit, input="none\n" * 9,
                          capture_output=True, text=True, timeout=100)
    assert done.stdout.count("how many are lost? ") == 9, done.stdout


def last_replies(text: str) -> list:
    return [int(ms) for ms in re.findall(r"^ +\d+ +(\d+) ms", text,
                                         re.MULTILINE)]


def test_the_ladder_rises_for_a_serial_server_and_not_for_a_pool(kit):
    serial = last_replies(make("try", "EXP=ladder", cwd=kit).stdout)
    pool = last_replies(make("try", "EXP=ladder", "PART=pool",
                             cwd=kit).stdout)
    assert len(serial) == len(pool) == 5
    assert serial[4] >= 16 * 20 > pool[4]


@pytest.mark.parametrize("experiment", ["ladder", "zombies"])
def test_a_connection_that_the_parent_keeps_is_told_and_not_waited_for(kit, tmp_path, experiment):
    shutil.copytree(ROOT / "solutions", tmp_path / "keeps")
    serve = tmp_path / "keeps/fork/serve.c"
    text = serve.read_text()
    keeps = text.replace("    close(conn);            /*", "    /*")
    assert keeps != text
    serve.write_text(keeps)
    done = make("try", f"EXP={experiment}", "PART=fork", f"DIR={tmp_path}/keeps", cwd=kit)
    assert done.returncode == 2
    assert "has its whole reply, and its connection has not ended" in done.stdout, done.stdout


def zombies(text: str) -> list:
    return [int(n) for n in re.findall(r"(\d+)$", text, re.MULTILINE)]


def test_the_reference_leaves_no_zombie(kit):
    done = make("try", "EXP=zombies", "DIR=solutions", cwd=kit)
    assert zombies(done.stdout) == [20, 1, 0], done.stdout


def test_a_handler_that_asks_once_leaves_19_zombies(kit, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "once")
    serve = tmp_path / "once/fork/serve.c"
    text = serve.read_text()
    once = text.replace("while (waitpid(-1, NULL, WNOHANG) > 0)\n"
                        "        continue;", "waitpid(-1, NULL, WNOHANG);")
    assert once != text
    serve.write_text(once)
    done = make("try", "EXP=zombies", f"DIR={tmp_path}/once", cwd=kit)
    assert zombies(done.stdout) == [20, 1, 19], done.stdout


def test_ignored_deaths_are_counted_and_leave_no_zombie(kit, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "deaf")
    serve = tmp_path / "deaf/fork/serve.c"
    text = serve.read_text()
    deaf = re.sub(r"(int serve\(.*\n{\n)", r"\1    signal(SIGCHLD, SIG_IGN);\n",
                  text).replace(".sa_handler = reap", ".sa_handler = SIG_IGN")
    assert deaf.count("SIG_IGN") == 2
    serve.write_text(deaf.replace("static void reap",
                                  "__attribute__((unused)) static void reap"))
    done = make("try", "EXP=zombies", f"DIR={tmp_path}/deaf", cwd=kit)
    assert zombies(done.stdout) == [20, 0, 0], done.stdout


def test_zombies_of_a_server_without_children_are_not_counted(kit):
    done = make("try", "EXP=zombies", cwd=kit)
    assert done.returncode == 2 and "Is 1a done?" in done.stdout


def changed_pool(where: Path, change) -> Path:
    """A copy of the solutions whose pool/serve.c is change(its text)."""
    shutil.copytree(ROOT / "solutions", where)
    serve = where / "pool/serve.c"
    text = serve.read_text()
    assert change(text) != text
    serve.write_text(change(text))
    return where


def test_a_pool_without_a_farewell_cuts_its_client_off(kit, tmp_path):
    tree = changed_pool(tmp_path / "curt", lambda text: re.sub(
        r"    //@ begin 2e.*?//@ end\n", "", text, flags=re.DOTALL))
    said = make("try", "EXP=stop", "PART=pool", f"DIR={tree}", cwd=kit).stdout
    assert "SIGTERM is sent; threads: 9" in said
    assert "the client has no reply" in said
    assert "has ended, status 0; threads just before: 9" in said


def test_one_farewell_sends_one_worker_home(kit, tmp_path):
    tree = changed_pool(tmp_path / "one", lambda text: text.replace(
        "    for (int i = 0; i < options->workers; i++)\n"
        "        queue_put(pool.queue, GO_HOME);",
        "    queue_put(pool.queue, GO_HOME);"))
    said = make("try", "EXP=stop", "PART=pool", f"DIR={tree}", cwd=kit).stdout
    assert "the client has its reply; threads: 8" in said
    assert ("was ended by its own deadline, status 1; threads just before: 8"
            in said), said


@pytest.mark.parametrize("part, many", [("fork", "fork\n        "),
                                        ("pool", "9 threads")])
def test_a_clean_stop_is_told_as_one(kit, part, many):
    done = make("try", "EXP=stop", f"PART={part}", "DIR=solutions", cwd=kit)
    assert many in done.stdout
    assert "the client has its reply" in done.stdout
    assert "the server has ended, status 0" in done.stdout
    assert "after: nobody is left" in done.stdout


def test_an_orphan_is_seen_after_a_stop(kit, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "orphan")
    serve = tmp_path / "orphan/fork/serve.c"
    text = serve.read_text()
    early = text.replace("while (wait(NULL) > 0 || errno == EINTR)\n"
                         "        continue;", "")
    assert early != text
    serve.write_text(early)
    done = make("try", "EXP=stop", f"DIR={tmp_path}/orphan", cwd=kit)
    assert re.search(r"^after:\n    \d+ fork, its parent is", done.stdout,
                     re.MULTILINE), done.stdout

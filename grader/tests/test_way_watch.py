"""make watch: a save is a run, and whoever ends it is left with nothing."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, List

import pytest

from grader.tests import unpacked, way
from lab.watch import run
from lab.watch.files import Files

packed, own = unpacked.packed, unpacked.own
DEADLINE = 50           # seconds, for what takes well under one
WAITING = "Waiting for the next save"
QUEUE, SERVE = "starter/pool/queue.c", "starter/pool/serve.c"


def eventually(condition: Callable[[], object]) -> bool:
    """Whether it comes true before the deadline."""
    until = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Watched:
    """A watch in a student's tree, with a grader that does as it is told."""

    def __init__(self, here: Path):
        self.here = way.tree(here)
        self.plan("say a line", "check 2c.order pass")

    def plan(self, *lines: str) -> None:
        """What the grader does from now on."""
        way.stand_in(self.here, *lines)

    def start(self, task: str = "2c", **more: str) -> None:
        with open(self.here / "said", "w") as out:
            self.process = subprocess.Popen(way.command("watch", "--task", task), cwd=self.here, stdout=out,
                                            stderr=out, stdin=subprocess.DEVNULL, env=way.environment(**more),
                                            start_new_session=True)

    def save(self, *names: str) -> None:
        for name in names:
            with open(self.here / name, "a", encoding="utf-8") as file:
                file.write("\n")

    @property
    def said(self) -> str:
        return (self.here / "said").read_text()

    def log(self, word: str) -> List[List[str]]:
        """The lines of the grader's log that begin with a word."""
        text = (self.here / "log").read_text() if (self.here / "log").exists() else ""
        return [line.split() for line in text.splitlines() if line.startswith(word)]

    def pids(self) -> List[int]:
        """All that any grader was: itself, and its child."""
        return [int(pid) for line in self.log("began") for pid in line[1:3]]

    def waits(self, runs: int) -> bool:
        """Whether so many runs come to their end."""
        return eventually(lambda: self.said.count(WAITING) == runs)

    def close(self) -> None:
        for pid in [self.process.pid, *self.pids()]:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()


@pytest.fixture
def watched(tmp_path: Path):
    here = Watched(tmp_path)
    yield here
    here.close()


def test_it_checks_at_once_and_again_after_a_save(watched: Watched) -> None:
    watched.start()
    assert watched.waits(1) and "watching starter/pool/: checking 2c\na line\n" in watched.said
    assert watched.log("began")[0][3:] == ["--own", "--out", "report/watch", "--quick", "--task", "2c"]
    watched.save(QUEUE)
    assert watched.waits(2) and "queue.c saved: checking 2c\na line\n" in watched.said
    assert len(watched.log("began")) == 2


def test_saves_that_come_together_cause_one_run(watched: Watched) -> None:
    watched.start()
    assert watched.waits(1)
    watched.save(QUEUE, SERVE, "starter/pool/stats.c", QUEUE)
    assert watched.waits(2) and "queue.c, serve.c and stats.c saved: checking 2c" in watched.said
    watched.save(QUEUE)
    assert watched.waits(3) and len(watched.log("began")) == 3


def test_a_save_during_a_run_ends_it_and_begins_anew(watched: Watched) -> None:
    watched.plan("say first", "wait")
    watched.start()
    assert eventually(lambda: "first\n" in watched.said)
    watched.plan("say second", "check 2c.order pass")
    watched.save(QUEUE)
    assert watched.waits(1) and "queue.c saved: this run ends" in watched.said
    assert len(watched.log("stopped")) == 1 and not any(map(alive, watched.pids()))
    assert "second\n" in watched.said and "last words" not in watched.said


def test_files_that_the_task_is_not_about_cause_no_run(watched: Watched) -> None:
    watched.start()
    assert watched.waits(1)
    watched.save("starter/fork/serve.c", "starter/answers.toml", "starter/pool/queue.c~")
    (watched.here / "starter/pool/.#queue.c").symlink_to("nobody@nowhere")
    time.sleep(0.5)         # several looks; a slow watch finds nothing, too, and the test passes
    watched.save(QUEUE)
    assert eventually(lambda: "queue.c saved" in watched.said) and watched.waits(2)
    assert watched.said.count("saved") == 1 and len(watched.log("began")) == 2


@pytest.mark.parametrize("task, name", [("2a", "starter/answers.toml"), ("2b", "starter/fork/stats.c"),
                                        ("2b", "starter/pool/stats.c"), ("3a", "starter/answers.toml")])
def test_a_task_is_about_the_files_of_all_its_parts(watched: Watched, task: str, name: str) -> None:
    watched.start(task)
    assert watched.waits(1)
    watched.save(name)
    assert watched.waits(2) and f"{Path(name).name} saved: checking {task}" in watched.said


@pytest.mark.parametrize("outcomes, said", [
    (["pass", "not-measured"], "2c is done, but for what this machine cannot measure: 2c.exact\n" + WAITING),
    (["pass", "pass"], "a line\n" + WAITING), (["pass", "fail"], "a line\n" + WAITING), ([], "a line\n" + WAITING),
    (["blocked", "not-measured"], "a line\n" + WAITING)])
def test_it_adds_to_what_the_grader_says_only_what_the_machine_leaves_open(
        watched: Watched, outcomes: list, said: str) -> None:
    watched.plan("say a line", *(f"check 2c.{n} {o}" for n, o in zip(("order", "exact"), outcomes)))
    watched.start()
    assert watched.waits(1) and said in watched.said and watched.said.count("is done") == said.count("is done")


def test_what_it_finds_is_what_status_tells(watched: Watched) -> None:
    watched.start()
    assert watched.waits(1)
    assert "2c  The queue                       2 of 9" in way.call(watched.here, "status").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_it_during_a_run_is_left_with_no_process(watched: Watched, number: int) -> None:
    watched.plan("say here", "wait")
    watched.start()
    assert eventually(lambda: "here\n" in watched.said) and all(map(alive, watched.pids()))
    watched.process.send_signal(number)
    assert watched.process.wait(DEADLINE) == 0
    assert not any(map(alive, watched.pids())) and len(watched.log("stopped")) == 1
    assert watched.said.endswith("\nwatch: ended\n") and "last words" not in watched.said


def test_it_ends_between_two_runs_too(watched: Watched) -> None:
    watched.start()
    assert watched.waits(1)
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(DEADLINE) == 0 and "Traceback" not in watched.said


def test_a_grader_that_does_not_listen_is_ended_with_its_group(watched: Watched, monkeypatch) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.2)
    monkeypatch.chdir(watched.here)
    watched.plan("deaf")
    deaf = run.Run([str(watched.here / "grader/grade"), "--out", "report", "starter"], colour=False)
    watched.process = deaf._process
    assert eventually(lambda: watched.log("deaf"))
    deaf.end()
    assert eventually(lambda: not any(map(alive, watched.pids())))


def test_a_run_that_could_not_grade_is_no_end(watched: Watched) -> None:
    watched.plan("say there is no file to grade", "exit 1")
    watched.start()
    assert watched.waits(1)
    watched.plan("say now there is", "check 2c.order pass")
    watched.save(QUEUE)
    assert watched.waits(2) and "now there is\n" + WAITING in watched.said


def test_a_grader_that_cannot_work_ends_the_watch_with_its_status(watched: Watched) -> None:
    watched.plan("say something must be installed first", "exit 3")
    watched.start()
    assert watched.process.wait(DEADLINE) == 3 and "must be installed first" in watched.said


@pytest.mark.parametrize("more, told", [({"TERM": "xterm"}, "1"), ({"TERM": "xterm", "NO_COLOR": "1"}, "None")])
def test_a_terminal_has_colour_from_us_and_from_the_grader_unless_it_wants_none(
        watched: Watched, more: dict, told: str) -> None:
    watched.plan("colour", "check 2c.order pass", "check 2c.exact not-measured")
    ours, theirs = pty.openpty()
    watched.process = subprocess.Popen(way.command("watch", "--task", "2c"), cwd=watched.here, stdout=theirs,
                                       stdin=subprocess.DEVNULL, env=way.environment(**more), start_new_session=True)
    os.close(theirs)
    said = b""
    while WAITING.encode() not in said:
        assert select.select([ours], [], [], DEADLINE)[0], said
        said += os.read(ours, 65536)
    os.close(ours)
    assert f"FORCE_COLOR={told}" in said.decode()
    assert (b"\x1b[34m2c is done, but" in said) == (b"\x1b[" in said) == (told == "1")


def test_in_a_file_there_is_no_colour(watched: Watched) -> None:
    watched.plan("colour", "check 2c.order pass")
    watched.start()
    assert watched.waits(1) and "FORCE_COLOR=None\n" + WAITING in watched.said


def test_a_save_is_a_new_time_another_file_or_none(tmp_path: Path) -> None:
    part = tmp_path / "pool"
    part.mkdir()
    queue = part / "queue.c"
    queue.write_text("one")
    files = Files(tmp_path, ["pool"])
    assert files.saved() == []
    queue.write_text("two!")
    assert files.saved() == ["queue.c"] and files.saved() == []
    (part / "new").write_text("six!")
    os.utime(part / "new", ns=(queue.stat().st_atime_ns, queue.stat().st_mtime_ns))
    (part / "new").replace(queue)
    assert files.saved() == ["queue.c"]
    queue.unlink()
    assert files.saved() == ["queue.c"] and files.saved() == []


def test_a_file_that_is_gone_is_not_said_to_be_saved(watched: Watched) -> None:
    watched.start()
    assert watched.waits(1)
    (watched.here / QUEUE).rename(watched.here / "elsewhere")
    assert watched.waits(2) and " queue.c gone: checking 2c\n" in watched.said
    (watched.here / SERVE).unlink()
    (watched.here / "elsewhere").rename(watched.here / QUEUE)
    assert watched.waits(3) and " queue.c saved, serve.c gone: checking 2c\n" in watched.said


def test_a_file_that_an_editor_puts_back_at_once_was_saved(tmp_path: Path) -> None:
    (tmp_path / "pool").mkdir()
    queue = tmp_path / "pool/queue.c"
    queue.write_text("one")
    files = Files(tmp_path, ["pool"])
    queue.unlink()
    assert files.told(files.settled(lambda _: queue.exists() or queue.write_text("two!"))) == "queue.c saved"


def test_saving_has_ended_when_nothing_was_saved_for_two_looks(tmp_path: Path) -> None:
    (tmp_path / "pool").mkdir()
    files, pauses = Files(tmp_path, ["pool"]), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) in (1, 3):
            (tmp_path / f"pool/n{len(pauses)}.c").write_text("")

    assert files.settled(pause) == [] and pauses == []
    (tmp_path / "pool/queue.c").write_text("")
    assert files.settled(pause) == ["n1.c", "n3.c", "queue.c"] and len(pauses) == 5
    assert sum(pauses) < 1


def test_a_task_without_checks_is_not_watched(tmp_path: Path) -> None:
    for task, said in (("0a", "task 0a has no checks"), ("9z", "there is no task '9z'"), ("", "of which task?")):
        done = way.call(way.tree(tmp_path / (task or "none")), "watch", "--task", task)
        assert done.returncode == 2 and said in done.stderr


def at_work(here: Path) -> List[str]:
    """The command lines of all processes that have to do with a directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").replace("\0", " ")
            if str(here) in words or path.with_name("cwd").resolve() == here.resolve():
                found.append(words)
        except OSError:         # it has ended meanwhile
            continue
    return found


@pytest.mark.slow
def test_the_grader_itself_leaves_nothing_behind_when_ctrl_c_ends_the_watch(own: Path) -> None:
    with open(own / "said", "w") as out:
        watch = subprocess.Popen(["make", "watch", "TASK=1a"], cwd=own, stdout=out, stderr=out, start_new_session=True,
                                 stdin=subprocess.DEVNULL, env=way.environment(PYTHON=sys.executable))
    said, serve = (own / "said").read_text, own / "starter/fork/serve.c"
    try:
        assert eventually(lambda: "PASS         1.starts" in said())
        serve.write_text(serve.read_text() + "int x = ;\n")
        assert eventually(lambda: "the compiler says" in said() and WAITING in said())
        serve.write_text((own / "lab/starter/fork/serve.c").read_text())
        assert eventually(lambda: said().count("PASS         1.starts") == 2) and len(at_work(own)) > 2
    finally:
        os.killpg(watch.pid, signal.SIGINT)
    watch.wait(DEADLINE)
    assert at_work(own) == [] and said().endswith("\nwatch: ended\n")

"""make reset: a task's files as they were at first, and what one had is kept."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.tests import unpacked, way
from grader.tests.unpacked import make
from grader.tests.way import call, check, checked

packed, own = unpacked.packed, unpacked.own


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return way.tree(tmp_path)


def write(here: Path, *names: str) -> None:
    """Work of the student's, in files of the starter."""
    for name in names:
        (here / "starter" / name).write_text(f"int mine; /* {name} */\n")


def same(here: Path, name: str) -> bool:
    """Whether a file is as it was at first."""
    return (here / "starter" / name).read_bytes() == (here / "lab/starter" / name).read_bytes()


def kept(here: Path) -> dict:
    """The copies: name -> text."""
    return {str(p.relative_to(here / "build/reset")).partition("/")[2]: p.read_text()
            for p in (here / "build/reset").rglob("*") if p.is_file()}


def everything(here: Path) -> dict:
    return {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}


def test_a_file_goes_back_and_what_one_had_is_kept(here: Path) -> None:
    write(here, "pool/queue.c", "pool/serve.c")
    done = call(here, "reset", "--task", "2c")
    assert done.returncode == 0 and same(here, "pool/queue.c") and not same(here, "pool/serve.c")
    assert kept(here) == {"pool/queue.c": "int mine; /* pool/queue.c */\n"}
    assert "put back to the beginning: starter/pool/queue.c\n    what you had: build/reset/" in done.stdout


def test_the_command_that_it_prints_brings_the_work_back(here: Path) -> None:
    write(here, "pool/queue.c")
    done = call(here, "reset", "--task", "2c")
    subprocess.run(re.search(r"to have it again: (.*)", done.stdout)[1], shell=True, cwd=here, check=True)
    assert (here / "starter/pool/queue.c").read_text() == "int mine; /* pool/queue.c */\n"


def test_a_file_that_holds_the_work_of_others_needs_a_yes(here: Path) -> None:
    write(here, "fork/serve.c")
    before = everything(here)
    done = call(here, "reset", "--task", "1b")
    said = " ".join(done.stderr.split())
    assert done.returncode == 2 and everything(here) == before
    assert "starter/fork/serve.c is also the file of 1a, 1c and 1e" in said and "make reset TASK=1b YES=1" in said
    done = call(here, "reset", "--task", "1b", "--yes")
    assert done.returncode == 0 and same(here, "fork/serve.c") and list(kept(here)) == ["fork/serve.c"]
    assert "with it goes what you had written for 1a, 1c and 1e" in done.stdout


def test_a_task_in_two_files_puts_both_back_or_none(here: Path) -> None:
    write(here, "pool/stats.c", "fork/stats.c")
    done = call(here, "reset", "--task", "2b")
    assert done.returncode == 2 and "starter/fork/stats.c is also the file of 1d" in " ".join(done.stderr.split())
    assert not same(here, "pool/stats.c")
    call(here, "reset", "--task", "2b", "--yes")
    both = {"pool/stats.c", "fork/stats.c"}
    assert all(same(here, name) for name in both) and set(kept(here)) == both


def test_a_shared_file_that_is_untouched_needs_no_yes(here: Path) -> None:
    write(here, "pool/stats.c")
    assert call(here, "reset", "--task", "2b").returncode == 0 and same(here, "pool/stats.c")


def test_what_is_as_at_first_is_left_so(here: Path) -> None:
    before = everything(here)
    done = call(here, "reset", "--task", "2c")
    assert done.returncode == 0 and "as at the beginning already" in done.stdout and everything(here) == before


def test_a_file_that_is_gone_comes_again(here: Path) -> None:
    shutil.rmtree(here / "starter/locks")
    done = call(here, "reset", "--task", "3b")
    assert done.returncode == 0 and same(here, "locks/page.c") and not (here / "build").exists()


def test_answers_are_left_alone(here: Path) -> None:
    write(here, "locks/journal.c")
    (here / "starter/answers.toml").write_text('student = "ann"\n')
    call(here, "reset", "--task", "3a")
    assert same(here, "locks/journal.c") and (here / "starter/answers.toml").read_text() == 'student = "ann"\n'


def test_a_file_of_ones_own_stays_and_is_named(here: Path) -> None:
    write(here, "pool/queue.c", "pool/ring.h")
    done = call(here, "reset", "--task", "2c")
    assert "left as it is: starter/pool/ring.h, which you have made" in done.stdout
    assert (here / "starter/pool/ring.h").exists()


def test_two_resets_at_once_keep_two_copies(here: Path) -> None:
    for text in "one", "two":
        (here / "starter/pool/queue.c").write_text(text)
        call(here, "reset", "--task", "2c")
    copies = [p.read_text() for p in (here / "build/reset").rglob("queue.c")]
    assert sorted(copies) == ["one", "two"]


def test_where_the_beginning_is_not_known_nothing_is_changed(here: Path) -> None:
    write(here, "pool/queue.c")
    shutil.rmtree(here / "lab/starter")
    before = everything(here)
    done = call(here, "reset", "--task", "2c")
    assert done.returncode == 2 and everything(here) == before
    assert "there is no untouched copy of pool/queue.c here" in " ".join(done.stderr.split())


def test_what_cannot_be_kept_is_not_put_back(here: Path) -> None:
    write(here, "pool/queue.c")
    (here / "build").mkdir()
    (here / "build/reset").write_text("a file, where a directory should be")
    done = call(here, "reset", "--task", "2c")
    assert done.returncode == 2 and "Traceback" not in done.stderr and not same(here, "pool/queue.c")


def test_status_forgets_what_was_found_in_it(here: Path) -> None:
    write(here, "fork/serve.c")
    checked(here, check("1a.overlap"), check("1b.reaped"), check("1d.shared"))
    call(here, "reset", "--task", "1a", "--yes")
    said = call(here, "status").stdout
    assert re.findall(r"^(\w+) .* (\d of \d) +-", said, re.MULTILINE) == [("1d", "3 of 4")]


@pytest.mark.parametrize("task, said", [
    ("", "of which task? Write TASK=1a; there are files to put back for 1a, 1b,"),
    ("9z", "there is no task '9z'; there are files to put back for 1a, 1b,"),
    ("0a", "task 0a has no files to put back; there are"),
    ("2a", "task 2a has no file of C. Your answers to it are in starter/answers.toml, in the table [2a]")])
def test_a_task_without_files_is_answered_with_those_that_have_some(here: Path, task: str, said: str) -> None:
    done = call(here, "reset", "--task", task)
    assert done.returncode == 2 and said in " ".join(done.stderr.split())
    assert all(len(line) <= 80 for line in done.stderr.splitlines())


def test_in_the_archive_make_knows_the_beginning_of_every_task_with_a_file(own: Path) -> None:
    files = [p for p in own.glob("starter/*/*.c") if p.name != "serve.c" or p.parent.name != "locks"]
    first = {p: p.read_bytes() for p in files}
    for path in files:
        path.write_text("int mine;\n")
    assert make("reset", "TASK=1a", cwd=own, YES="1").returncode == 2, "a YES of the environment is nobody's yes"
    for task in "1a", "1d", "2b", "2c", "2d", "3a", "3b", "3c":
        assert make("reset", f"TASK={task}", "YES=1", cwd=own).returncode == 0
    changed = [p for p in files if p.read_bytes() != first[p]]
    assert [str(p.relative_to(own)) for p in changed] == ["starter/locks/stats.c"]      # given there, and no task's
    assert all(os.access(p, os.W_OK) and p.stat().st_mode & 0o200 for p in files)


def test_make_clean_spares_the_copies_and_nothing_else(own: Path) -> None:
    (own / "starter/pool/queue.c").write_text("int mine;\n")
    make("reset", "TASK=2c", cwd=own)
    make("hint", "TASK=2c", cwd=own)
    (own / "report").mkdir()
    assert make("clean", cwd=own).returncode == 0
    left = [p for p in (own / "build").rglob("*") if p.is_file()]
    assert [p.name for p in left] == ["queue.c"] and not (own / "report").exists()
    shutil.rmtree(own / "build/reset")
    assert make("clean", cwd=own).returncode == 0 and not (own / "build").exists()

"""Six sentences that are usually said of concurrency, and are wrong or half of it:
the handout sets each right, and has its reader see it."""

import shutil

import pytest

from grader.tests.test_handout import HANDOUT, ROOT, TASKS
from grader.tests.unpacked import make

PLAIN = " ".join(HANDOUT.split())
# What is said; the words that set it right; where, and what one types there.
CLAIMS = {
    "many processes overwhelm the CPU, and threads solve this":
        ("Waiting is not working: the server is slow, and the CPU has nothing to do", "0a", "ps -o etime,time -p $PID"),
    "threads are much cheaper":
        ("how many times the memory of `thread` does `fork` use for each of them?", "What it costs", "make compare"),
    "a race needs two CPUs":
        ("One CPU is enough, when it changes threads between a read and its write.", "2a", "make try EXP=counter"),
    "a semaphore lets one thread in":
        ("A semaphore lets one thread in if it starts at 1, if everybody uses it, and if nobody posts twice.", "2b", "make zoo"),
    "starvation comes from priorities":
        ("Two clients read the page in turns, 100 ms each, so that one of them is always there.", "3b", "make try EXP=writer"),
    "a deadlock needs two threads":
        ("One thread can wait for itself: take a lock twice in a row, and explore again.", "3a", "make explore TASK=3a"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_handout_sets_right_what_is_usually_said_and_has_it_seen(claim):
    right, where, command = CLAIMS[claim]
    section = TASKS.get(where) or HANDOUT.partition(f"\n# {where}\n")[2]
    assert right in PLAIN and f"    {command}\n" in section


def test_a_thread_that_takes_a_lock_twice_is_told_as_a_circle_of_itself(tmp_path):
    tree = shutil.copytree(ROOT / "solutions", tmp_path / "twice")
    journal = tree / "locks/journal.c"
    takes = "    pthread_mutex_lock(&journal_lock);\n"
    source = journal.read_text("utf-8")
    assert takes in source
    journal.write_text(source.replace(takes, 2 * takes, 1), "utf-8")
    told = make("explore", "SCENARIO=journal-round", f"DIR={tree}", cwd=ROOT).stdout
    assert "circle: T0 waits for T0" in told, told

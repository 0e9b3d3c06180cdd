"""Whether the numbers are to blame for a server that stands still."""
from types import SimpleNamespace

import pytest

from grader.checks.standstill import ORDERS, off_the_numbers
from grader.core.record import Failed, NotMeasured, Passed, text_evidence
from grader.core.rubric import load
from grader.core.subject import Blocked, Case
from grader.observe.stuck import EACH_OTHER, Look, Thread

RUBRIC = load()
ELSEWHERE = "worker 1 waits for `items`, at pool/serve.c:23"
UNSEEN = "thread 5 sleeps in futex_wait\n(no stacks: gdb is not installed)"
INSIDE = "worker 1 waits for `lock`, at pool/stats.c:16"


def case_of(ours: bool = True, first: str = "") -> Case:
    """A case of 2b with or without EchoCo's modules here; first: what speaks against serve.c."""
    builder = SimpleNamespace(student_files=lambda part: ["serve.c", "stats.c"], ours=lambda part, module: ours,
                              program=lambda part, replaced: ("program", ""))
    subject = SimpleNamespace(rubric=RUBRIC, kit="kit", records={}, builder=builder,
                              module_failed=lambda part, module: first if module == "serve.c" else "")
    return Case(subject, RUBRIC.checks["2b.snapshot"])


def hanging(picture: str, alone_too: bool = False):
    """A check that hangs so, and among EchoCo's modules does not, or does too."""
    def measure(case: Case) -> str:
        if case.alone and not alone_too:
            return "well"
        raise Failed("no answer", ["stats-lock-kept"], [text_evidence("where its threads are", picture)])
    return off_the_numbers(measure)


def test_a_hang_with_no_thread_in_stats_c_is_the_servers():
    case = case_of()
    with pytest.raises(Passed) as passed:
        hanging(ELSEWHERE)(case)
    assert passed.value.suspects == {"serve.c": "no answer"} and not case.alone


@pytest.mark.parametrize("picture, alone_too", [(INSIDE, False), (ELSEWHERE, True)])
def test_a_hang_in_stats_c_or_with_a_good_server_stays_a_failure(picture, alone_too):
    with pytest.raises(Failed) as failed:
        hanging(picture, alone_too)(case_of())
    assert failed.value.causes == ["stats-lock-kept"]


def test_without_gdb_the_same_comes_out_and_no_cause_is_claimed_that_nobody_saw():
    with pytest.raises(Passed) as passed:
        hanging(UNSEEN)(case_of())
    assert passed.value.suspects == {"serve.c": "no answer"}
    with pytest.raises(Failed) as failed:
        hanging(UNSEEN, alone_too=True)(case_of())
    assert failed.value.causes == ["stats-lock-kept", ORDERS]
    with pytest.raises(NotMeasured):
        hanging(UNSEEN)(case_of(ours=False))


def test_without_echocos_server_the_numbers_wait_for_the_submissions_or_are_not_measured():
    with pytest.raises(Blocked, match="2d.fixed"):
        hanging(ELSEWHERE)(case_of(ours=False, first="2d.fixed"))
    with pytest.raises(NotMeasured, match="no thread in stats.c"):
        hanging(ELSEWHERE)(case_of(ours=False))


def test_a_ring_of_locks_is_the_cause_of_a_hang():
    with pytest.raises(Failed) as failed:
        hanging(f"{INSIDE}\nworker 1 and worker 2 are {EACH_OTHER}")(case_of())
    assert failed.value.causes == [ORDERS]


@pytest.mark.parametrize("owners, ring", [({1: 2, 2: 1}, [1, 2]), ({3: 1, 1: 2, 2: 1}, [1, 2]), ({1: 1}, []),
                                          ({1: 2, 2: 3, 3: 1}, [1, 2, 3]), ({1: 2}, []), ({1: -1, 2: 0}, [])])
def test_threads_that_wait_for_each_others_locks_are_a_ring(owners, ring):
    lock = [{"function": "pthread_mutex_lock", "file": "", "line": 0, "name": ""}]
    look = Look(1, [Thread(tid, f"worker {tid}", lock, owner) for tid, owner in owners.items()])
    assert sorted(t.tid for t in look.ring()) == ring
    assert (EACH_OTHER in look.text()) == bool(ring)

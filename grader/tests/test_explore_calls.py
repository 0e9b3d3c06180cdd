"""The explorer's calls: what each does, what it orders, what may come of it."""
from pathlib import Path

import pytest

from grader.tests.explored import build

CASES = Path(__file__).parent / "explore_cases"

FINE = [
    "mutex NORMAL", "mutex ERRORCHECK_SHARED", "mutex RECURSIVE_SHARED", "mutex ERRORCHECK", "mutex RECURSIVE",
    "mutex RECURSIVE_OTHERS", "mutex TRY", "mutex TIMED", "mutex LOCAL_AGAIN", "mutex SPIN",
    "cond SIGNAL", "cond BROADCAST", "cond ONE", "cond DESTROY", "cond TIMED", "cond ORDER CLOCK",
    "locks READERS", "locks RW_TIMED", "locks BARRIER", "locks BARRIER_LAST", "locks ONCE", "locks KEYS",
    "sem PLAIN", "sem TIMED", "sem TRY", "sem MUTEX=1", "sem NAMED",
    "atomics RELEASE", "atomics CONSUME", "atomics FENCES", "atomics SEQUENCE", "atomics SEQ_CST",
    "atomics BUILTIN", "atomics SYNC", "atomics ALL", "atomics SPINLOCK",
    "threads RESULT", "threads EXIT", "threads MAIN_EXITS", "threads DETACH", "threads TIMED_JOIN",
    "threads CLEANUP", "threads ERRNO", "c11 ALL",
    "clock POLL", "clock ORDER", "clock UNTIL", "clock AGREE", "clock FAR=LONG_MAX", "clock FAR=INT_MAX",
    "library DOUBLES",
    "streams PIPE", "streams SOCKET", "streams POLL", "streams EVENT", "streams LARGE", "streams SINGLE",
    "streams PRINT",
    "server ANSWER", "server RESET", "server RESET SENDS_FIRST", "server HALF", "server AFTER", "server SHUT",
    "server IN_TURN", "server LATE",
]

# What must be found: case, verdict, what it is about.
FOUND = [
    ("mutex TRY NEVER_FREE", "wrong-result", "got it"),
    ("mutex TRY NEVER_BUSY", "wrong-result", "did not get it"),
    ("mutex TIMED NEVER_FREE", "wrong-result", "got it"),
    ("mutex TIMED NEVER_BUSY", "wrong-result", "did not get it"),
    ("mutex ROBUST", "unsupported", "a robust mutex"),
    ("cond SIGNAL NOT_FIRST=1", "wrong-result", "T%d came first"),
    ("cond SIGNAL NOT_FIRST=2", "wrong-result", "T%d came first"),
    ("cond CHOICE=1", "wrong-result", "T%d was chosen"),
    ("cond CHOICE=2", "wrong-result", "T%d was chosen"),
    ("cond LOST", "lost-wakeup", "a wait for a signal that never comes"),
    ("cond WITHOUT", "misuse", "a wait without the mutex"),
    ("locks WRITER", "wrong-result", "main returns a failure"),
    ("locks UPGRADE", "deadlock", "a thread waits for what it holds itself"),
    ("locks RW_OTHER", "misuse", "unlock of what another holds"),
    ("locks BARRIER_FEW", "deadlock", "a wait for what never comes"),
    ("locks ONCE_SELF", "deadlock", "a thread waits for what it holds itself"),
    ("sem MUTEX=0", "deadlock", "a wait for a post that never comes"),
    ("sem MUTEX=2", "wrong-result", "the sum is %d"),
    ("sem TIMED NEVER=0", "wrong-result", "wait says %d"),
    ("sem TIMED NEVER=ETIMEDOUT", "wrong-result", "wait says %d"),
    ("sem TRY NEVER=0", "wrong-result", "wait says %d"),
    ("sem TRY NEVER=EAGAIN", "wrong-result", "wait says %d"),
    ("atomics RELAXED", "data-race", ""),
    ("atomics HALF_FENCE", "data-race", ""),
    ("atomics SPLIT", "wrong-result", "the sum is %d"),
    ("threads MAIN_EXITS WRONG", "wrong-result", "n is %d after main's end"),
    ("threads DETACHED_JOIN", "misuse", "join of a detached thread"),
    ("threads DETACH_TWICE", "misuse", "second detach"),
    ("threads DOUBLE_JOIN", "misuse", "second join"),
    ("threads EARLY", "data-race", ""),
    ("threads CLEANUP_EXIT", "unsupported", "pthread_exit"),
    ("c11 IF", "wrong-result", "n is %d"),
    ("c11 UNLOCKED", "wrong-result", "nobody is left"),
    ("clock SLEEP", "wrong-result", "the data is %d"),
    ("clock YIELD", "wrong-result", "the data is %d"),
    ("library SORT", "data-race", ""),
    ("library SPLIT", "data-race", ""),
    ("library LOCAL_TIME", "data-race", ""),
    ("library LOCAL_TIME_R", "data-race", ""),
    ("library ALIGNED", "data-race", ""),
    ("library KEY", "data-race", ""),
    ("library FDS", "data-race", ""),
    ("streams BACK", "data-race", ""),
    ("streams BROKEN", "crash", "SIGPIPE"),
    ("streams CLOSED", "misuse", "use of a closed descriptor"),
    ("streams LEFT_OPEN", "leak", "a descriptor that nobody closes"),
    ("streams NOBODY", "deadlock", "a wait for what never comes"),
    ("server RESET DIES", "crash", "SIGPIPE"),
    ("server NEVER", "deadlock", "a wait for what never comes"),
    ("server LEFT_OPEN", "leak", "a descriptor that nobody closes"),
    ("server RACING=0", "wrong-result", "late: %d"),
    ("server RACING=1", "wrong-result", "late: %d"),
    ("server APART", "wrong-result", "in the other order"),
]


def case(words: str, cc: str = "gcc", level: str = "-O0"):
    """The program of a case: its file, and what to define."""
    name, *defines = words.split()
    return build(str(CASES / f"{name}.c"), level, *(f"-D{d}" for d in defines), cc=cc)


@pytest.mark.parametrize("words", FINE)
def test_right_use_of_a_call_is_right_in_every_order_that_was_tried(words: str) -> None:
    found = case(words).search("--schedules", "1000")
    assert (found.verdict, found.text, found.races) == ("fine", "", ())
    assert found.unchecked == 0


@pytest.mark.parametrize("words, verdict, about", FOUND)
def test_wrong_use_of_a_call_is_found_and_named(words: str, verdict: str, about: str) -> None:
    found = case(words).search()
    assert (found.verdict, found.about) == (verdict, about), found.text
    assert found.confirmed == (0 if verdict == "unsupported" else 3)


@pytest.mark.full
@pytest.mark.parametrize("words, verdict, about", [(w, "fine", "") for w in FINE] + FOUND)
@pytest.mark.parametrize("cc, level", [("gcc", "-O2"), ("clang", "-O0"), ("clang", "-O1")])
def test_compilers_and_their_levels_agree(words: str, verdict: str, about: str, cc: str, level: str) -> None:
    found = case(words, cc, level).search()
    assert (found.verdict, found.about) == (verdict, about), found.text


@pytest.mark.full
@pytest.mark.parametrize("words", [w for w, verdict, _ in FOUND if verdict != "unsupported"])
def test_real_threads_take_the_same_steps_as_fibres(words: str) -> None:
    program = case(words)
    found = program.search()
    told = {program.replay(found.schedule, *backend) for backend in ((), ("--backend", "threads"))}
    assert len(told) == 1 and told.pop().endswith(found.hash)


def test_a_wait_ends_without_a_reason_only_where_that_is_asked_for() -> None:
    program = case("cond IF")
    assert program.search().verdict == "fine"
    found = program.search("--spurious")
    assert (found.verdict, found.about) == ("wrong-result", "awake, and nothing is ready")
    assert found.confirmed == 3 and " spurious" in found.schedule
    assert program.search("--replay", found.schedule).text == found.text


def test_waits_time_out_in_the_order_of_their_limits() -> None:
    found = case("cond ORDER").search("--only", "2", "--schedules", "100000")
    assert (found.verdict, found.exhausted) == ("fine", 2)
    found = case("cond ORDER INSIDE=(inside!=0)").search()
    assert found.text.startswith("late after 4, while 64 waits")


def test_a_signal_is_told_with_whom_it_wakes() -> None:
    found = case("cond CHOICE=2").search()
    assert [e.about for e in found.events if e.action == "signals"][0] == 2


def test_a_race_on_what_a_stream_does_not_order_is_about_that_alone() -> None:
    races = case("streams BACK").search("--races").races
    assert len(races) == 1 and races[0].first.write and races[0].second.write

"""lab/chaos/shim: each kind of bad luck does what it says, and only what the
kernel and the standards allow."""
import os
import subprocess
from pathlib import Path

import pytest

from grader.core.luck import Luck

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "grader" / "tests" / "chaos"


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> Path:
    return Luck(tmp_path_factory.mktemp("luck")).shim


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Compiles a test program, each once."""
    into = tmp_path_factory.mktemp("programs")

    def compiled(name: str, *flags: str) -> Path:
        target = into / "".join([name, *flags])
        if not target.exists():
            subprocess.run(["gcc", "@compile_flags.txt", *flags, str(SOURCES / f"{name}.c"), "-o", str(target)],
                           cwd=ROOT, check=True, timeout=60)
        return target

    return compiled


@pytest.fixture
def run(shim, program):
    """Runs a test program with bad luck, in a session that is surely killed."""
    def ran(name: str, luck: str, *args: str, flags: tuple = ()) -> subprocess.CompletedProcess:
        env = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(shim),
               "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
               **dict(word.split("=", 1) for word in luck.split())}
        # setarch: TSan of gcc 12 dies of much randomness in addresses.
        command = ["setarch", os.uname().machine, "-R", str(program(name, *flags)), *args]
        process = subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    return ran


def words(done: subprocess.CompletedProcess) -> list:
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_every_third_fork_fails_and_the_others_keep_errno(run):
    assert words(run("fork", "FAIL=fork:3")) == [".", ".", "EAGAIN"] * 3
    assert words(run("fork", "SEED=5")) == ["."] * 9


def test_forks_that_fail_are_counted_aloud_and_spared_until_the_program_listens(run):
    done = run("fork", "FAIL=fork:1 NOTES=1")
    assert words(done) == ["EAGAIN"] * 9 and "chaos" not in done.stderr
    done = run("fork", "FAIL=fork:1 NOTES=1", "120")
    assert words(done) == ["EAGAIN"] * 120
    assert done.stderr == "chaos: fork has failed 10 times\nchaos: fork has failed 100 times\n"
    assert words(run("fork", "FAIL=fork:1 CALM=1")) == ["."] * 9
    assert words(run("fork", "FAIL=fork:1 CALM=1", "9", "listen")) == ["EAGAIN"] * 9


def test_a_child_goes_first_and_is_left_to_whoever_waits_for_it(run):
    assert words(run("first", "FIRST=20000", "5")) == ["gone"] * 5
    assert words(run("first", "FIRST=1", "3000"))[:4] == ["lives"] * 4
    assert words(run("first", "FIRST=20000 CALM=1", "3000"))[:4] == ["lives"] * 4


@pytest.mark.parametrize("error", ["EINTR", "ECONNABORTED", "EMFILE"])
def test_accept_fails_with_the_errno_asked_for_and_loses_no_client(run, error):
    expected = [".", ".", error, ".", ".", error, ".", "."]
    assert words(run("accept", f"FAIL=accept:3:{error}")) == expected
    assert words(run("accept", f"FAIL=accept:3:{error} LINGER=5")) == expected
    assert words(run("accept", f"FAIL=fork:9,accept4:3:{error},pthread_create:2")) == expected


def test_accept_fails_with_eintr_when_nothing_else_is_said(run):
    assert words(run("accept", "FAIL=accept:4")).count("EINTR") == 1


def test_only_a_non_blocking_accept_says_eagain(run):
    assert words(run("accept", "FAIL=accept:3:EAGAIN")) == ["."] * 6
    assert "EAGAIN" in words(run("accept", "FAIL=accept:3:EAGAIN", "non-blocking"))


def test_a_thread_begins_late_and_runs_though_it_was_cancelled_meanwhile(run):
    late = [int(w) for w in words(run("threads", "LATE=40"))]
    assert len(late) == 6 and all(ms >= 39 for ms in late)


def test_every_fourth_thread_is_not_created(run):
    assert words(run("threads", "FAIL=pthread_create:4 LATE=1"))[3] == "EAGAIN"


WELL = ["1", "1", "1", "cancelled", "0", "ours", "1"]


def test_waits_end_without_a_signal_again_and_again_and_with_the_mutex(run):
    assert words(run("waits", "")) == ["." * 12, *WELL]
    assert words(run("waits", "SPURIOUS=1", "5")) == ["!" * 12, *WELL]


def test_of_the_waits_of_a_thread_it_is_every_third(run):
    begins = set()
    for seed in range(8):
        line, *rest = words(run("waits", f"SPURIOUS=3 SEED={seed}"))
        begins.add(line.index("!"))
        assert line[line.index("!"):] == ("!.." * 4)[:12 - line.index("!")]
        assert rest == WELL
    assert begins == {0, 1, 2}


def moved(done: subprocess.CompletedProcess) -> dict:
    w = words(done)
    return dict(zip(w[::2], map(int, w[1::2])))


WRITES = "write", "send", "sendto", "writev", "sendmsg"
READS = "read", "recv", "recvfrom", "readv", "recvmsg"
WHOLE = {"one": 1, "nothing": 0, "all": 100, "peek": 100, "pipe": 200, "datagram": 200, "edge": 100,
         "pieces": 2}


def test_stream_sockets_move_a_few_bytes_and_all_else_moves_all(run):
    seen = moved(run("bytes", "SHORT=9"))
    assert {k: seen[k] for k in WHOLE} == WHOLE
    assert all(1 <= seen[call] <= 9 for call in WRITES + READS), seen


def test_short_writes_alone_leave_reads_whole(run):
    seen = moved(run("bytes", "SHORT=w:9"))
    assert {k: seen[k] for k in WHOLE} == WHOLE
    assert all(1 <= seen[call] <= 9 for call in WRITES), seen
    assert all(seen[call] == 100 for call in READS), seen


def test_no_luck_changes_no_byte(run):
    assert all(n == 100 for call, n in moved(run("bytes", "")).items() if call in WRITES + READS)


def test_notes_tell_of_double_closes_and_of_semaphores(run):
    done = run("notes", "NOTES=1")
    words(done)
    assert done.stderr.splitlines() == ["chaos: close of a descriptor that is not open (3)",
                                        "chaos: close of descriptor 0",
                                        "chaos: sem_init value 4 pshared 1"]
    assert run("notes", "NOTES=0").stderr == ""


def test_a_second_close_waits_until_another_has_the_descriptor_but_not_again_and_again(run):
    # A thousand waits in vain would take longer than a program may here.
    assert words(run("taken", "TAKEN=100")) == ["0"]


def test_handlers_may_call_what_we_stand_before(run):
    done = run("handler", "NOTES=1 TAKEN=2 SHORT=9 FAIL=fork:2 SPURIOUS=1")
    assert words(done) == ["0"]
    told = {l for l in done.stderr.splitlines() if "fork has failed" not in l}
    assert told == {"chaos: close of a descriptor that is not open (500)"}


def choices(done: subprocess.CompletedProcess) -> dict:
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ") for line in done.stdout.splitlines())


def test_a_seed_repeats_the_choices_of_each_thread_and_each_child(run):
    first = choices(run("streams", "SHORT=90 SEED=7"))
    assert len(first) == 39
    assert choices(run("streams", "SHORT=90 SEED=7 LATE=3")) == first
    assert len(set(first.values())) == 39
    assert not set(choices(run("streams", "SHORT=90 SEED=8")).values()) & set(first.values())


@pytest.mark.parametrize("luck", ["FAIL=forks:3", "FAIL=fork", "FAIL=fork:3:EMFILE", "FAIL=fork:3,", "LATE=-1", "TAKEN=x",
                                  "SHORT=r:3", "SPURIOUS=x", "SEED=x", "FAIL=accept5:1"])
def test_a_word_that_means_nothing_ends_the_program(run, luck):
    done = run("fork", luck)
    assert done.returncode == 2 and luck.split("=")[1] in done.stderr


def test_an_empty_option_is_none(run):
    assert words(run("fork", "FAIL= LATE= SEED= SHORT=")) == ["."] * 9


@pytest.mark.parametrize("sanitizer", ["address", "thread", "undefined"])
def test_the_shim_works_below_a_sanitizer(run, sanitizer):
    flags = (f"-fsanitize={sanitizer}",)
    luck = "SPURIOUS=2 LATE=3 FAIL=fork:3 SHORT=9 NOTES=1"
    assert words(run("waits", luck, flags=flags))[1:] == WELL
    assert len(words(run("threads", luck, flags=flags))) == 6
    assert words(run("fork", luck, flags=flags)).count("EAGAIN") == 3
    assert all(1 <= moved(run("bytes", luck, flags=flags))[call] <= 9 for call in WRITES + READS)

"""The explorer among programs that do what they must not: it answers, always."""
import os
import random
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.explore.finding import parse
from grader.tests.explored import ROOT, build, scenario

CASES = Path(__file__).parent / "explore_cases"
EXPLORE = ROOT / "lab" / "explore"
CC = str(EXPLORE / "explore-cc")


def case(words: str):
    """The program of a case: its file, and what to define (spaces as ~)."""
    name, *defines = words.split()
    return build(str(CASES / f"{name}.c"), "-w", *(f"-D{d.replace('~', ' ')}" for d in defines))


VERDICTS = [
    ("verdicts SELF", "deadlock", "a thread waits for what it holds itself"),
    ("verdicts LEFT_LOCKED", "deadlock", "a lock that an ended thread holds"),
    ("verdicts LOST", "lost-wakeup", "a wait for a signal that never comes"),
    ("verdicts SPINS", "no-progress", "nothing changes any more"),
    ("verdicts OVERTAKEN=6", "bypassed", "overtaken again and again"),
    ("verdicts OVERTAKEN=2", "fine", ""),
    ("verdicts OVERTAKEN=3", "inconclusive", "overtaken now and then"),
    ("verdicts CRASHES", "crash", "Segmentation fault"),
    ("verdicts FREED", "use-after-free", "use after free"),
    ("verdicts FREED_LOCK", "use-after-free", "use after free"),
    ("verdicts FREED_SEM", "use-after-free", "use after free"),
    ("verdicts FREED_TWICE", "double-free", "double free"),
    ("verdicts BEYOND=5", "overflow", "access beyond the end of a block"),
    ("verdicts BEYOND=20", "overflow", "access outside of a block"),
    ("verdicts BEYOND=-1", "overflow", "access outside of a block"),
    ("verdicts NO_BLOCK", "misuse", "free of what malloc did not return"),
    ("verdicts EMPTY", "fine", ""),
    ("verdicts OTHERS_LOCK", "misuse", "unlock of what another holds"),
    ("verdicts UNLOCKED", "misuse", "unlock of what is not locked"),
    ("verdicts INIT_TWICE", "misuse", "init of what is in use"),
    ("verdicts IN_USE", "misuse", "destroy while in use"),
    ("verdicts WAITED_FOR", "misuse", "destroy while in use"),
    ("verdicts GONE", "misuse", "use after destroy"),
    ("verdicts UNMADE", "misuse", "use before init"),
    ("verdicts NOWHERE", "crash", "a null pointer"),
    ("verdicts LEFT_THREAD", "leak", "a thread that nobody joins"),
    ("verdicts STRINGS", "data-race", ""),
    ("robust EXITS=exit(3)", "crash", "exit"),
    ("robust EXITS=exit(0)", "fine", ""),
    ("robust EXITS=_exit(0)", "crash", "exit"),
    ("robust EXITS=errx(0,\"bye\")", "crash", "the process was lost"),
    ("robust EXITS=abort()", "crash", "abort"),
    ("robust EXITS=return~4", "wrong-result", "main returns a failure"),
    ("robust EXITS=__builtin_trap()", "crash", "Illegal instruction"),
    ("robust WILD=(__bss_start+64)", "crash", "a write that leads astray"),
    ("robust WILD=RECORD", "crash", "a write that leads astray"),
    ("robust UNSEEN=255", "crash", "a write over the explorer's memory"),
    ("robust OVERRUN", "crash", "Segmentation fault"),
    ("robust NOT_MALLOCED=&n", "misuse", "free of what malloc did not return"),
    ("robust NOT_MALLOCED=here", "misuse", "free of what malloc did not return"),
    ("robust NAMES", "wrong-result", "n is %d"),
    ("robust THEIRS", "inconclusive", "a failure that does not come again"),
    ("robust THEIRS_UNSEEN", "inconclusive", "another thread's own variable"),
    ("robust BYTES=1", "fine", ""),
    ("robust BYTES=14", "fine", ""),
    ("robust DEEP=100", "inconclusive", "stack overflow"),
    ("robust DEEP=300000", "inconclusive", "stack overflow"),
    ("robust DEEP=3000000", "inconclusive", "stack overflow"),
    ("robust THREADS=31", "fine", ""),
    ("robust THREADS=32", "inconclusive", "too many threads"),
    ("robust OBJECTS=2000", "fine", ""),
    ("robust OBJECTS=5000", "inconclusive", "too many objects"),
    ("robust BLOCKS=4096 SIZE=1", "fine", ""),
    ("robust BLOCKS=4097 SIZE=1", "inconclusive", "too many blocks of memory"),
    ("robust BLOCKS=1 SIZE=70000000", "inconclusive", "too much memory"),
    ("robust BLOCKS=1 SIZE=(1L<<50)", "wrong-result", "main returns a failure"),
    ("robust KEYS=32", "fine", ""),
    ("robust KEYS=33", "inconclusive", "too many keys"),
    ("robust DESCRIPTORS=33", "inconclusive", "too many descriptors"),
    ("robust SWITCHES", "inconclusive", "too many switches"),
]


@pytest.mark.parametrize("words, verdict, about", VERDICTS)
def test_each_thing_that_goes_wrong_gets_its_verdict(words: str, verdict: str, about: str) -> None:
    found = case(words).search("--schedules", "300")
    assert (found.verdict, found.about) == (verdict, about), found.text
    if found.failed:
        assert found.confirmed == 3


def test_a_race_without_a_consequence_is_another_verdict_than_one_with() -> None:
    assert scenario("counter").search().verdict == "wrong-result"
    assert scenario("counter").search("--races").verdict == "data-race"
    assert scenario("flag", "-DRELAXED").search().verdict == "data-race"


def test_a_deadlock_says_who_waits_for_what_and_who_holds_it_since_where() -> None:
    text = case("verdicts LEFT_LOCKED").search().text
    assert re.search(r"T\d waits at \{c:\w+\} for the mutex \{m:\w+\}, which T\d holds since \{c:\w+\}, "
                     r"and T\d has ended", text)
    text = build(str(CASES / "locks.c"), "-DUPGRADE").search().text
    assert re.search(r"T1 waits at \{c:\w+\} for the read-write lock \{m:\w+\}, which T\d \w+ ?\w+ to read since", text)


def test_who_spins_is_told_with_where_and_who_waits_for_it() -> None:
    text = case("verdicts SPINS").search().text
    assert re.search(r"T1 goes on at \{c:\w+\}", text) and re.search(r"T0 waits at \{c:\w+\} for T1 to end", text)


@pytest.mark.full
@pytest.mark.timeout(400)
@pytest.mark.parametrize("words, verdict, about", [
    ("verdicts LOOPS", "no-progress", "no visible step"),
    ("verdicts COUNTS", "inconclusive", "too many steps"),
    ("robust BLOCKS_FOR_EVER", "unsupported", "a call that blocks")])
@pytest.mark.parametrize("backend", ["fibres", "threads"])
def test_a_program_without_an_end_comes_to_one(words: str, verdict: str, about: str, backend: str) -> None:
    found = case(words).search("--backend", backend, "--schedules", "20", "--exhaust", "-1")
    assert (found.verdict, found.about) == (verdict, about), found.text
    assert found.confirmed == (3 if found.failed else 0)


@pytest.mark.parametrize("words, about", [
    ("verdicts CRASHES", "Segmentation fault"), ("robust DEEP=100", "stack overflow"),
    ("robust WILD=RECORD", "a write that leads astray"), ("robust EXITS=exit(3)", "exit")])
def test_real_threads_come_to_the_same_end(words: str, about: str) -> None:
    assert case(words).search("--backend", "threads", "--schedules", "20").about == about


@pytest.mark.parametrize("byte", range(0, 256, 51))
def test_a_record_that_was_written_over_never_takes_the_explorer_along(byte: int) -> None:
    found = case(f"robust UNSEEN={byte}").search("--schedules", "50")
    assert found.verdict in ("crash", "fine", "inconclusive")
    assert byte == 0 or found.verdict == "crash"


def test_any_bytes_in_a_text_are_still_json() -> None:
    found = case("verdicts PRINTS").search()
    assert found.text.startswith("bytes: ? \"\\\n \u00e9 ?? (T0")


def test_what_is_not_checked_for_want_of_room_is_counted_and_nothing_is_claimed() -> None:
    found = case("robust MEMORY").search("--exhaust", "0", "--schedules", "20")
    assert (found.verdict, found.about) == ("inconclusive", "too many accesses to keep")
    assert found.exhausted == -1 and found.unchecked > 50000
    assert re.search(r": \d+ accesses were not checked", found.text)


def test_files_keep_out_of_the_way_of_streams() -> None:
    found = case("robust FILES").search("--schedules", "20")
    assert found.verdict == "fine", found.text


def test_what_libc_remembers_from_another_run_is_no_failure() -> None:
    """The second run of a batch sees what the first has left: each run then gets a process."""
    found = case("robust REMEMBERED").search()
    assert (found.verdict, found.about, found.confirmed) == ("wrong-result", "n is %d", 3), found.text


def test_places_that_race_one_after_the_other_do_not_hold_the_search_up() -> None:
    found = case("robust PLACES=8").search("--exhaust", "1", "--schedules", "4000")
    assert found.verdict == "data-race" and found.points >= 16
    assert found.runs == 4000 and found.exhausted >= 0


REFUSED = sorted(set(re.findall(r"REFUSE\((?!name)(\w+)\)", (EXPLORE / "refuse.c").read_text("utf-8"))))


@pytest.mark.full
@pytest.mark.parametrize("name", REFUSED)
def test_a_call_that_is_not_known_is_refused_by_its_name(name: str) -> None:
    found = build(str(CASES / "refused.c"), "-w", f"-DREFUSED={name}").search()
    assert (found.verdict, found.about) == ("unsupported", name)
    assert found.text.startswith(f"T0 calls {name} at ")


@pytest.mark.parametrize("name", ["fork", "pthread_cancel", "pthread_atfork", "select"])
def test_the_usual_calls_that_are_not_known_are_refused(name: str) -> None:
    assert len(REFUSED) > 60
    test_a_call_that_is_not_known_is_refused_by_its_name(name)


def refused_build(*words: str, cwd: Path = ROOT) -> tuple[int, str]:
    done = subprocess.run([CC, "-o", "/dev/null", *words], capture_output=True, text=True, timeout=60, cwd=cwd)
    return done.returncode, done.stderr


@pytest.mark.parametrize("call", [
    "pthread_getcpuclockid(0,0)", "pthread_rwlockattr_setkind_np(0,0)", "pthread_getname_np(0,0,0)", "pthread_mutex_getprioceiling(m,0)"])
def test_a_call_of_pthreads_that_is_not_known_at_all_is_refused_when_it_is_built(call: str) -> None:
    status, said = refused_build("-w", f"-DUNKNOWN={call}", str(CASES / "robust.c"))
    assert status == 3 and said == f"explore-cc: the explorer does not know {call.partition('(')[0]}\n"


@pytest.mark.parametrize("words, said", [
    ([], "usage: explore-cc"), (["none.c"], "there is no file none.c"), (["x.o"], "x.o has no hooks"),
    (["-I"], "-I needs a word"), (["-fsanitize=address", "x.c"], "cannot be combined"), (["x"], "what is x?")])
def test_the_wrapper_says_what_it_wants(words: list[str], said: str) -> None:
    status, told = refused_build(*words)
    assert status == 2 and said in told


def test_the_wrapper_names_a_program_without_main_and_a_function_that_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int f(void) { return 1; }\n")
    assert refused_build("a.c", cwd=tmp_path) == (2, "explore-cc: no main in a.c\n")
    (tmp_path / "b.c").write_text("int rand(void) { return 1; }\nint main(void) { return rand() - 1; }\n")
    status, said = refused_build("b.c", cwd=tmp_path)
    assert status == 2 and "b.c defines rand" in said
    (tmp_path / "c.c").write_text("int main(void) { return x; }\n")
    status, said = refused_build("c.c", cwd=tmp_path)
    assert status == 1 and "c.c:1" in said


def test_the_wrapper_puts_no_program_in_the_place_of_a_device(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    os.mkfifo(tmp_path / "pipe")
    done = subprocess.run([CC, "-o", "pipe", "a.c"], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "explore-cc: pipe is there already, and no file\n")
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("text, said", [
    ("__attribute__((constructor)) static void early(void) {}", "functions that run before main"),
    ("__attribute__((destructor)) static void late(void) {}", "functions that run before main or after it"),
    ("int n __attribute__((section(\"apart\"))) = 1;", "variables in sections of their own (apart)")])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_what_could_not_be_put_back_between_runs_is_refused_when_it_is_built(
        text: str, said: str, cc: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", cc)
    (tmp_path / "a.c").write_text(f"{text}\nint main(void) {{ return 0; }}\n")
    status, told = refused_build("a.c", cwd=tmp_path)
    assert status == 3 and said in told


def test_flags_that_would_move_data_or_unwind_stacks_are_taken_back() -> None:
    program = build(str(CASES / "robust.c"), "-w", "-DNAMES", "-fdata-sections", "-fexceptions")
    assert program.search().verdict == "wrong-result"


def test_the_wrapper_builds_anywhere_at_the_same_time_and_leaves_nothing(tmp_path: Path) -> None:
    here = tmp_path / "a place"
    here.mkdir()
    (here / "my program.c").write_text("#include <math.h>\nint n;\nint main(void) { return sqrt(n) > 0; }\n")

    def make(out: str, cc: str) -> int:
        env = {"PATH": "/usr/bin:/bin", "BUILD": "own build", "CC": cc, "TMPDIR": str(tmp_path / "scratch")}
        return subprocess.run([CC, "-o", out, "my program.c", "-lm"], cwd=here, env=env, timeout=100).returncode

    (tmp_path / "scratch").mkdir()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, "abcd", ["gcc", "clang", "gcc", "gcc"])) == [0] * 4
    assert sorted(p.name for p in here.iterdir()) == ["a", "b", "c", "d", "my program.c", "own build"]
    assert not list((tmp_path / "scratch").iterdir())
    for name in "abcd":
        assert parse(subprocess.run([here / name], capture_output=True, text=True).stdout).verdict == "fine"


def lines_like_schedules(known: str, times: int) -> list[str]:
    """Some are schedules, some nearly, and some like nothing."""
    chance = random.Random(4)
    words = [*known.split(), "T0:1", "T1:2", "T2:3", "T31:1", "T99:1", "choose:", "choose:0,1", "choose:256", "T1",
             "T:1", "T1:-1", "T1:99999999999999999999", "build:", "build:zz", "spurious", ",", "\t", "\u00e9", "%s%n"]
    lines = []
    for _ in range(times):
        line = " ".join(chance.choices(words, k=chance.randint(0, 12)))
        if chance.random() < 0.3:
            at = chance.randrange(len(line) + 1)
            line = line[:at] + chance.choice("T:09, x") + line[at + 1:]
        lines.append(line)
    return lines


def answers(program: Path, lines: list[str]) -> list[tuple[str, str]]:
    """What a process says to each line, and its status. A shell starts them:
    that takes half as long as from here."""
    loop = 'while IFS= read -r line; do "$0" --brief --replay "$line" 2>&1; echo "$?"; done'
    done = subprocess.run(["sh", "-c", loop, str(program)], input="".join(f"{line}\n" for line in lines),
                          capture_output=True, text=True, errors="replace", timeout=100)
    said = done.stdout.splitlines()
    assert done.stderr == "" and len(said) == 2 * len(lines)    # each says one line
    return list(zip(said[::2], said[1::2]))


def test_any_line_of_text_gets_an_answer_as_a_schedule() -> None:
    """Refused, diverged or run, and always told."""
    program = scenario("counter")
    lines = lines_like_schedules(program.search().schedule, 4000)
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(answers, [program.path] * 2, [lines[::2], lines[1::2]])
    told = [answer for pair in zip(*halves) for answer in pair]
    for line, (said, status) in zip(lines, told):
        if not re.fullmatch(r"\d+ [0-9a-f]{16}", said):
            assert status == "2" and said, (line, said, status)
        assert status in ("0", "1", "2"), (line, said, status)
    assert {"1", "2", "15"} <= {said.split()[0] for said, _ in told}    # wrong, a race, and diverged
    assert len(told) == len(lines)


def test_a_schedule_too_long_for_an_argument_is_read_from_standard_input() -> None:
    program = scenario("counter")
    line = "T0:1 " * 30000
    done = subprocess.run([program.path, "--replay", "-"], input=line, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "more than 16383 stretches" in done.stderr
    line = "T0:1 T1:0 " * 7000
    done = subprocess.run([program.path, "--replay", "-"], input=line, capture_output=True, text=True, timeout=20)
    assert parse(done.stdout).verdict == "diverged"
    found = program.search()
    done = subprocess.run([program.path, "--replay", "-"], input=found.schedule, capture_output=True, text=True)
    assert parse(done.stdout).hash == found.hash


@pytest.fixture(scope="module")
def other_runtime(tmp_path_factory: pytest.TempPathFactory):
    """Build a case with a runtime that was built in another way."""
    builds = tmp_path_factory.mktemp("runtimes")

    def make(out: str, *words: str, **settings: str) -> Path:
        name = "-".join(settings) or "plain"
        env = {"PATH": "/usr/bin:/bin", "BUILD": str(builds / name), **settings}
        program = builds / f"{name}-{out}"
        subprocess.run([CC, "-o", str(program), "-w", *words], env=env, check=True, timeout=200)
        return program
    return make


def answer(program: Path) -> dict:
    told = subprocess.run([program], capture_output=True, text=True, timeout=60).stdout
    found = parse(told)
    return {"verdict": found.verdict, "about": found.about, "schedule": found.schedule.rpartition(" build")[0]}


@pytest.mark.full
def test_without_our_own_assembly_the_same_happens(other_runtime) -> None:
    """Places have other addresses in another build, and so the hashes differ: the runs do not."""
    for file, define in (("cond.c", "-DLOST"), ("threads.c", "-DERRNO"), ("sem.c", "-DMUTEX=2")):
        one = other_runtime(file, str(CASES / file), define)
        other = other_runtime(file, str(CASES / file), define, FIBRES="ucontext")
        assert answer(one) == answer(other)


@pytest.mark.full
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["mutex", "cond", "locks", "sem", "atomics", "threads", "c11", "clock", "streams"])
def test_the_explorer_itself_has_no_undefined_behaviour(other_runtime, name: str) -> None:
    """Any would trap, and be told as a crash."""
    from grader.tests.test_explore_calls import FINE, FOUND
    for words, verdict in [(w, "fine") for w in FINE] + [(w, v) for w, v, _ in FOUND]:
        file, *defines = words.split()
        if file == name:
            program = other_runtime("ub", str(CASES / f"{file}.c"), *(f"-D{d}" for d in defines),
                                    SAN="-fsanitize=undefined -fsanitize-undefined-trap-on-error")
            assert answer(program)["verdict"] == verdict, words


def test_the_assembly_for_aarch64_is_assembly(tmp_path: Path) -> None:
    """Only assembled: no such machine is at hand. Needs a clang that knows aarch64."""
    done = subprocess.run(["clang", "--print-targets"], capture_output=True, text=True)
    if "aarch64" not in done.stdout:
        pytest.skip("no assembler for aarch64")
    text = (EXPLORE / "fibre.c").read_text("utf-8").partition("__aarch64__")[2].partition(";\n\n")[0]
    file = tmp_path / "switch.c"
    file.write_text("__asm__" + text.partition("__asm__")[2] + ";\n")
    subprocess.run(["clang", "--target=aarch64-linux-gnu", "-c", str(file), "-o", str(tmp_path / "switch.o")],
                   check=True, timeout=60)


def test_the_wrapper_is_clean_for_shellcheck() -> None:
    try:
        done = subprocess.run(["shellcheck", CC], capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("no shellcheck")
    assert done.returncode == 0, done.stdout

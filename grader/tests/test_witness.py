"""The witnesses: their reports are read right, and their silence is tested."""
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import grader.witness
from grader.box.box import Status
from grader.witness import canaries, helgrind, load, race_check, tsan, witnesses
from grader.witness.finding import Access, Finding, confirm, four_lines, merge
from grader.witness.hearing import hear
from grader.witness.run import Observation, Program, Testimony, WitnessError, plain
from grader.witness.symbols import Symbols, Variable

HERE = Path(__file__).parent / "witness"
ROOT = HERE.parents[2]
FOUR = {"all.served", "all.bytes", "all.active", "all.peak"}


def golden(name):
    return (HERE / "golden" / name).read_text()


class Known(Symbols):
    """The names of the program whose reports are the golden texts."""

    def __init__(self, all_at=0x4140, touched=None):
        self._touched = touched
        self.variables = [Variable("all", all_at, 24, "/home/me/pool/stats.c:7", ""),
                          Variable("mine", all_at + 0x60, 40, "/home/me/pool/stats.c:5", "")]

    def fields(self, variable, offset, size):
        inside = [("served", 0, 8), ("bytes", 8, 8), ("active", 16, 4), ("peak", 20, 4)]
        return [f"all.{n}" for n, at, k in inside if at < offset + size and offset < at + k
                ] if variable.name == "all" else [variable.name]

    def touched(self, code):
        return self._touched


def mine():
    return Program(lambda flags: Path("/home/me/server"), ("pool/stats.c",))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("witness")


def server(name, out):
    """One of the small servers beside this file."""
    def build(flags):
        target = out / ("-".join([name, *flags]).replace("=", "-"))
        subprocess.run(["gcc", "@compile_flags.txt", f"-I{HERE}/given", *flags,
                        str(HERE / "given/server.c"), str(HERE / name / "stats.c"),
                        "-o", str(target)], cwd=ROOT, check=True)
        return target
    return Program(build, (f"{name}/stats.c",))


# -- Helgrind's text

def helgrind_says(text, symbols=None):
    # In the golden text all is at 0x10C130, a page offset that symbols must share.
    return helgrind.told(helgrind.read(text), mine(), symbols or Known(0x4130))


def test_a_race_names_field_lines_threads_and_locks():
    race = next(f for f in helgrind_says(golden("helgrind-race-and-order.txt")) if f.kind == "race")
    assert (race.variable, race.declared) == ("all.active", "pool/stats.c:7")
    now, before = race.accesses
    assert now == Access("write", "stats_begin", "pool/stats.c", 19, 4, "client", ("mine",))
    assert (before.op, before.line, before.thread, before.locks) == ("read", 37, 3, ())
    assert "vgpreload" not in race.text and "pool/stats.c:19" in race.text


def test_a_lock_on_the_heap_is_named_by_where_it_was_made():
    order = next(f for f in helgrind_says(golden("helgrind-race-and-order.txt"))
                 if f.kind == "lock-order")
    heap = "byte 0 of the block made in init (pool/stats.c:12)"
    assert order.variable == f"{heap} and mine"
    assert [(a.line, a.op, a.locks) for a in order.accesses] == [
        (32, "lock of mine", (heap,)), (22, f"lock of {heap}", ("mine",))]


def test_signal_after_unlock_is_no_finding():
    report = helgrind.read(golden("helgrind-dubious.txt"))
    assert report.errors == 1 and "dubious" in golden("helgrind-dubious.txt")
    assert helgrind.told(report, mine(), Known()) == []


def test_a_thread_that_ends_with_a_lock_is_told_without_a_stack():
    (found,) = helgrind_says(golden("helgrind-still-holds.txt"))
    assert found.kind == "misuse" and found.accesses[0].op == "Exiting thread still holds 1 lock"
    assert four_lines(found)[2] == "the tool remembers no second access"


def test_a_wide_read_is_told_as_the_field_that_the_other_thread_wrote():
    text = golden("helgrind-race-and-order.txt")
    text = text.replace("write of size 4 at 0x10C140", "write of size 8 at 0x10C140")
    text = text.replace("previous read of size 8", "previous read of size 4")
    race = lambda s: next(f for f in helgrind_says(text, s) if f.kind == "race").variable
    assert race(Known(0x4130)) == "all.active and all.peak"
    assert race(Known(0x4130, touched=0x4130 + 20)) == "all.peak"


def test_what_the_server_prints_and_other_processes_are_left_out():
    text = golden("helgrind-dubious.txt")
    noise = "==99== ERROR SUMMARY: 5 errors\nPossible data race during write of size 4\n"
    assert helgrind.read(noise + text).errors == 1
    assert helgrind.read(text.replace("==4711== ERROR", "half a line==4711== ERROR")).errors == 1


@pytest.mark.parametrize("text, status, reason", [
    ("==4711== Helgrind, a thread error detector\n", Status("exit", 0), "not complete"),
    (golden("helgrind-dubious.txt") + "valgrind: the 'impossible' happened:\n", Status("exit", 1), "failed"),
    (golden("helgrind-dubious.txt"), Status("exit", 0), "contradict"),
    (golden("helgrind-dubious.txt").replace("1 errors", "0 errors"), Status("exit", 77), "contradict"),
])
def test_a_report_that_cannot_be_believed_is_no_measurement(text, status, reason):
    with pytest.raises(WitnessError, match=reason):
        helgrind._healthy(Observation(text, status, None), helgrind.read(text))


def test_a_silent_report_is_not_believed_against_the_exit_status(monkeypatch, scratch):
    silent = golden("helgrind-dubious.txt").replace("1 errors", "0 errors")

    def observe(argv, launch, env, part):
        strict = "--exit-on-first-error=yes" in argv
        return Observation("" if strict else silent, Status("exit", 77 if strict else 0), load.Load(1, 1))
    monkeypatch.setattr(helgrind, "observe", observe)
    monkeypatch.setattr(helgrind, "canary", lambda *_: None)
    monkeypatch.setattr(helgrind, "available", lambda: None)
    said = helgrind.testify(Program(lambda _: Path("/bin/true"), ()), scratch)
    assert not said.measured and "exit status" in said.reason


# -- ThreadSanitizer's text

def test_tsan_tells_the_bytes_that_both_accesses_touch():
    race = tsan.told(golden("tsan-race-and-order.txt"), mine(), Known(0x5210))[0]
    assert (race.variable, race.kind) == ("all.active", "race")      # read of 8, write of 4
    read, write = race.accesses
    assert (read.op, read.line, read.thread, read.role) == ("read", 37, 5, "client")
    assert (write.op, write.line, write.thread) == ("write", 19, 6)


def test_tsan_tells_the_field_inside_a_wide_access():
    text = golden("tsan-race-and-order.txt").replace(
        "write of size 4 at 0x555555559220", "write of size 4 at 0x555555559224")
    assert tsan.told(text, mine(), Known(0x5210))[0].variable == "all.peak"


def test_tsan_names_locks_and_lock_orders():
    found = tsan.told(golden("tsan-race-and-order.txt"), mine(), Known(0x5210))
    assert found[0].accesses[1].locks == ("the lock of pool/stats.c:18",)
    order = next(f for f in found if f.kind == "lock-order")
    assert [a.line for a in order.accesses] == [22, 32]


def test_a_race_on_a_descriptor_is_told_as_such():
    (found,) = tsan.told(golden("tsan-descriptor.txt"), mine(), Known())
    assert (found.kind, found.variable) == ("fd", "a file descriptor")
    assert [a.line for a in found.accesses] == [10, 9]


# -- the record

def race(tool="helgrind", variable="all.served", lines=(20, 20), ops=("write", "write"), kind="race"):
    return Finding(tool, kind, variable, "pool/stats.c:4", [
        Access(op, "stats_end", "pool/stats.c", line, 2 + n)
        for n, (op, line) in enumerate(zip(ops, lines))], "words")


def test_reports_of_one_pair_of_lines_are_one_finding():
    runs = [race(ops=("read", "write")), race(lines=(20, 27)), race(), race(lines=(27, 20))]
    merged = merge(runs)
    assert [tuple(a.line for a in f.accesses) for f in merged] == [(20, 20), (20, 27)]
    assert [a.op for a in merged[0].accesses] == ["write", "write"]


def under(lock, lines):
    """A race whose two accesses held that lock."""
    found = race(lines=lines)
    return replace(found, accesses=[replace(a, locks=(lock,)) for a in found.accesses])


def test_a_pair_under_one_lock_gives_way_to_one_without():
    assert merge([under("lock", (18, 30)), race(lines=(18, 36))]) == [race(lines=(18, 36))]
    assert merge([under("lock", (18, 30)), race(variable="all.peak")])[1].common == ("lock",)


def test_a_pair_under_one_lock_is_not_said_to_lack_one():
    (told,) = merge([under("lock", (18, 30))])
    assert four_lines(told)[3].startswith("lock is held at both, so a third access does without it, or")
    two = replace(told, accesses=[told.accesses[0], replace(told.accesses[1], locks=("other",))])
    assert four_lines(two)[3].startswith("no common lock; ")


def test_confirmation_is_by_variable_or_by_line_and_of_one_kind():
    ours = [race()]
    by = lambda *others: confirm(ours, others)[0].confirmed_by
    assert by(race("tsan", lines=(98, 99))) == ["tsan"]
    assert by(race("tsan", variable="byte 4 of the block", lines=(20, 99))) == ["tsan"]
    assert by(race("tsan", variable="all.bytes", lines=(98, 99))) == []
    assert by(race("tsan", kind="fd")) == []
    assert by() == []


def test_four_lines_say_what_where_who_and_what_it_is_worth():
    (told,) = confirm([race()], [race("tsan")])
    lines = four_lines(told)
    assert lines[0] == "race on all.served, declared at pool/stats.c:4"
    assert lines[1] == "write in stats_end, pool/stats.c:20, by thread 2; locks held: none"
    assert lines[3] == "no common lock; confirmed by ThreadSanitizer"
    assert four_lines(race())[3].endswith("it does not understand C11 atomics; no points lost")


def test_the_record_is_what_the_report_knows():
    schema = json.loads((ROOT / "grader/report/result.schema.json").read_text())["$defs"]
    record = race().to_dict()
    assert set(record) <= set(schema["finding"]["properties"])
    assert set(schema["finding"]["required"]) <= set(record)
    assert set(record["accesses"][0]) == set(schema["access"]["required"])
    json.dumps(record)


def test_a_path_is_the_students_only_if_it_is_theirs():
    shown = mine().shown
    assert shown("/stage/src/pool/./stats.c") == "pool/stats.c" == shown("stats.c")
    assert shown("/stage/lab/stats.c") is None and shown("../nptl/pthread_create.c") is None
    assert shown("/stage/whirlpool/stats.c") is None


# -- names, programs, tools

def test_symbols_know_fields_and_declarations(scratch):
    program = server("racy", scratch).build(())
    symbols = Symbols(program)
    variable = symbols.named("all")
    assert variable.declared.endswith("racy/stats.c:4") and variable.size == 24
    assert symbols.fields(variable, 0, 24) == ["all.served", "all.bytes", "all.active", "all.peak"]
    assert symbols.fields(variable, 20, 4) == ["all.peak"]
    code = next(line for line in subprocess.run(["nm", str(program)], capture_output=True, text=True)
                .stdout.splitlines() if line.endswith(" stats_begin"))
    if os.uname().machine == "x86_64":
        assert symbols.touched(int(code.split()[0], 16)) == variable.address + 16


def test_the_racy_server_is_caught_on_all_four_numbers_and_confirmed(scratch):
    hearing = hear(server("racy", scratch), scratch)
    assert not hearing.reason
    assert {f.variable for f in hearing.confirmed} == FOUR
    sides = [a for f in hearing.findings for a in f.accesses]
    assert all(a.file == "racy/stats.c" and a.role == "client" and a.thread for a in sides)


def test_a_relaxed_atomic_is_helgrinds_word_alone(scratch):
    hearing = hear(server("relaxed", scratch), scratch)
    assert {f.variable for f in hearing.findings} == {"warm"}
    assert hearing.testimonies["tsan"].measured and not hearing.confirmed and not hearing.alone


@pytest.mark.parametrize("name", ["locked", "sigafter"])
def test_a_right_server_is_met_with_measured_silence(scratch, name):
    hearing = hear(server(name, scratch), scratch)
    assert hearing.testimonies["helgrind"].measured and not hearing.reason
    assert hearing.findings == hearing.alone == []


def test_a_server_that_does_not_serve_is_not_measured(scratch):
    said = tsan.testify(Program(lambda _: Path("/bin/true"), ()), scratch)
    assert said == Testimony([], False, "the server did not come to listen under the tool: "
                             "silence would prove nothing")


@pytest.mark.parametrize("source, content, reason", [
    ("racy.c", "int main(void) { return 0; }", "does not see the race"),
    ("clean.c", None, "which has none"),
])
def test_a_canary_that_sings_wrong_silences_the_tool(tmp_path, monkeypatch, source, content, reason):
    cage = tmp_path / "canary"
    cage.mkdir()
    for name in canaries.RACY, canaries.CLEAN:
        (cage / name).write_text((canaries.HERE / name).read_text())
    (cage / source).write_text(content or (canaries.HERE / "racy.c").read_text())
    monkeypatch.setattr(canaries, "HERE", cage)
    said = tsan.testify(Program(lambda _: Path("/bin/true"), ()), tmp_path)
    assert not said.measured and reason in said.reason
    assert not list(tmp_path.glob("*.good"))


def test_a_missing_tool_says_what_to_install(monkeypatch, scratch, capsys):
    monkeypatch.setattr(helgrind.shutil, "which", lambda name: None)
    said = helgrind.testify(mine(), scratch)
    assert not said.measured and "apt-get install valgrind" in said.reason


def test_a_new_witness_is_a_new_file(tmp_path, monkeypatch):
    (tmp_path / "oracle.py").write_text("NAME = 'oracle'\ndef testify(*_): pass\n")
    assert [w.NAME for w in witnesses()] == ["drd", "helgrind", "tsan"]
    monkeypatch.setattr(grader.witness, "__path__", [*grader.witness.__path__, str(tmp_path)])
    assert [w.NAME for w in witnesses()] == ["drd", "helgrind", "oracle", "tsan"]
    sys.modules.pop("grader.witness.oracle")


def test_nothing_outlives_a_run(tmp_path):
    with (tmp_path / "out").open("wb") as out:
        run = plain(["/bin/sh", "-c", "sleep 60 & exit 3"], {}, out, out)
        deadline = time.monotonic() + 10
        while run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        assert run.poll() == Status("exit", 3)
        os.killpg(run.pid, 0)           # the sleeper is there
        run.end()
    while time.monotonic() < deadline and _group_lives(run.pid):
        time.sleep(0.005)
    assert not _group_lives(run.pid)


def _group_lives(group):
    """Whether a process that is not a zombie has that process group."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(pgrp) == group and state != "Z":
            return True
    return False


def test_the_load_overlaps_reads_the_numbers_and_talks_nonsense_once():
    together, seen = threading.Barrier(8), []

    def answer(conn):
        with conn:
            request = conn.recv(4096)
            while request.startswith(b"POST") and len(request.partition(b"\r\n\r\n")[2]) < load.LENGTH:
                request += conn.recv(4096)
            seen.append(request.split()[0])
            together.wait(10)           # nobody is answered before all eight are there
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + request.partition(b"\r\n\r\n")[2])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            for _ in range(load.REQUESTS):
                threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        assert load.apply(listener.getsockname()[1]).complete
    counts = {what: seen.count(what) for what in seen}
    assert counts == {b"POST": 17, b"GET": 6, b"NONSENSE": 1}


def test_requests_that_nobody_answers_are_counted():
    seen = load.apply(1, 4)             # nobody listens there
    assert (seen.sent, seen.answered, len(seen.wrong)) == (4, 0, 4) and not seen.complete


# -- the command

def test_the_command_says_what_it_cannot_build(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(race_check, "OUT", tmp_path / "out")
    assert race_check.main(["--dir", str(tmp_path)]) == race_check.USAGE
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool/serve.c").write_text("int serve(\n")
    assert race_check.main(["--dir", str(tmp_path)]) == race_check.USAGE
    assert "does not compile" in capsys.readouterr().err

"""The Criterion units: right modules pass, each mistake is named, and none of
the ways in which a test framework can be made to say "passed" is believed."""
import subprocess
import time
from pathlib import Path

import pytest

from grader.observe import proc
from grader.unit import run
from grader.unit.run import LEFT_EARLY, UnitResult, run_unit

ROOT = Path(__file__).resolve().parents[2]
QUEUE = ROOT / "solutions/pool/queue.c"
CLASS = ROOT / "grader/corpus/class"

needs_criterion = pytest.mark.skipif(
    not Path("/usr/include/criterion/criterion.h").exists(), reason="libcriterion-dev is missing")

HASTY = ["-DPATIENCE=1"]        # for what surely hangs

# Each a mistake: what stands in the reference, what somebody might have
# written, and the test that must notice.
MISTAKES = {
    "last in, first out": ("q->conn[q->head++ % q->size]", "q->conn[--q->tail % q->size]",
                           "gives_back_in_order"),
    "the ring is not closed": ("q->conn[q->tail++ % q->size]", "q->conn[q->tail++]",
                               "goes_round_and_round"),
    "a slot is kept empty": ("sem_init(&q->room, 0, q->size)",
                             "sem_init(&q->room, 0, q->size == 1 ? 0 : q->size)",
                             "of_capacity_one_passes_on"),
    "put does not wait": ("sem_down(&q->room);", "", "put_waits_while_it_is_full"),
    "get does not wait": ("sem_down(&q->items);", "", "get_waits_while_it_is_empty"),
    "get asks again and again": (
        "sem_down(&q->items);", "while (sem_trywait(&q->items) == -1) continue;",
        "get_waits_while_it_is_empty"),
    "there is an item from the start": ("sem_init(&q->items, 0, 0)", "sem_init(&q->items, 0, 1)",
                                        "get_waits_while_it_is_empty"),
    "the lock is held while put waits": (
        "    sem_down(&q->room);     /* holding nothing: a get must be able to help */\n"
        "    sem_down(&q->lock);\n", "    sem_down(&q->lock);\n    sem_down(&q->room);\n",
        "put_waits_while_it_is_full"),
    "only every other put wakes somebody, if two sleep": (
        "    sem_up(&q->items);      /* only now is there something to get */",
        "    if (q->size != 4 || q->tail % 2) sem_up(&q->items);", "wakes_one_for_each"),
}


def changed(tmp_path: Path, old: str, new: str, source: Path = QUEUE) -> Path:
    """A copy of a module with one change."""
    text = source.read_text()
    assert text.count(old) == 1, f"{source.name} has changed: {old}"
    copy = tmp_path / source.name
    copy.write_text(text.replace(old, new))
    return copy


@needs_criterion
@pytest.mark.parametrize("unit, source", [
    ("queue", "solutions/pool/queue.c"), ("stats", "solutions/pool/stats.c"),
    ("http", "lab/http.c"),
    ("queue", "grader/corpus/class/condvars/pool/queue.c"),
    ("queue", "grader/corpus/class/pipe-queue/pool/queue.c"),
    ("stats", "grader/corpus/class/double-fork/fork/stats.c")])
def test_right_modules_pass_every_test(unit: str, source: str):
    result = run_unit(unit, [ROOT / source])
    assert result.good, result
    assert result.passed == len(run.expected_tests(run.UNITS / f"{unit}.c"))
    assert result.lines() == [f"{unit} alone: all {result.passed} tests pass"]


@needs_criterion
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_queue_is_named(tmp_path: Path, monkeypatch, mistake: str):
    monkeypatch.setattr(run, "FLAGS", HASTY)
    old, new, test = MISTAKES[mistake]
    result = run_unit("queue", [changed(tmp_path, old, new)])
    assert not result.good and not result.reason
    assert result.tests[test], result
    assert any(line.startswith(f"queue alone: {test} failed: ") for line in result.lines())


@needs_criterion
def test_the_queue_that_puts_where_it_gets_is_named():
    result = run_unit("queue", [CLASS / "queue-front/pool/queue.c"])
    assert "where" in result.tests["gives_back_in_order"], result
    assert "were lost" in result.tests["loses_and_doubles_nothing"]


@needs_criterion
@pytest.mark.parametrize("old, new, test", [
    ("all.active--;", "", "count_a_request_when_it_ends"),
    ("all.bytes += bytes;", "all.bytes = bytes;", "add_up_the_bytes"),
    ("    if (all.active > all.peak)\n", "", "keep_the_peak"),
    ("    *s = all;", "    *s = all; all.served = 0; all.peak = 0;", "are_not_changed_by_reading"),
    ("static struct stats all;", "static _Thread_local struct stats all;",
     "may_be_counted_by_any_thread")])
def test_wrong_stats_are_named(tmp_path: Path, old: str, new: str, test: str):
    result = run_unit("stats", [changed(tmp_path, old, new, ROOT / "starter/pool/stats.c")])
    assert not result.reason and result.tests[test], result


@needs_criterion
@pytest.mark.parametrize("leave", ["exit(0);", "_exit(0);"])
def test_leaving_early_is_not_a_pass(tmp_path: Path, leave: str):
    source = changed(tmp_path, "    sem_down(&q->items);", f"    {leave}\n    sem_down(&q->items);")
    source.write_text("#include <unistd.h>\n" + source.read_text())
    result = run_unit("queue", [source])
    assert result.tests["gives_back_in_order"] == LEFT_EARLY
    assert not result.good


@needs_criterion
def test_leaving_before_main_is_not_a_pass(tmp_path: Path):
    source = tmp_path / "queue.c"
    source.write_text(QUEUE.read_text() + "\n#include <unistd.h>\n"
                      "__attribute__((constructor)) static void first(void)\n"
                      "{ _exit(0); }\n")
    result = run_unit("queue", [source])
    assert not result.good and "left no report" in result.reason


@needs_criterion
def test_a_forged_report_is_held_to_the_unit(tmp_path: Path):
    forged = '<testsuites><testcase name=\\"a\\" status=\\"PASSED\\" assertions=\\"9\\"/></testsuites>'
    source = tmp_path / "queue.c"
    source.write_text(QUEUE.read_text() + "\n#include <stdio.h>\n#include <unistd.h>\n"
                      "__attribute__((constructor)) static void first(void)\n{\n"
                      f'    FILE *f = fopen("report.xml", "w");\n    fputs("{forged}", f);\n'
                      "    fclose(f);\n    _exit(0);\n}\n")
    result = run_unit("queue", [source])
    assert not result.good and result.reason == "it ran 1 tests, and the unit has 7"


@needs_criterion
def test_a_test_that_hangs_is_named_and_the_others_are_run(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(run, "FLAGS", HASTY)
    result = run_unit("stats", [changed(
        tmp_path, "all.bytes += bytes;", "all.bytes += bytes; while (bytes == 100) continue;",
        ROOT / "starter/pool/stats.c")])
    assert result.tests["count_a_request_when_it_ends"] == "it hangs"
    assert result.failed == 1, result


@needs_criterion
def test_the_watchdog_ends_everything_that_hangs(tmp_path: Path):
    """A child, too, that some test or constructor has started."""
    mark = tmp_path / "pid"
    source = tmp_path / "queue.c"
    source.write_text(QUEUE.read_text() + "\n#include <stdio.h>\n#include <unistd.h>\n"
                      "__attribute__((constructor)) static void first(void)\n{\n"
                      "    if (fork() == 0) {\n"
                      f'        FILE *f = fopen("{mark}", "w");\n'
                      '        fprintf(f, "%d", getpid());\n        fclose(f);\n    }\n'
                      "    for (;;)\n        pause();\n}\n")
    result = run_unit("queue", [source], seconds=1)
    assert not result.good and result.reason == "it did not end within 1 s"
    deadline = time.monotonic() + 5
    while proc.alive(int(mark.read_text())):    # killed, and perhaps not yet gone
        assert time.monotonic() < deadline, "a process of the unit lives on"
        time.sleep(0.01)


def test_what_does_not_build_is_not_measured():
    result = run_unit("queue", [CLASS / "does-not-compile/pool/queue.c"])
    assert not result.good and "does not build" in result.reason
    assert "queue.c:55" in result.reason or "libcriterion" in result.reason


def test_without_libcriterion_nothing_is_measured(monkeypatch):
    """A gcc that finds no criterion says what gcc would say."""
    said = "queue.c:8:10: fatal error: criterion/criterion.h: No such file or directory\n"
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1, "", said))
    result = run_unit("queue", [QUEUE])
    assert result == UnitResult("queue", reason="libcriterion is not installed (libcriterion-dev)")
    assert result.lines() == ["queue alone: not measured: libcriterion is not installed (libcriterion-dev)"]


@pytest.mark.parametrize("report", [b"", b"<testsuites>", b"<a>\x01</a>", b"\xff\xfe"])
def test_a_broken_report_is_no_result(report: bytes):
    with pytest.raises(run.NoResult, match="cannot be read"):
        run._judge("queue", ["a"], report)


def test_a_test_that_is_missing_or_counted_nothing_is_noticed():
    one = b'<s><testcase name="%s" status="PASSED" assertions="%d"/></s>'
    assert run._judge("queue", ["a"], one % (b"a", 3)).good
    assert run._judge("queue", ["a"], one % (b"a", 0)).tests == {"a": LEFT_EARLY}
    for expected in ["b"], ["a", "b"], []:
        with pytest.raises(run.NoResult):
            run._judge("queue", expected, one % (b"a", 3))


@needs_criterion
def test_the_environment_cannot_change_what_is_run(monkeypatch):
    monkeypatch.setenv("CRITERION_ALWAYS_SUCCEED", "1")
    monkeypatch.setenv("CRITERION_FAIL_FAST", "1")
    result = run_unit("queue", [ROOT / "starter/pool/queue.c"])
    assert result.failed == 7


@needs_criterion
def test_the_command_says_what_it_found(capsys):
    assert run.main(["queue", str(QUEUE)]) == 0
    assert run.main(["queue", str(ROOT / "starter/pool/queue.c")]) == 1
    assert run.main(["queue", str(CLASS / "does-not-compile/pool/queue.c")]) == 3
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "queue alone: all 7 tests pass"
    assert "queue alone: gives_back_in_order failed: it gave back -1 where 100000 was next" in out
    assert out[-1].startswith("queue alone: not measured: it does not build")

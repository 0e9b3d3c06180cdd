"""The way from a submission to a result, with everything that can go wrong."""
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from grader.core.alone import alone_in
from grader.report import schema

ROOT = Path(__file__).resolve().parents[2]
GRADE = str(ROOT / "grader" / "grade")
QUICK = ["--task", "1a.child-listener"]         # a check, its guards, and the one before it


def grade(*args, timeout=120, cwd=ROOT, prefix=()):
    """Run the command, without what may come out otherwise on a busy machine;
    returns what subprocess.run does."""
    return subprocess.run([*prefix, GRADE, "--no-timing", *map(str, args)], cwd=cwd, timeout=timeout,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


def result(out: Path, name: str) -> dict:
    return json.loads((out / name / "result.json").read_text())


def outcomes(found: dict) -> dict:
    return {c["check"]: c["outcome"] for c in found["checks"]}


@pytest.fixture
def submission(tmp_path) -> Path:
    """A copy of the reference, free to be spoilt."""
    return Path(shutil.copytree(ROOT / "solutions", tmp_path / "alice"))


def test_a_result_is_of_the_published_schema_and_comes_with_its_pages(submission, tmp_path):
    done = grade("--out", tmp_path / "out", *QUICK, submission)
    assert done.returncode == 0, done.stderr
    found = result(tmp_path / "out", "alice")
    schema.validate(found)
    assert found["score"] == found["max"] == 1 and found["complete"]
    assert found["predictions"]["q1"]["said"] == "64", "what the class expected is told from the result"
    assert (tmp_path / "out" / "alice" / "index.html").exists()
    assert (tmp_path / "out" / "index.html").exists()
    assert "alice" in (tmp_path / "out" / "summary.csv").read_text()


def test_what_was_finished_is_kept_and_what_changed_is_graded_again(submission, tmp_path):
    args = "--out", tmp_path / "out", *QUICK, submission
    grade(*args)
    first = result(tmp_path / "out", "alice")
    begin = time.monotonic()
    grade(*args)
    assert result(tmp_path / "out", "alice") == first, "the same submission was graded twice"
    del begin
    (submission / "fork" / "serve.c").write_text((ROOT / "starter" / "fork" / "serve.c").read_text())
    grade(*args)
    assert outcomes(result(tmp_path / "out", "alice"))["1a.overlap"] == "fail"


def test_what_a_task_needs_first_is_measured_and_not_counted(submission, tmp_path):
    grade("--out", tmp_path / "out", "--task", "1b.coalesced", submission)
    found = result(tmp_path / "out", "alice")
    assert found["max"] == found["score"] == 2
    needed = {c["check"]: (c["outcome"], c["max"]) for c in found["checks"] if c["guard"]}
    assert needed["1a.overlap"] == ("pass", 0) and needed["1b.reaped"] == ("pass", 0)


def lines(out: Path) -> list[str]:
    journal = out / "alice" / "checks.jsonl"
    return journal.read_text().splitlines() if journal.exists() else []


def eventually(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def processes_of(marker: str) -> list[str]:
    """Processes whose command line or environment names marker."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for what in "cmdline", "environ":
            try:
                if marker.encode() in Path("/proc", pid, what).read_bytes():
                    found.append(pid)
            except OSError:
                pass
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_half_way_and_started_again_it_goes_on(submission, tmp_path, how):
    out = tmp_path / "out"
    args = [GRADE, "--no-timing", "--out", str(out), "--task", "1a", str(submission)]
    first = subprocess.Popen(args, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    eventually(lambda: len(lines(out)) > 4)
    first.send_signal(how)
    said = first.communicate(timeout=30)[1]
    if how == signal.SIGINT:
        assert first.returncode == 130 and "goes on with the rest" in said
    assert not (out / "alice" / "result.json").exists(), "half a result was taken for one"
    eventually(lambda: not processes_of(str(out)), 20)

    before = lines(out)
    with open(out / "alice" / "checks.jsonl", "a") as journal:
        journal.write('{"check": "1a.exi')        # as a kill in the middle of a line leaves it
    assert grade(*args[1:]).returncode == 0
    assert lines(out)[:len(before)] == before, "finished checks were measured again"
    assert set(outcomes(result(out, "alice")).values()) == {"pass"}


def test_a_part_that_is_missing_gets_0_and_is_not_called_blocked(submission, tmp_path):
    shutil.rmtree(submission / "fork")
    assert grade("--out", tmp_path / "out", "--task", "1a", submission).returncode == 0
    found = result(tmp_path / "out", "alice")
    points = {c["check"]: c for c in found["checks"] if not c["guard"]}
    assert found["score"] == 0 and found["complete"]
    assert {c["outcome"] for c in points.values()} == {"fail"}
    assert "there is no fork/" in points["1a.overlap"]["observed"]


def test_a_part_that_does_not_compile_takes_only_itself_away(submission, tmp_path):
    source = submission / "pool" / "serve.c"
    source.write_text(source.read_text().replace("close(listener);", "close(listener)"))
    assert grade("--out", tmp_path / "out", "--task", "1a.exit", "--task", "2d.overlap",
                 "--task", "2c.order", submission).returncode == 0
    found = result(tmp_path / "out", "alice")
    assert outcomes(found)["1a.exit"] == "pass"
    assert outcomes(found)["2c.order"] == "pass", "the queue was not measured in good company"
    overlap = next(c for c in found["checks"] if c["check"] == "2d.overlap")
    assert overlap["outcome"] == "fail" and overlap["causes"] == ["does-not-compile"]
    assert "serve.c" in overlap["observed"] and "expected" in overlap["observed"]


def test_a_module_that_does_not_compile_takes_only_itself_away(submission, tmp_path):
    source = submission / "pool" / "queue.c"
    source.write_text(source.read_text().replace("return q;", "return p;"))
    assert grade("--out", tmp_path / "out", "--task", "2d.overlap", "--task", "2c.order",
                 submission).returncode == 0
    found = outcomes(result(tmp_path / "out", "alice"))
    assert (found["2d.overlap"], found["2c.order"]) == ("pass", "fail")


def test_a_forger_gets_nothing_for_what_he_prints(submission, tmp_path):
    for part in "fork", "pool":
        (submission / part / "zz.c").write_text(
            '#include <stdio.h>\n#include <unistd.h>\n__attribute__((constructor)) static void win(void)\n'
            '{\n    puts("100/100 PASS");\n    fflush(stdout);\n    _exit(0);\n}\n')
    assert grade("--out", tmp_path / "out", "--task", "1a", submission).returncode == 0
    found = result(tmp_path / "out", "alice")
    assert found["score"] == 0
    assert "100/100 PASS" in next(c for c in found["checks"] if c["check"] == "1.starts")["observed"]


def bad(tmp_path: Path, kind: str) -> Path:
    """A submission that cannot be taken."""
    path = tmp_path / "bad.tar.gz"
    if kind == "nothing there":
        return tmp_path / "nobody"
    if kind == "an empty directory":
        (tmp_path / "empty").mkdir()
        return tmp_path / "empty"
    if kind == "a zip bomb":
        path = tmp_path / "bad.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("fork/serve.c", b"\0" * (300 << 20))
        return path
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("../outside.c" if kind == "dots" else "fork/serve.c")
        if kind == "a symlink":
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    return path


@pytest.mark.parametrize("kind", ["nothing there", "an empty directory", "dots", "a symlink", "a zip bomb"])
def test_what_cannot_be_taken_is_said_and_spoils_nobody_else(tmp_path, submission, kind):
    done = grade("--out", tmp_path / "out", *QUICK, bad(tmp_path, kind), submission)
    assert done.returncode == 1
    assert result(tmp_path / "out", "alice")["score"] == 1
    name = {"nothing there": "nobody", "an empty directory": "empty"}.get(kind, "bad")
    found = result(tmp_path / "out", name)
    schema.validate(found)
    assert found["error"] in done.stdout.replace("\n", " ") or found["error"][:40] in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("args, said", [
    ([], "name a submission"),
    (["--class", "/nowhere"], "is not a directory"),
    (["--part", "coroutine", "solutions"], "there is no part 'coroutine'"),
    (["--task", "9z", "solutions"], "there is no task or check '9z'"),
    (["--level", "full", "solutions"], "full"),
    (["--jobs", "0", "solutions"], "--jobs"),
    (["--out", "/proc/out", "solutions"], "/proc/out"),
])
def test_wrong_usage_gets_status_2_and_one_line(args, said):
    done = grade(*args)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_submissions_of_one_name_are_refused(tmp_path, submission):
    other = tmp_path / "else" / "alice"
    shutil.copytree(submission, other)
    done = grade("--out", tmp_path / "out", submission, other)
    assert done.returncode == 2 and "both be called alice" in done.stderr


IN_A_MOUNT = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-Urm"]


def on_a(tmp_path, options, submission):
    """Grade onto a file system with these mount options."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o {options} none "$1" && shift && exec "$@"'
    return grade("--out", disk, *QUICK, submission, prefix=[*IN_A_MOUNT, "sh", "-c", script, "sh", str(disk)])


def test_a_read_only_output_directory_is_said_at_once(tmp_path, submission):
    done = on_a(tmp_path, "ro", submission)
    assert done.returncode == 2 and "Read-only" in done.stderr and "Traceback" not in done.stderr


def test_a_full_disk_is_said_and_no_half_result_is_left(tmp_path, submission):
    done = on_a(tmp_path, "size=16k", submission)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "No space left" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout


def test_without_pytest_the_line_to_run_is_printed_and_the_status_is_3(tmp_path):
    """A Python that cannot import pytest stands in for a fresh machine."""
    done = subprocess.run(["/usr/bin/python3", "-I", "-S", GRADE, "solutions"], cwd=ROOT,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "must be installed first" in done.stderr and "python3-pytest" in done.stderr


def outcome_of(out: Path, check: str) -> dict:
    return next(c for c in result(out, "alice")["checks"] if c["check"] == check)


@pytest.mark.slow
def test_a_broken_queue_costs_its_own_points_and_the_pool_none(submission, tmp_path):
    source = submission / "pool" / "queue.c"
    source.write_text(source.read_text().replace("sem_init(&q->items, 0, 0)", "sem_init(&q->items, 0, 1)"))
    assert grade("--out", tmp_path / "out", "--part", "pool", submission).returncode == 0
    for check in "2d.fixed", "2d.overlap", "2d.backpressure", "2d.neighbour", "2d.arguments", "2e.in-flight":
        assert outcome_of(tmp_path / "out", check)["outcome"] == "pass", check
    assert outcome_of(tmp_path / "out", "2c.exact")["outcome"] == "fail"


def test_a_module_that_spoils_another_pays_for_it_itself(submission, tmp_path):
    source = submission / "fork" / "stats.c"
    text = source.read_text().replace("#include <stddef.h>", "#include <signal.h>\n#include <stddef.h>")
    source.write_text(text.replace("int stats_open(void)\n{", "int stats_open(void)\n{\n    signal(SIGTERM, SIG_IGN);"))
    assert grade("--out", tmp_path / "out", "--task", "1e", "--task", "2b.fork", submission).returncode == 0
    stop, shared = (outcome_of(tmp_path / "out", c) for c in ("1e.in-flight", "2b.fork"))
    assert stop["outcome"] == "pass" and "with the submission's own: " in stop["observed"]
    assert "did not end" in stop["suspects"]["stats.c"]
    assert shared["outcome"] == "fail" and shared["causes"] == ["module-at-fault"]
    assert "after SIGTERM the server did not end" in shared["observed"]


@pytest.mark.skipif(os.geteuid() != 0, reason="the box hides nothing from the user who owns it")
def test_the_solutions_cannot_be_handed_in_by_naming_them(submission, tmp_path):
    for module in "queue.c", "serve.c":
        (submission / "pool" / module).write_text(f'#include "{ROOT}/solutions/pool/{module}"\n')
    assert grade("--out", tmp_path / "out", "--task", "2d.overlap", submission).returncode == 0
    assert outcome_of(tmp_path / "out", "2.builds")["outcome"] == "fail"
    assert result(tmp_path / "out", "alice")["score"] == 0


def test_a_file_that_defines_gnu_source_itself_compiles(submission, tmp_path):
    source = submission / "fork" / "serve.c"
    source.write_text("#define _GNU_SOURCE\n" + source.read_text())
    assert grade("--out", tmp_path / "out", "--task", "1.builds", submission).returncode == 0
    assert outcome_of(tmp_path / "out", "1.builds")["outcome"] == "pass"


def test_two_names_without_a_latin_letter_are_two_submissions(submission, tmp_path):
    klass = tmp_path / "class"
    for name in "田中", "佐藤":
        shutil.copytree(submission, klass / name)
    assert grade("--out", tmp_path / "out", "--task", "1.builds", "--class", klass).returncode == 0
    assert len(list((tmp_path / "out").glob("*/result.json"))) == 2


def test_what_a_killed_grader_left_is_swept_away_by_the_next(submission, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tmp_path.chmod(0o711)
    for parent in tmp_path.parent, tmp_path.parent.parent:
        parent.chmod(0o711)             # pytest's own, which the boxes' users pass through
    ended = subprocess.Popen(["true"])
    ended.wait()
    stale = tmp_path / f"clk-grade-{ended.pid}-x"
    mine = tmp_path / f"clk-grade-{os.getpid()}-x"
    stale.mkdir(), mine.mkdir()
    grade("--out", tmp_path / "out", "--task", "1.builds", submission)
    assert not stale.exists() and mine.exists()


def test_two_graders_in_one_directory_do_not_spoil_each_other(tmp_path, submission):
    out = tmp_path / "out"
    out.mkdir()
    with alone_in(out):
        done = grade("--out", out, "--task", "2a.count", submission)
        assert done.returncode == 2 and f"another grader is at work in {out}" in done.stderr, done.stderr
        assert [p.name for p in out.iterdir()] == [".grading"]
    assert grade("--out", out, "--task", "2a.count", submission).returncode == 0

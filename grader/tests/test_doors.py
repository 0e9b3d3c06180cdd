"""The doors: make, need, dist, submit, doctor, and the experiments.

Nearly everything here happens in an unpacked archive of `make dist`: that is
the tree that most people type these commands in, and nothing of it is shared.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from grader import dist, submit

ROOT = Path(__file__).resolve().parents[2]
INSTRUCTORS = {"grade", "dist", "starter", "test", "selftest", "flake",
               "bench"}


def run(*command, cwd=ROOT, **more) -> subprocess.CompletedProcess:
    """A finished command; its stdout and stderr are one text.

    A session of its own keeps what it started together, and killed.
    """
    with subprocess.Popen([str(c) for c in command], cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True, **more) as process:
        try:
            output, _ = process.communicate(timeout=100)
        finally:
            kill(process)
    return subprocess.CompletedProcess(command, process.returncode, output)


def kill(process: subprocess.Popen) -> None:
    """End everything in the session that process leads."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def make(*arguments, cwd, **more) -> subprocess.CompletedProcess:
    """make, without what this test's own make has put in the environment."""
    clean = {k: v for k, v in os.environ.items()
             if k not in ("MAKEFLAGS", "MAKELEVEL", "LAB", "PID")}
    return run("make", f"PYTHON={sys.executable}", *arguments, cwd=cwd,
               env={**clean, **more})


def listed(text: str) -> list:
    """The targets that help lists."""
    return re.findall(r"^  make ([a-z-]+) ", text, re.MULTILINE)


def recipes(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines()
                     if line.startswith("\t"))


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """The archive for students."""
    target = tmp_path_factory.mktemp("dist") / "clk-lab.tar.gz"
    dist.pack(ROOT, target)
    return target


@pytest.fixture(scope="module")
def kit(packed, tmp_path_factory) -> Path:
    """The archive, unpacked; for tests that leave it as it was."""
    where = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(packed) as tar:
        tar.extractall(where)
    (where / "clk-lab/solutions").symlink_to(ROOT / "solutions")
    return where / "clk-lab"


@pytest.fixture
def own(packed, tmp_path) -> Path:
    """The archive, unpacked; for tests that change it."""
    with tarfile.open(packed) as tar:
        tar.extractall(tmp_path)
    return tmp_path / "clk-lab"


# ---- help -------------------------------------------------------------------


def test_help_lists_every_target_that_people_type():
    phony = re.findall(r"^\.PHONY:((?:.*\\\n)*.*)", "\n".join(
        (ROOT / n).read_text() for n in ("Makefile", "grader/instructor.mk")),
        re.MULTILINE)
    typed = set(" ".join(phony).replace("\\\n", " ").split())
    assert typed - {"part", "always"} == set(
        listed(make("help", cwd=ROOT).stdout))


def test_help_lists_only_targets_that_make_can_make():
    for target in listed(make("help", cwd=ROOT).stdout):
        done = make("-n", target, cwd=ROOT)
        assert done.returncode == 0, f"make {target}: {done.stdout}"


def test_what_a_recipe_calls_exists():
    text = recipes(ROOT / "Makefile") + recipes(ROOT / "grader/instructor.mk")
    paths = re.findall(r"(?<![\w/.-])((?:grader|lab)/[\w./-]+)", text)
    modules = re.findall(r"-m (grader[\w.]+)", text)
    paths += [m.replace(".", "/") + ".py" for m in modules]
    assert [p for p in paths if not (ROOT / p).exists()] == []


def test_students_see_no_command_that_is_not_theirs(kit):
    theirs = set(listed(make("help", cwd=kit).stdout))
    assert theirs and not theirs & INSTRUCTORS
    assert theirs | INSTRUCTORS == set(listed(make("help", cwd=ROOT).stdout))


def test_what_a_students_recipe_calls_is_packed(kit):
    text = recipes(kit / "Makefile")
    paths = re.findall(r"(?<![\w/.-])((?:grader|lab)/[\w./-]+)", text)
    paths += [m.replace(".", "/") + ".py"
              for m in re.findall(r"-m (grader[\w.]+)", text)]
    assert [p for p in paths if not (kit / p).exists()] == []


# ---- bad input --------------------------------------------------------------


@pytest.mark.parametrize("arguments, says", [
    (["run", "PART=nosuch"], "no part 'nosuch'"),
    (["race-check", "PART=nosuch"], "no part 'nosuch'"),
    (["try", "EXP=ladder", "PART=nosuch"], "no part 'nosuch'"),
    (["try", "EXP=nosuch"], "no experiment 'nosuch'"),
    (["check", "TASK=9z"], "9z"),
    (["check", "PART=nosuch"], "nosuch"),
    (["check", "TASK=2a"], "task 2a has no checks"),
    (["check", "task=2c"], "write TASK=2c"),
    (["check", "part=pool", "dir=starter"], "write DIR=starter PART=pool"),
    (["load"], "no server runs"),
    (["submit", "DIR=nosuch"], "no directory nosuch"),
])
def test_bad_input_is_named_in_one_line(kit, arguments, says):
    done = make(*arguments, cwd=kit)
    assert done.returncode == 2
    assert any(says in line for line in done.stdout.splitlines())
    assert "Traceback" not in done.stdout


def test_an_unknown_part_is_answered_with_those_there_are(kit):
    assert "serial fork pool" in make("run", "PART=x", cwd=kit).stdout


# ---- building ---------------------------------------------------------------


def test_a_second_make_has_nothing_to_do(own):
    assert make(cwd=own).stdout.count("CC") == 3
    assert "CC" not in make(cwd=own).stdout


def test_a_changed_header_builds_again(own):
    make(cwd=own)
    (own / "lab/stats.h").touch()
    assert make(cwd=own).stdout.count("CC") == 3


def test_a_changed_part_builds_that_part_again(own):
    make(cwd=own)
    (own / "starter/pool/stats.c").touch()
    assert make(cwd=own).stdout.split() == ["CC", "build/starter/pool"]


def test_another_compiler_builds_again(own):
    make(cwd=own)
    done = make("CC=cc", "V=1", cwd=own)
    assert done.stdout.count("cc @compile_flags.txt") == 3


# ---- run, load, try ---------------------------------------------------------


@pytest.fixture
def start(kit):
    """start(arguments) is `make run` in the background, and its first lines.

    The server is told to stop, and its session killed, when the test ends.
    """
    running = []

    def begin(*arguments):
        process = subprocess.Popen(
            ["make", f"PYTHON={sys.executable}", "run", *arguments], cwd=kit,
            text=True, stdout=subprocess.PIPE, start_new_session=True)
        running.append(process)
        for line in process.stdout:
            found = re.fullmatch(r"export LAB=(127\.0\.0\.1:\d+) PID=(\d+)\n",
                                 line)
            if found:
                return found[1], int(found[2])
        pytest.fail("make run ended and said no export line")

    yield begin
    for process in running:
        kill(process)
        process.wait()
        process.stdout.close()
    (kit / ".server").unlink(missing_ok=True)


def test_run_says_where_the_server_listens(start, kit):
    lab, pid = start("PART=pool", "W=3", "DIR=solutions")
    assert (kit / ".server").read_text().strip() == lab
    assert os.readlink(f"/proc/{pid}/exe") == str(
        kit / "build/solutions/pool")
    with urllib.request.urlopen(f"http://{lab}/stats", timeout=5) as reply:
        assert b"served" in reply.read()
    assert len(os.listdir(f"/proc/{pid}/task")) == 3 + 1


def test_run_takes_the_next_free_port(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        lab, _ = start("PART=serial", f"PORT={port}")
    assert port < int(lab.rsplit(":", 1)[1]) < port + 50


def test_a_stopped_server_takes_its_address_away(start, kit):
    _, pid = start("PART=serial")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while (kit / ".server").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def served(lab: str) -> bool:
    """Whether a client gets its echo, and not a refusal or an early end."""
    host, port = lab.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as conn:
        try:
            conn.sendall(b"POST /echo HTTP/1.1\r\nHost: lab\r\n"
                         b"Content-Length: 1\r\n\r\nx")
            return conn.recv(4096).startswith(b"HTTP/1.1 200 ")
        except (BrokenPipeError, ConnectionResetError):
            return False  # who is refused before asking may see a reset


def test_run_can_make_every_third_fork_fail(start):
    lab, _ = start("PART=fork", "DIR=solutions", "FAIL=fork:3")
    assert [served(lab) for _ in range(9)] == [True, True, False] * 3


def test_load_asks_the_server_that_runs(start, kit):
    start("PART=serial")
    done = make("load", "N=30", "C=3", cwd=kit)
    assert done.returncode == 0
    assert re.search(r"^requests +30 ", done.stdout, re.MULTILINE)


def test_try_lists_the_experiments(kit):
    done = make("try", cwd=kit)
    assert done.returncode == 0
    for name in ("ladder", "stop", "zombies"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE)


def last_replies(text: str) -> list:
    return [int(ms) for ms in re.findall(r"^ +\d+ +(\d+) ms", text,
                                         re.MULTILINE)]


def test_the_ladder_rises_for_a_serial_server_and_not_for_a_pool(kit):
    serial = last_replies(make("try", "EXP=ladder", cwd=kit).stdout)
    pool = last_replies(make("try", "EXP=ladder", "PART=pool",
                             cwd=kit).stdout)
    assert len(serial) == len(pool) == 5
    assert serial[4] >= 16 * 20 > pool[4]


def zombies(text: str) -> list:
    return [int(n) for n in re.findall(r"(\d+)$", text, re.MULTILINE)]


def test_the_reference_leaves_no_zombie(kit):
    done = make("try", "EXP=zombies", "DIR=solutions", cwd=kit)
    assert zombies(done.stdout) == [20, 1, 0], done.stdout


def test_a_handler_that_asks_once_leaves_19_zombies(kit, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "once")
    serve = tmp_path / "once/fork/serve.c"
    text = serve.read_text()
    once = text.replace("while (waitpid(-1, NULL, WNOHANG) > 0)\n"
                        "        continue;", "waitpid(-1, NULL, WNOHANG);")
    assert once != text
    serve.write_text(once)
    done = make("try", "EXP=zombies", f"DIR={tmp_path}/once", cwd=kit)
    assert zombies(done.stdout) == [20, 1, 19], done.stdout


def test_ignored_deaths_are_counted_and_leave_no_zombie(kit, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "deaf")
    serve = tmp_path / "deaf/fork/serve.c"
    text = serve.read_text()
    deaf = re.sub(r"(int serve\(.*\n{\n)", r"\1    signal(SIGCHLD, SIG_IGN);\n",
                  text).replace(".sa_handler = reap", ".sa_handler = SIG_IGN")
    assert deaf.count("SIG_IGN") == 2
    serve.write_text(deaf.replace("static void reap",
                                  "__attribute__((unused)) static void reap"))
    done = make("try", "EXP=zombies", f"DIR={tmp_path}/deaf", cwd=kit)
    assert zombies(done.stdout) == [20, 0, 0], done.stdout


def test_zombies_of_a_server_without_children_are_not_counted(kit):
    done = make("try", "EXP=zombies", cwd=kit)
    assert done.returncode == 2 and "Is 1a done?" in done.stdout


def changed_pool(where: Path, change) -> Path:
    """A copy of the solutions whose pool/serve.c is change(its text)."""
    shutil.copytree(ROOT / "solutions", where)
    serve = where / "pool/serve.c"
    text = serve.read_text()
    assert change(text) != text
    serve.write_text(change(text))
    return where


def test_a_pool_without_a_farewell_cuts_its_client_off(kit, tmp_path):
    tree = changed_pool(tmp_path / "curt", lambda text: re.sub(
        r"    //@ begin 2e.*?//@ end\n", "", text, flags=re.DOTALL))
    said = make("try", "EXP=stop", "PART=pool", f"DIR={tree}", cwd=kit).stdout
    assert "SIGTERM is sent; threads: 9" in said
    assert "the client has no reply" in said
    assert "has ended, status 0; threads just before: 9" in said


def test_one_farewell_sends_one_worker_home(kit, tmp_path):
    tree = changed_pool(tmp_path / "one", lambda text: text.replace(
        "    for (int i = 0; i < options->workers; i++)\n"
        "        queue_put(pool.queue, GO_HOME);",
        "    queue_put(pool.queue, GO_HOME);"))
    said = make("try", "EXP=stop", "PART=pool", f"DIR={tree}", cwd=kit).stdout
    assert "the client has its reply; threads: 8" in said
    assert ("was ended by its own deadline, status 1; threads just before: 8"
            in said), said


@pytest.mark.parametrize("part, many", [("fork", "fork\n        "),
                                        ("pool", "9 threads")])
def test_a_clean_stop_is_told_as_one(kit, part, many):
    done = make("try", "EXP=stop", f"PART={part}", "DIR=solutions", cwd=kit)
    assert many in done.stdout
    assert "the client has its reply" in done.stdout
    assert "the server has ended, status 0" in done.stdout
    assert "after: nobody is left" in done.stdout


def test_an_orphan_is_seen_after_a_stop(kit, tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "orphan")
    serve = tmp_path / "orphan/fork/serve.c"
    text = serve.read_text()
    early = text.replace("while (wait(NULL) > 0 || errno == EINTR)\n"
                         "        continue;", "")
    assert early != text
    serve.write_text(early)
    done = make("try", "EXP=stop", f"DIR={tmp_path}/orphan", cwd=kit)
    assert re.search(r"^after:\n    \d+ fork, its parent is", done.stdout,
                     re.MULTILINE), done.stdout


# ---- need -------------------------------------------------------------------

HAVE = "#!/bin/sh\nshift 2\nfor p; do echo installed $p; done\n"
HAVE_NOT_WRK = HAVE.replace("echo", "[ $p = wrk ] || echo")
RECORD = "#!/bin/sh\necho \"$@\" >>$LOG\n"


@pytest.fixture
def need():
    """need(use, dpkg=, apt=, user=) runs grader/need among stand-ins."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own is root's only
        yield among_stand_ins(Path(name))


def among_stand_ins(here: Path):
    """The function that the fixture need gives to a test."""
    here.chmod(0o755)
    log = here / "log"
    log.touch()
    log.chmod(0o666)
    shutil.copy(ROOT / "grader/need", here)
    shutil.copy(ROOT / "grader/packages", here)

    def call(use, dpkg, apt=RECORD, sudo="#!/bin/sh\nexit 1\n", user=None,
             more=()):
        for name, text in (("dpkg-query", dpkg), ("apt-get", apt),
                           ("sudo", sudo),
                           ("apt-cache", "#!/bin/sh\nexit 0\n")):
            (here / name).write_text(text)
            (here / name).chmod(0o755)
        prefix = [] if user is None else ["setpriv", f"--reuid={user}",
                                          "--clear-groups"]
        done = run(*prefix, here / "need", use, *more, env={
            "PATH": f"{here}:/usr/bin:/bin", "LOG": str(log)})
        return done.returncode, done.stdout, log.read_text()
    return call


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def test_need_is_silent_when_nothing_is_missing(need):
    assert need("selftest", HAVE) == (0, "", "")


def test_need_refuses_a_use_it_does_not_know(need):
    assert need("nosuch", HAVE)[0] == 2


@as_root
def test_need_installs_what_is_missing_and_nothing_else(need):
    status, said, log = need("test", HAVE_NOT_WRK)
    assert status == 0 and "missing: wrk" in said
    assert re.fullmatch(r".*update\ninstall -y .* wrk\s*\n", log)


@as_root
def test_need_does_not_ask_for_what_another_use_needs(need):
    assert need("grade", HAVE_NOT_WRK) == (0, "", "")


@as_root
def test_need_prints_the_line_to_run_when_installing_fails(need):
    status, said, _ = need("test", HAVE_NOT_WRK, apt="#!/bin/sh\nexit 100\n")
    assert status == 3
    assert re.search(r"^  apt-get update && apt-get install .* wrk\s*$", said,
                     re.MULTILINE)


@as_root
def test_need_prints_the_line_to_run_without_root(need):
    status, said, log = need("test", HAVE_NOT_WRK, user=65534)
    assert (status, log) == (3, "")
    assert re.search(r"^  sudo apt-get update && sudo apt-get install .* wrk",
                     said, re.MULTILINE)


@as_root
def test_need_installs_nothing_when_it_is_only_to_tell(need):
    status, said, log = need("test", HAVE_NOT_WRK, more=["--tell"])
    assert (status, log) == (3, "") and "apt-get install" in said


@as_root
def test_need_uses_a_sudo_that_asks_nothing(need):
    status, _, log = need("test", HAVE_NOT_WRK, user=65534,
                          sudo='#!/bin/sh\nshift\nexec "$@"\n')
    assert status == 0 and "install" in log


def test_any_of_two_packages_will_do(need):
    newer = HAVE.replace("echo", "case $p in libclang-rt-14*) continue;; esac;"
                                 " echo")
    assert need("test", newer) == (0, "", "")


# ---- dist -------------------------------------------------------------------


def squeezed(text: str) -> str:
    """text without indentation: a copy is a copy wherever it stands."""
    return "\n".join(map(str.strip, text.splitlines()))


def solution_lines() -> set:
    """Pairs of neighbouring lines that only the solutions have.

    Pairs, because a line alone (taking a lock) may be anybody's.
    """
    found = set()
    for source in ROOT.glob("solutions/*/*.[ch]"):
        region = None
        for line in squeezed(source.read_text()).splitlines():
            if re.match(r"//@ (begin|starter)", line):
                region = []
            elif line.startswith("//@ end"):
                found |= {f"{a}\n{b}" for a, b in zip(region, region[1:])}
                region = None
            elif region is not None and not line.startswith("//@"):
                region.append(line)
    given = "\n".join(squeezed(p.read_text()) for d in ("starter", "lab")
                      for p in (ROOT / d).rglob("*.[ch]"))
    return {pair for pair in found if pair not in given and len(pair) > 20}


def leaks(archive: Path) -> list:
    """The files of archive that have lines of a solution."""
    secret = solution_lines()
    with tarfile.open(archive) as tar:
        return [m.name for m in tar for text in
                [squeezed(tar.extractfile(m).read().decode(errors="replace"))]
                if any(pair in text for pair in secret)]


def test_the_archive_has_no_line_of_a_solution(packed):
    assert leaks(packed) == []


def test_a_solution_in_the_archive_would_be_noticed(own, tmp_path):
    (own / "lab/notes.c").write_text(
        (ROOT / "solutions/pool/queue.c").read_text().replace("    ", "\t"))
    dist.pack(own, tmp_path / "leaky.tar.gz")
    assert leaks(tmp_path / "leaky.tar.gz") == ["clk-lab/lab/notes.c"]


def test_the_archive_has_one_folder_and_nothing_that_is_kept_back(packed):
    with tarfile.open(packed) as tar:
        names = tar.getnames()
    assert {n.split("/")[0] for n in names} == {"clk-lab"}
    assert "clk-lab/starter/pool/queue.c" in names
    kept = re.compile(r"/(solutions|corpus|tests|hidden|\.git|__pycache__)/"
                      r"|\.(pyc|mk|o)$")
    assert [n for n in names if kept.search(n)] == []


def test_thread_per_client_is_packed_a_second_time_untouched(packed, own):
    for name in ("serve.c", "queue.c", "stats.c"):
        assert ((own / "lab/thread" / name).read_bytes()
                == (ROOT / "starter/pool" / name).read_bytes())


def test_the_students_readme_names_only_what_they_have(own):
    text = (own / "README.md").read_text()
    named = re.findall(r"`((?!make)[\w.]+/?)`|\]\(([\w./]+)\)", text)
    missing = [n for pair in named for n in pair if n and n.strip("/")
               not in ("build", "report") and not (own / n).exists()]
    assert missing == [] and text.count("\n") < 25
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= set(
        listed(make("help", cwd=own).stdout))
    assert not re.search(r"solutions|corpus|DESIGN", text)
    assert not (own / "DESIGN.md").exists()


def test_the_same_files_give_the_same_bytes(own, tmp_path):
    dist.pack(own, tmp_path / "one.tar.gz")
    (own / "lab/main.c").touch()
    dist.pack(own, tmp_path / "two.tar.gz")
    one, two = (tmp_path / f"{n}.tar.gz" for n in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


# ---- submit -----------------------------------------------------------------


@pytest.fixture
def solved(own) -> Path:
    """A tree whose student has copied the solutions, and has an id."""
    for source in ROOT.glob("solutions/*/*.[ch]"):
        shutil.copy(source, own / "starter" / source.parent.name)
    answers = own / "starter/answers.toml"
    text = re.sub(r'^student = ".*"', 'student = "ada"', answers.read_text(),
                  flags=re.MULTILINE)
    answers.write_text(text)
    return own


def test_submit_packs_the_students_files_and_says_which(solved):
    (solved / "starter/pool/notes.txt").write_text("mine")
    done = make("submit", cwd=solved)
    assert done.returncode == 0, done.stdout
    with tarfile.open(solved / "submission-ada.tar.gz") as tar:
        names = sorted(tar.getnames())
    assert names == [f"ada/{n}" for n in (
        "answers.toml", "fork/serve.c", "fork/stats.c", "pool/queue.c",
        "pool/serve.c", "pool/stats.c")]
    for name in names:
        assert name[4:] in done.stdout
    assert "left out: pool/notes.txt" in done.stdout


@pytest.mark.parametrize("file, old, new, says", [
    ("answers.toml", 'student = "ada"', 'student = ""', "your id is missing"),
    ("answers.toml", 'student = "ada"', 'student = "a/b"', "letters, digits"),
    ("answers.toml", 'student = "ada"', "student = ", "not valid TOML"),
    ("fork/serve.c", "int serve", "int serv", "does not build"),
])
def test_submit_packs_nothing_that_is_not_fit(solved, file, old, new, says):
    path = solved / "starter" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    done = make("submit", cwd=solved)
    assert done.returncode == 2 and says in done.stdout
    assert "Traceback" not in done.stdout
    assert list(solved.glob("submission-*")) == []


def test_an_older_python_still_finds_the_students_id(tmp_path, monkeypatch):
    monkeypatch.setattr(submit, "tomllib", None)
    path = tmp_path / "answers.toml"
    path.write_text('# who\nstudent = "ada"\n')
    assert submit.student_of(submit.read_answers(path), path) == "ada"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_solved_lab_checks_submits_and_grades_at_full_marks(solved):
    import json
    checked = make("check", cwd=solved)
    assert checked.returncode == 0, checked.stdout
    assert make("submit", cwd=solved).returncode == 0
    done = run(ROOT / "grader/grade", "--out", solved / "out",
               solved / "submission-ada.tar.gz")
    assert done.returncode == 0, done.stdout
    [result] = (solved / "out").glob("*/result.json")
    record = json.loads(result.read_text())
    assert record["complete"] and record["score"] == record["max"] > 0


# ---- doctor and CI ----------------------------------------------------------


def test_doctor_finds_that_all_can_be_measured_here_or_says_what_not(kit):
    done = make("doctor", cwd=kit)
    assert done.returncode == 0, done.stdout
    assert re.search(r"^(All \d+ points can be|Not measured here:)",
                     done.stdout, re.MULTILINE)


def test_doctor_names_the_points_that_a_missing_tool_costs(kit, tmp_path):
    for tool in ("gcc", "make", "as", "ld", "cc", "unshare", "setarch",
                 "true", "sh", "curl"):
        if shutil.which(tool):
            (tmp_path / tool).symlink_to(shutil.which(tool))
    done = run(sys.executable, kit / "grader/doctor",
               env={"PATH": str(tmp_path)})
    assert done.returncode == 0
    assert re.search(r"^lacks valgrind", done.stdout, re.MULTILINE)
    assert "Not measured here: 2b.race-check (1 of" in done.stdout


def test_doctor_says_so_when_nothing_can_be_built(kit, tmp_path):
    done = run(sys.executable, kit / "grader/doctor",
               env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert re.search(r"^lacks gcc", done.stdout, re.MULTILINE)


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci/run").read_text()
    command = re.search(r"^    (make test)\b", (ROOT / "README.md")
                        .read_text(), re.MULTILINE)[1]
    assert re.search(rf"^{command}\nmake selftest$", script, re.MULTILINE)
    assert os.access(ROOT / ".ci/run", os.X_OK)

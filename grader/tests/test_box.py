"""What a box holds, at every level that this machine has."""
import os
import pwd
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from grader.box import box as boxes
from grader.box import network, probe, proc, user
from grader.box.box import Box, BoxError, Limits, Mode, Status

ROOT = Path(__file__).resolve().parents[2]
USERS = user.can_be_had()
FLAGS = ("pm", "-") if USERS else ("pmu", "-")
ME = "/usr/bin/python3"
FORK = "import os, signal, sys, time\n"
STEADY = "time.sleep(600)\n"


@pytest.fixture(params=FLAGS, ids=["namespaces", "subreaper"])
def box(request):
    """A box with namespaces, and one on a machine that refuses them."""
    mode = Mode(USERS, request.param)
    try:
        return Box(mode, probe.prove(mode))
    except BoxError as error:
        if request.param == "-":
            raise
        pytest.skip(f"not on this machine: {error}")


@pytest.fixture
def start(box):
    """start(code) runs Python code in the box; all are ended."""
    runs = []

    def start(code, **options):
        options.setdefault("cwd", "/")
        runs.append(box.start([ME, "-c", FORK + textwrap.dedent(code)],
                              **options))
        return runs[-1]

    yield start
    for run in runs:
        run.__exit__()


def eventually(condition, seconds=10):
    """Poll until condition() is true; False if it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def states(run):
    """The states of a run's members, as /proc has them, sorted."""
    all_of_them = proc.snapshot()
    return sorted(all_of_them[pid].state for pid in run.members()
                  if pid in all_of_them)


def alive(pid):
    return proc.snapshot().get(pid, proc.Process(0, "Z")).state != "Z"


def shell(box, text, **options):
    options.setdefault("timeout", 10)
    return box.run(["/bin/sh", "-c", text], **options)


# The program

def test_the_end_of_the_program_is_told(box):
    assert shell(box, "exit 7").status == Status("exit", 7)
    assert shell(box, "kill -SEGV $$").status == Status("signal", 11)


def test_the_pid_is_that_of_the_program(start):
    run = start(STEADY)
    assert Path(f"/proc/{run.pid}/cmdline").read_bytes().startswith(ME.encode())
    assert run.members() == [run.pid] and run.poll() is None
    run.signal(signal.SIGTERM)
    assert run.wait(10) == Status("signal", signal.SIGTERM)
    assert run.members() == []


def test_the_program_leads_a_session_and_is_not_the_first(start):
    run = start(STEADY)
    assert os.getsid(run.pid) == os.getpgid(run.pid) == run.pid
    assert proc.snapshot()[run.pid].parent == run._init


def test_signals_begin_as_a_program_expects_them(box):
    old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        done = box.run(["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"])
    finally:
        signal.signal(signal.SIGUSR1, old)
    assert done.stdout.split()[1::2] == [b"0" * 16] * 2


def test_a_program_that_cannot_be_executed_is_an_error(box):
    with pytest.raises(BoxError, match="nothing-here: exec: No such file"):
        box.run(["nothing-here"])
    with pytest.raises(BoxError, match="chdir: No such file"):
        box.run(["true"], cwd="/nothing-here")


def test_input_and_output_are_the_callers(box, tmp_path):
    (tmp_path / "in").write_text("hello")
    with open(tmp_path / "in", "rb") as file:
        done = box.run(["cat"], stdin=file)
    assert done.stdout == b"hello" and done.reason == ""


def test_a_pipe_ends_with_the_program(start):
    run = start("print('x')", stdout=boxes.PIPE)
    assert run.stdout.read() == b"x\n"


# What it can see and touch

def test_nothing_of_the_graders_environment_is_there(box, monkeypatch):
    monkeypatch.setenv("GRADER_SECRET", "1")
    done = shell(box, "env; tr '\\0' '\\n' </proc/1/environ", env={"A": "b"})
    lines = done.stdout.decode().split()
    assert "A=b" in lines and f"PATH={boxes.PATH}" in lines
    assert not [line for line in lines if "SECRET" in line]
    assert {line.partition("=")[0] for line in lines} <= {
        "A", "PATH", "PWD", "SHLVL", "_", "OLDPWD"} or not USERS


def test_no_descriptor_of_the_graders_is_there(box, tmp_path):
    file = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(file, True)
    try:
        done = box.run([ME, "-c", "import os; print(os.listdir('/proc/self/fd'"
                        "))"])
    finally:
        os.close(file)
    assert done.stdout == b"['0', '1', '2', '3']\n"     # 3: the listing


def test_no_privilege_is_left(box):
    done = shell(box, "grep -E 'Cap(Prm|Eff|Amb)|NoNewPrivs' /proc/self/status")
    assert done.stdout.split()[1::2] == [b"0" * 16] * 3 + [b"1"]


@pytest.mark.skipif(not USERS, reason="needs root")
def test_two_runs_at_once_have_two_users(start):
    one, two = start(STEADY), start(STEADY)
    uids = [os.stat(f"/proc/{run.pid}").st_uid for run in (one, two)]
    assert len(set(uids)) == 2 and uids == [one.uid, two.uid]
    assert all(user.FIRST <= uid <= user.LAST for uid in uids)


@pytest.mark.skipif(not USERS, reason="needs root")
def test_a_user_that_a_process_has_is_not_leased(monkeypatch):
    uid = user.FIRST + 7
    other = subprocess.Popen(["setpriv", "--reuid", str(uid), "sleep", "60"])
    try:
        assert eventually(lambda: other.pid in proc.of_user(uid))
        monkeypatch.setattr(user, "FIRST", uid)
        monkeypatch.setattr(user, "LAST", uid + 1)
        taken = user.lease()
        assert taken.uid == uid + 1
        with pytest.raises(OSError, match="is free"):
            user.lease()
        taken.release()
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(not USERS, reason="needs root")
def test_a_file_of_roots_cannot_be_read(box, tmp_path):
    done = shell(box, "cat /etc/shadow; id -u; id -G")
    uid = int(done.stdout.split()[0])
    assert b"Permission denied" in done.stderr
    assert done.stdout.split() == [b"%d" % uid] * 2


def test_a_work_directory_is_the_runs_and_goes_away(box):
    with box.workdir() as here:
        done = shell(box, "umask; touch x && mkdir -p a/b && chmod 0 a && pwd",
                     cwd=here)
        assert done.stdout.decode().split() == ["0022", str(here)]
        info = os.stat(here)
        assert info.st_mode & 0o777 == 0o700 and info.st_uid == here.uid
    assert not here.path.exists()


def test_a_deep_work_directory_goes_away(box):
    deep = "import os\nfor n in range(3000): os.mkdir('d'); os.chdir('d')"
    with box.workdir() as here:
        assert box.run([ME, "-c", deep], cwd=here).status.value == 0
    assert not here.path.exists()


@pytest.mark.skipif(not USERS, reason="needs root")
def test_one_work_directory_is_closed_to_another_run(box):
    with box.workdir() as mine, box.workdir() as other:
        (other / "secret").write_text("s")
        assert shell(box, f"cat {other}/secret", cwd=mine).status.value == 1
        assert shell(box, f"cat {other}/secret", cwd=other).stdout == b"s"


@pytest.mark.skipif(not USERS, reason="needs root")
def test_what_is_left_in_shared_directories_is_removed(box):
    done = shell(box, "for d in /tmp /var/tmp /dev/shm; do "
                      "mktemp -d $d/clk-XXXXXX; done")
    names = done.stdout.decode().split()
    open_to_all = [d for d in user.LEFTOVERS if os.path.isdir(d)
                   and os.stat(d).st_mode & 0o002]
    assert len(names) == len(open_to_all) > 0
    assert not any(map(os.path.exists, names))


# Limits

def test_a_fork_bomb_is_held(start):
    run = start("""
        for n in range(300):
            try:
                if os.fork() == 0: time.sleep(600)
            except BlockingIOError:
                break
        print(n, flush=True)
        time.sleep(600)""", stdout=boxes.PIPE, limits=Limits(processes=40))
    born = int(run.stdout.readline())
    assert born < 40 if USERS else born < 299
    assert len(run.members()) == born + 1
    assert run.end() == born + 1


def test_a_fork_bomb_that_fights_is_ended(start):
    run = start("""
        for sig in range(1, 32):
            if sig not in (9, 17, 19): signal.signal(sig, signal.SIG_IGN)
        print(flush=True)
        while True:
            try:
                os.fork()
            except OSError:
                pass""", stdout=boxes.PIPE, limits=Limits(processes=40))
    run.stdout.readline()
    assert eventually(lambda: len(run.members()) > 20)
    members = run.members()
    assert run.end() > 20
    assert not any(map(alive, members))


def test_a_racer_that_is_always_a_new_process_is_ended(start):
    run = start("""
        print(flush=True)
        os.setsid() if os.fork() == 0 else os._exit(0)
        while True:
            if os.fork(): os._exit(0)""", stdout=boxes.PIPE)
    run.stdout.readline()
    assert run.wait(10) == Status("exit", 0)
    start_of_end = time.monotonic()
    run.end()
    assert time.monotonic() - start_of_end < 5
    assert run._process.returncode == 0         # nobody had to force it


def test_a_memory_hog_is_held(box):
    hog = "x = bytearray(900 << 20); print(len(x))"
    assert box.run([ME, "-c", hog]).status == Status("exit", 0)
    done = box.run([ME, "-c", hog], limits=Limits(memory=500 << 20))
    assert done.status == Status("exit", 1) and b"MemoryError" in done.stderr


def test_too_many_descriptors_are_refused(box):
    done = box.run([ME, "-c", "import os\nwhile True: print(os.dup(0))"],
                   limits=Limits(files=50))
    assert done.stdout.split()[-1] == b"49"


def test_a_file_that_grows_too_large_ends_the_program(box):
    with box.workdir() as here:
        done = box.run(["sh", "-c", "exec cat /dev/zero >f"], cwd=here,
                       limits=Limits(output=1 << 20))
        assert done.status == Status("signal", signal.SIGXFSZ, "output")
        assert (here / "f").stat().st_size == 1 << 20


@pytest.mark.parametrize("where", ["", ">&2"])
def test_a_flood_of_output_ends_the_program(box, where):
    done = shell(box, f"exec yes {where}", limits=Limits(output=1 << 20))
    assert done.reason == "output" and done.status.kind == "signal"
    assert len(done.stderr if where else done.stdout) == 1 << 20


def test_a_program_that_ignores_signals_meets_the_wall(box):
    start_of_run = time.monotonic()
    done = box.run([ME, "-c", "import signal, time\n"
                    "for s in range(1, 32):\n"
                    "    if s not in (9, 19): signal.signal(s, signal.SIG_IGN)"
                    "\nprint('ready', flush=True)\nwhile True: time.sleep(9)"],
                   timeout=0.5)
    assert done.stdout == b"ready\n"
    assert done.status == Status("signal", 9, "wall") and done.reason == "wall"
    assert 0.5 <= time.monotonic() - start_of_run < 3


def test_the_wall_stops_also_what_the_program_left(start):
    run = start("if os.fork() == 0: time.sleep(600)", limits=Limits(wall=1))
    assert run.wait(10) == Status("exit", 0)
    assert len(run.members()) == 1
    assert eventually(lambda: run.members() == [])


def test_core_files_are_off(box):
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        assert shell(box, "ulimit -c").stdout == b"0\n"
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


# What is left behind

DAEMON = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()
"""


def test_an_orphan_is_counted_and_then_gone(start):
    run = start(DAEMON)
    assert run.wait(10) == Status("exit", 0)
    orphan, = run.members()
    assert proc.snapshot()[orphan].parent == run._init
    assert run.end() == 1 and run.end() == 0
    assert not alive(orphan) and run.members() == []


def test_a_zombie_of_the_programs_is_visible(start):
    run = start("if os.fork() == 0: os._exit(0)\n" + STEADY)
    assert eventually(lambda: states(run) == ["S", "Z"])


def test_a_zombie_of_an_orphans_is_not(start):
    run = start("""
        if os.fork() == 0:
            if os.fork() == 0:
                os.read(0, 1)
                os._exit(0)
            os._exit(0)
        os.wait()
        """ + STEADY, stdin=boxes.PIPE)
    assert eventually(lambda: states(run) == ["S", "S"])
    run._process.stdin.close()
    assert eventually(lambda: states(run) == ["S"])


def test_end_kills_a_running_program_and_says_so(start):
    run = start(STEADY)
    assert run.end() == 1
    assert run.poll() == Status("signal", 9, "end")


def test_a_stopped_program_is_ended(start):
    run = start("os.kill(os.getpid(), signal.SIGSTOP)")
    assert eventually(lambda: states(run) == ["T"])
    assert run.end() == 1 and not alive(run.pid)


@pytest.mark.skipif(not USERS, reason="the same user may do anything")
def test_a_program_can_neither_kill_nor_stop_its_init(start):
    run = start("""
        for sig in signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM:
            for pid in os.getppid(), -1:
                try: os.kill(pid, sig)
                except PermissionError: pass
                except ProcessLookupError: pass
        time.sleep(600)""")
    neighbour = start(STEADY)
    time_to_act = eventually(lambda: run.poll() or states(run) == ["S"])
    assert time_to_act and run.poll() is None
    assert neighbour.poll() is None and run.end() == 1


def test_a_neighbour_in_the_same_directory_is_spared(box):
    with box.workdir() as here:
        with box.start(["sleep", "600"], cwd=here) as one, \
                box.start(["sleep", "600"], cwd=here) as two:
            assert one.uid == two.uid == here.uid
            one.end()
            assert alive(two.pid) and two.poll() is None


GRADER = """
import sys
sys.path.insert(0, {root!r})
from grader.box.box import Box, Mode
box = Box(Mode({users}, {flags!r}), [])
here = box.workdir()
run = box.start(["/bin/sh", "-c", {daemon!r}], cwd=here)
while len(run.members()) != 3: pass
print(here, run._init, *run.members(), flush=True)
sys.stdin.read()
"""


def test_a_killed_grader_leaves_nothing(box):
    code = GRADER.format(
        root=str(ROOT), users=USERS, flags=box._mode.flags,
        daemon="trap '' TERM HUP; setsid sleep 600 & sleep 600 & wait")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as grader:
        here, *pids = grader.stdout.readline().split()
        assert len(pids) == 4 and all(alive(int(pid)) for pid in pids)
        assert Path(here).is_dir()
        grader.kill()
    assert eventually(lambda: not any(alive(int(pid)) for pid in pids), 3)
    boxes.workdir.sweep()
    assert not Path(here).exists()


def test_a_living_graders_directory_is_not_swept(box):
    with box.workdir() as here:
        boxes.workdir.sweep()
        assert here.path.is_dir()


# Levels

def test_the_probe_names_the_level_and_what_is_missing():
    found = Box.probe()
    assert found.level == ("uid" if USERS else "practice")
    assert {"own-root", "disk-quota", "cgroup"} <= set(found.missing)
    assert ("uid" in found.missing) != USERS
    assert ("netns" in found.missing) != network.private()
    assert set(probe.lacks(Mode(USERS, "-"))) \
        == set(probe.lacks(Mode(USERS, "pm"))) | {"pidns"}


@pytest.mark.parametrize("level", [
    "full", "nonsense", "practice" if USERS else "uid"])
def test_a_level_that_cannot_be_had_is_an_error(level):
    with pytest.raises(BoxError, match=level):
        Box.probe(level)


def test_namespaces_that_are_refused_are_missing_and_not_fatal(monkeypatch):
    """As on a machine whose init cannot unshare."""
    real = probe.prove

    def refuse(mode):
        if "p" in mode.flags:
            raise BoxError("cannot run /bin/true: unshare")
        return real(mode)

    monkeypatch.setattr(probe, "prove", refuse)
    mode, missing = probe._best.__wrapped__(USERS)
    assert mode == Mode(USERS, "-") and "pidns" in missing


def test_a_box_that_does_not_hold_is_refused(monkeypatch):
    monkeypatch.setattr(probe, "ATTACK", "echo read; echo core; echo done")
    with pytest.raises(BoxError, match="does not hold: core"):
        probe._best.__wrapped__(USERS)


def test_a_box_starts_in_milliseconds(box):
    def once():
        begin = time.perf_counter()
        with box.start(["/bin/true"]) as run:
            took = time.perf_counter() - begin
            assert run.wait(10) == Status("exit", 0)
        return took
    assert sorted(once() for _ in range(9))[4] < 0.05


# The network

INSIDE = """
import socket, sys
sys.path.insert(0, {root!r})
from grader.box import network
from grader.box.box import Box
network.loopback_up()
assert network.private()
box = Box.probe()
assert "netns" not in box.missing
server = socket.create_server(("127.0.0.1", 4321))
client = ("import socket; s = socket.create_connection(('127.0.0.1', 4321));"
          "s.sendall(b'hello')")
with box.workdir() as here:
    done = box.run(["/usr/bin/python3", "-c", client], cwd=here, timeout=10)
assert done.status.value == 0, done
print(box.level, server.accept()[0].recv(9).decode(),
      *(name for _, name in socket.if_nameindex()))
"""


def inside(prefix):
    """The words of INSIDE, run under prefix in a network of its own."""
    code = "import sys, os; sys.path.insert(0, {0!r})\n" \
        "from grader.box.network import in_private_network as p\n" \
        "argv = p([{1!r}, '-Bc', {2!r}]); os.execvp(argv[0], argv)".format(
            str(ROOT), ME, INSIDE.format(root=str(ROOT)))
    done = subprocess.run([*prefix, ME, "-Bc", code], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(not network.can_be_private(), reason="no namespaces here")
def test_a_box_works_in_a_private_network():
    level = "uid" if USERS else "practice"
    with subprocess.Popen(["true"]):
        assert inside([])[:3] == [level, "hello", "lo"]


@pytest.mark.skipif(not USERS or not network.can_be_private(),
                    reason="needs root, to become an ordinary user")
def test_a_box_works_in_an_ordinary_users_private_network():
    nobody = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={nobody.pw_uid}",
              f"--regid={nobody.pw_gid}", "--clear-groups"]
    can = subprocess.run([*become, "unshare", "-Urn", "true"], check=False,
                         stderr=subprocess.DEVNULL).returncode == 0
    if not can:
        pytest.skip("no user namespaces here")
    if subprocess.run([*become, "test", "-r", __file__], check=False
                      ).returncode:
        pytest.skip("this checkout is closed to others")
    assert inside(become)[:3] == ["practice", "hello", "lo"]


def test_outside_a_private_network_nothing_is_changed(monkeypatch):
    if network.private():
        pytest.skip("in a private network")
    before = network.TIME_WAIT_BUCKETS.read_text()
    network.loopback_up()
    assert network.TIME_WAIT_BUCKETS.read_text() == before
    monkeypatch.setattr(network, "_prefix", tuple)
    assert network.in_private_network(["a", "b"]) == ["a", "b"]

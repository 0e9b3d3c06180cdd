"""What is said of a program that stands still: who waits for what."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.observe import proc, stuck

ROOT = Path(__file__).resolve().parents[2]
needs_gdb = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not here")

HEAD = """
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>
struct box { int before; pthread_mutex_t lock; sem_t items; pthread_cond_t change; } b = {
    0, PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };
"""
LOCK_AND_WAIT = HEAD + """
static void *work(void *arg)
{
    struct box *q = arg;
    pthread_mutex_lock(&q->lock);           /* line 12 */
    return NULL;
}
int main(void)
{
    pthread_t t[2];
    sem_init(&b.items, 0, 0);
    pthread_mutex_lock(&b.lock);
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, work, &b);
    sem_wait(&b.items);                     /* line 22 */
    return 0;
}
"""
OWN_LOCK = HEAD + """
int main(void)
{
    pthread_mutex_lock(&b.lock);
    pthread_mutex_lock(&b.lock);
    return 0;
}
"""
OWNER_GONE = HEAD + """
static void *work(void *arg)
{
    pthread_mutex_lock(&b.lock);
    return arg;
}
int main(void)
{
    pthread_t t;
    pthread_create(&t, NULL, work, NULL);
    pthread_join(t, NULL);
    pthread_mutex_lock(&b.lock);
    return 0;
}
"""
NO_SIGNAL = HEAD + """
static void *sleeper(void *arg)
{
    pthread_mutex_lock(&b.lock);
    pthread_cond_wait(&b.change, &b.lock);
    return arg;
}
int main(void)
{
    pthread_t t;
    pthread_create(&t, NULL, sleeper, NULL);
    pthread_join(t, NULL);
    return 0;
}
"""


@pytest.fixture
def hanging(tmp_path):
    """Start a program of this text and wait until all its threads rest."""
    started = []

    def start(text: str) -> subprocess.Popen:
        directory = tmp_path / "pool"
        directory.mkdir()
        (directory / "a.c").write_text(text.lstrip("\n"))
        subprocess.run(["gcc", "-g", "-O1", "-pthread", "a.c", "-o", "a"], cwd=directory, check=True)
        process = subprocess.Popen([directory / "a"], start_new_session=True)
        started.append(process)
        deadline, seen = time.monotonic() + 30, None
        while time.monotonic() < deadline:
            now = proc.runtime([process.pid])
            if now[1] and now == seen:
                return process
            seen = now
            time.sleep(0.1)
        raise AssertionError("it does not come to rest")

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@needs_gdb
def test_a_mutex_is_told_with_its_owner_and_where_the_owner_is(hanging):
    said = stuck.look(hanging(LOCK_AND_WAIT).pid).sentences()
    assert said[0] == "the main thread waits for `b.items`, at pool/a.c:21 (main)"
    for n in 1, 2:
        assert said[n] == (f"worker {n} waits for `q->lock`, at pool/a.c:11 (work), owned by the main thread, "
                           "which is at pool/a.c:21 waiting for `b.items`")


@needs_gdb
def test_a_thread_that_waits_for_its_own_lock_is_told_so(hanging):
    [said] = stuck.look(hanging(OWN_LOCK).pid).sentences()
    assert said == "the main thread waits for `b.lock`, at pool/a.c:11 (main), which it owns itself"


@needs_gdb
def test_an_owner_that_has_ended_is_told_so(hanging):
    [said] = stuck.look(hanging(OWNER_GONE).pid).sentences()
    assert said.endswith("owned by a thread that has ended")


@needs_gdb
def test_a_condition_variable_and_a_join_are_named(hanging):
    main, other = stuck.look(hanging(NO_SIGNAL).pid).sentences()
    assert main.startswith("the main thread waits for the end of a thread")
    assert other.startswith("worker 1 waits for `b.change`, at pool/a.c:")


@needs_gdb
def test_the_program_goes_on_afterwards(hanging):
    process = hanging(LOCK_AND_WAIT)
    stuck.look(process.pid)
    assert proc.state(process.pid) == "S" and "TracerPid:\t0" in Path(f"/proc/{process.pid}/status").read_text()


@needs_gdb
def test_the_place_of_a_hang_is_the_same_every_time(hanging):
    process = hanging(LOCK_AND_WAIT)
    assert stuck.look(process.pid).place == stuck.look(process.pid).place == "pool/a.c:11 pool/a.c:21"


@needs_gdb
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_kit_in_a_directory_that_nobody_else_may_enter_sees_the_stacks_too(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(stuck, "SCRIPT", Path(shutil.copy(stuck.SCRIPT, tmp_path)))
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "a.c").write_text(OWN_LOCK.lstrip("\n"))
        subprocess.run(["gcc", "-g", "-O1", "-pthread", "a.c", "-o", "a"], cwd=name, check=True)
        Path(name).chmod(0o755)
        with subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"{name}/a"]) as process:
            try:
                deadline = time.monotonic() + 30
                while "futex" not in proc.threads_text(process.pid) and time.monotonic() < deadline:
                    time.sleep(0.05)
                assert "which it owns itself" in stuck.look(process.pid, 65534).text()
            finally:
                process.kill()


def test_without_gdb_the_wait_channels_are_told_and_the_reason(hanging, monkeypatch):
    process = hanging(NO_SIGNAL)
    monkeypatch.setenv("PATH", "/nonexistent")
    look = stuck.look(process.pid)
    assert look.place == "" and "no stacks: " in look.text()
    assert look.text().count("state S") == 2


def test_nobody_to_look_at_is_a_clear_error(tmp_path):
    done = subprocess.run([sys.executable, "-m", "grader.observe.stuck"], cwd=tmp_path, text=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 2 and done.stderr.startswith("stuck: no server runs here")


NAMED_LIKE_LIBC = HEAD + """
static void accept_next(void) { pthread_mutex_lock(&b.lock); sem_wait(&b.items); }
int main(void)
{
    accept_next();
    return 0;
}
"""


@needs_gdb
def test_a_function_of_the_students_own_may_be_named_like_one_of_libc(hanging):
    [said] = stuck.look(hanging(NAMED_LIKE_LIBC).pid).sentences()
    assert said.startswith("the main thread waits for `b.items`, at pool/a.c:")


@pytest.mark.parametrize("pid", ["999999999", "-5", "abc"])
def test_a_process_that_is_not_there_is_told_so(pid):
    done = subprocess.run([sys.executable, "-m", "grader.observe.stuck", pid], cwd=ROOT, text=True,
                          capture_output=True)
    assert (done.returncode, done.stderr) == (2, f"stuck: there is no process {pid}\n")

"""What a program in a box can see and touch."""

import os
import subprocess

import pytest

from grader.box import box as boxes
from grader.box import proc, user
from grader.tests import boxed
from grader.tests.boxed import ME, STEADY, USERS, eventually, shell

box, start = boxed.box, boxed.start


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

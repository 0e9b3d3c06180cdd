"""grader/need: which packages it installs, and what it says when it cannot."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from grader.tests.unpacked import ROOT, run

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
def test_need_asks_for_pandoc_where_the_handout_is_made_or_tested(need):
    no_pandoc = HAVE.replace("echo", "[ $p = pandoc ] || echo")
    assert need("grade", no_pandoc) == (0, "", "")
    for use in "handout", "test", "selftest":
        status, said, _ = need(use, no_pandoc)
        assert status == 0 and "missing: pandoc\n" in said


@as_root
def test_need_asks_for_nothing_but_its_own_to_make_the_handout(need):
    none = "#!/bin/sh\nexit 1\n"
    _, said, _ = need("handout", none, more=["--tell"])
    assert "missing: make python3 python3-jinja2 pandoc chromium\n" in said


@as_root
def test_need_puts_into_a_container_what_a_check_needs_and_its_own(need):
    status, said, _ = need("container", HAVE.replace(
        "echo", "case $p in gdb|less|wrk) continue;; esac; echo"))
    assert status == 0 and "missing: gdb less\n" in said


def test_need_sends_whoever_has_no_linux_to_the_doctor(tmp_path):
    (tmp_path / "uname").write_text("#!/bin/sh\necho Darwin\n")
    (tmp_path / "uname").chmod(0o755)
    done = run(ROOT / "grader/need", "check",
               env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.returncode == 3 and "make doctor says" in done.stdout


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

"""The load tool, asked for what makes no sense."""

import subprocess
from pathlib import Path
from typing import List

import pytest

from grader.tests import served
from grader.tests.served import echo, serving

load = served.load


@pytest.mark.parametrize("args, words", [
    ([], "exactly one URL"),
    (["127.0.0.1:1", "127.0.0.1:2"], "exactly one URL"),
    (["127.0.0.1:1", "-c", "0"], "-c: '0' is not a whole number from 1"),
    (["127.0.0.1:1", "-n", "many"], "-n: 'many' is not a whole number"),
    (["127.0.0.1:1", "-n", "9" * 30], "-n: '999"),
    (["127.0.0.1:1", "-d", "nan"], "-d: 'nan' is not a number of seconds"),
    (["127.0.0.1:1", "-d", "-1"], "-d: '-1'"),
    (["127.0.0.1:1", "--size", "-1"], "--size: '-1'"),
    (["127.0.0.1:1", "--wait", "1.5"], "--wait: '1.5'"),
    (["127.0.0.1:1", "--timeout", "0"], "--timeout: '0'"),
    (["127.0.0.1:1", "--nonsense"], "see load --help"),
    (["127.0.0.1:1", "--rate", "0"], "--rate: '0' is not a number"),
    (["127.0.0.1:1", "--rate", "9", "--check"], "exclude each other"),
    (["127.0.0.1:1", "--max-workers", "2", "-d", "1"], "say -n, and not -d"),
    (["http://[::"], "is not a URL"), ([""], "is not a URL"),
    (["https://127.0.0.1:1/"], "only http://"),
    (["127.0.0.1:1", "--json", "/nonexistent/x"], "cannot write"),
    (["127.0.0.1:1", "-n", "1", "--json", "/dev/full"], "could not write"),
])
def test_bad_input_gets_a_clear_message_and_status_2(
        load: Path, args: List[str], words: str) -> None:
    done = subprocess.run([str(load), *args], capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize("extra", [[], ["--per-client", "-c", "1000", "-n", "1000"]], ids=["short", "long"])
def test_a_report_that_could_not_be_written_is_an_error(load: Path, extra: List[str]) -> None:
    with serving(echo) as address, open("/dev/full", "wb") as full:
        done = subprocess.run([str(load), address, "-n", "5", *extra], stdout=full, stderr=subprocess.PIPE,
                              text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr == "load: could not write the report: No space left on device\n"

"""The six blanks of a race report: what agrees with which report."""
import dataclasses

import pytest

from grader.checks.report_blanks import NAMES, best, touched
from grader.tests.answered import REPORT
from grader.witness import load
from grader.witness.finding import Access, Finding


def access(op: str, line: int, locks: tuple = ()) -> Access:
    return Access(op, "f", "pool/stats.c", line, 3, locks=locks)


def race(variable: str, *accesses: Access) -> Finding:
    return Finding("helgrind", "race", variable, None, list(accesses))


SEEN = touched([race("all.active", access("write", 13), access("write", 13)),
                race("all.active", access("write", 22), access("write", 13)),
                race("all.active", access("read", 27), access("write", 22)),
                race("all.peak", access("read", 14), access("write", 15))])


def off(**changed: str) -> list[str]:
    """The blanks that do not agree, of a report that is right but for these."""
    good = best({**REPORT, **changed}, SEEN)
    return [name for name in NAMES if name not in good]


def test_a_report_that_is_copied_rightly_agrees():
    assert off() == []
    assert off(variable="all.active", threads="#4, #3") == []
    assert off(variable=" All.Active ", access="WRITE", locks="None") == []


@pytest.mark.parametrize("line", ["pool/stats.c:22", "starter/pool/stats.c:22", "/home/me/lab/thread/stats.c:22"])
def test_a_line_is_taken_as_the_tools_print_it(line):
    assert off(line=line) == off(line=line, other=line.replace("22", "13")) == []


def test_every_thread_of_a_run_may_be_named():
    assert off(threads=f"2 and {load.REQUESTS + 1}") == []


def test_an_increment_reads_before_it_writes():
    assert off(line="stats.c:13", access="read") == []


def test_the_variables_struct_alone_is_not_the_number():
    assert off(variable="all") == ["variable"]


@pytest.mark.parametrize("changed, expected", [
    ({"variable": "bytes"}, ["variable"]),
    ({"line": "stats.c:14"}, ["line"]),
    ({"line": "stats.c:14", "access": "lock", "locks": "lock"}, ["line", "access", "locks"]),
    ({"line": "stats.c:99", "variable": "served"}, ["variable", "line", "access", "locks"]),
    ({"line": ""}, ["line", "access", "locks"]),
    ({"line": "fork/stats.c:22"}, ["line"]),
    ({"line": "stats.c"}, ["line"]),
    ({"line": "stats.c:27"}, ["access"]),
    ({"access": "lock"}, ["access"]),
    ({"other": "stats.c:99"}, ["other"]),
    ({"other": "13"}, ["other"]),
    ({"locks": "the lock"}, ["locks"]),
    ({"threads": "1 and 3"}, ["threads"]),
    ({"threads": "3 and 3"}, ["threads"]),
    ({"threads": "2, 3 and 4"}, ["threads"]),
    ({"threads": "0 and 3"}, ["threads"]),
    ({"threads": "99 and 100"}, ["threads"]),
    ({"threads": f"2 and {load.REQUESTS + 2}"}, ["threads"]),
    ({name: "" for name in NAMES}, list(NAMES)),
])
def test_a_blank_that_belongs_to_no_such_report_is_off(changed, expected):
    assert off(**changed) == expected


def test_two_readings_make_no_report():
    readings = touched([race("all.active", access("read", 27), access("write", 22)),
                        race("all.active", access("read", 14), access("write", 22))])
    blanks = {**REPORT, "line": "stats.c:27", "access": "read", "other": "stats.c:14"}
    assert [n for n in NAMES if n not in best(blanks, readings)] == ["other"]
    assert best({**blanks, "other": "stats.c:22"}, readings) == list(NAMES)


def test_blanks_of_two_reports_agree_with_the_one_that_has_more_of_them():
    mixed = {**REPORT, "variable": "peak", "line": "stats.c:14", "access": "read"}
    assert best(mixed, SEEN) == ["variable", "line", "access", "locks", "threads"]


def test_locks_that_were_held_are_named():
    seen = touched([race("n", access("write", 5, ("lock", "door")), access("write", 9))])
    blanks = {**REPORT, "variable": "n", "line": "stats.c:5", "other": "stats.c:9"}
    assert [n for n in NAMES if n not in best(blanks, seen)] == ["locks"]
    assert best({**blanks, "locks": "door, lock"}, seen) == list(NAMES)


def test_other_findings_than_races_make_no_report():
    assert touched([dataclasses.replace(race("fd", access("write", 3)), kind="fd")]) == {}
    assert best(REPORT, {}) == []

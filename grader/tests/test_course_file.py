"""course.toml: what is read from it, and what is said of it when it is wrong."""
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from grader.core import rubric as rubrics
from grader.course import feedback, handed_in, handout
from grader.course.dates import Late, Longer, extensions, late, lateness, moment
from grader.course.lines import places
from grader.course.read import COURSE, Course, CourseError, read
from grader.course.tailor import rubric_text
from grader.report import view

WRONG = [
    ('profile = "fast"', "course.toml:1: there is no profile 'fast'; there are: full, week, threads, workshop"),
    ('profile = 7', "course.toml:1: profile must be a text, not 7"),
    ('variant = "B"', "course.toml:1: there is no variant 'B'; there are: A"),
    ('terms = "x"', "course.toml:1: there is no 'terms'; there are: term, profile, variant, parts, points, off, numbers, "
                    "params, dates, feedback, people"),
    ("[parts]\nlocks = 1", "course.toml:2: locks must be true or false, not 1"),
    ("[parts]\nlock = true", "course.toml:2: [parts] has no 'lock'; it may have: fork, pool, locks, comparison, reactor, "
                             "coroutines, async, semester"),
    ("[parts]\nreactor = true", "course.toml:2: the part reactor does not exist yet"),
    ('[points]\n"2b" = "12"', "course.toml:2: 2b must be a number from 0 to 1000, not '12'"),
    ("[points]\n2z = 1", "course.toml:2: [points] has no '2z'"),
    ("[points]\n3b = true", "course.toml:2: 3b must be a number from 0 to 1000, not True"),
    ('[off]\n"2b.zo" = "x"', "course.toml:2: there is no task or check '2b.zo'"),
    ('[off]\n"2b.zoo" = " "', "course.toml:2: '2b.zoo' needs a reason, which the report gives"),
    ('[dates]\ndue = "tomorrow"', "course.toml:2: due: 'tomorrow' is not like \"2026-03-20 23:59 Europe/Berlin\""),
    ('[dates]\ndue = "2026-03-20 23:59 Europe/Nowhere"', "course.toml:2: due: '2026-03-20 23:59 Europe/Nowhere' is not"),
    ('[dates]\nlate = "10 % a day, 3 days"', "course.toml:2: late means nothing without due"),
    ('[dates]\ndue = "2026-03-20 23:59"\nlate = "a bit"', "course.toml:3: late: 'a bit' is not like \"10 % a day, 3 days\""),
    ('[feedback]\nafter_due = "none"', "course.toml:2: there is no after_due 'none'; there are: full, observed, outcome"),
    ('[people]\nassistants = "yes"', "course.toml:2: there is no assistants 'yes'; there are: none, with a log, free"),
    ("[people]\npairs = 2", "course.toml:2: pairs must be true or false, not 2"),
    ("[numbers]\nper_student = 1", "course.toml:2: per_student must be true or false, not 1"),
    ("[params.2c]\ncapacity = [9, 3]", "course.toml:2: capacity must be [least, most] between 1 and 1000, not [9, 3]"),
    ("[params.2c]\ncapacity = [-3, 0]", "course.toml:2: capacity must be [least, most] between 1 and 1000, not [-3, 0]"),
    ("[params.2a]\nthreads = [2, 3]\nincrements = [3, 5]\ntarget = [2, 3]", "course.toml:1: [params.2a] needs by_hand as well"),
    ("[params.q9]\nx = [1, 2]", "course.toml:1: [params] has no 'q9'"),
    ("[parts]\nfork = false\npool = false\nlocks = false", "course.toml: nothing is left that has points"),
    ('[dates]\ndue = "2026-03-20 23:59"\nextensions = "no.csv"', "course.toml:3: extensions: there is no "),
    ('[feedback]\nhidden = "../nowhere-at-all"', "course.toml:2: hidden: there is no "),
    ("[params]\n2c = 4", "course.toml:2: 2c must be a table: [params.2c]"),
    ("parts = 3", "course.toml:1: parts must be a table: [parts]"),
    ('term = "x', "course.toml: it is not TOML:"),
    ("[points]\n2b = 0.01", "course.toml:2: [points] 2b: 0.01 points cannot be divided among 6 checks"),
]


def file(directory: Path, text: str) -> Path:
    path = directory / "course.toml"
    path.write_text(text + "\n", "utf-8")
    return path


@pytest.mark.parametrize("text, said", WRONG, ids=[said[:60] for _, said in WRONG])
def test_what_is_wrong_is_said_with_its_line(text, said, tmp_path):
    with pytest.raises(ValueError) as error:
        rubric_text(rubrics.RUBRIC, file(tmp_path, text))
    assert str(error.value).startswith(said), error.value


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_its_lines(tmp_path):
    with pytest.raises(CourseError) as error:
        read(file(tmp_path, 'term = 1\n[people]\npairs = "x"\n[parts]\nfork = 2\n'))
    assert [line.split(": ")[0] for line in str(error.value).splitlines()] == ["course.toml:1", "course.toml:3", "course.toml:5"]


def test_the_kits_own_course_is_right_and_leaves_the_rubric_as_it_is():
    read()
    assert rubric_text(rubrics.RUBRIC, COURSE) == rubrics.RUBRIC.read_text("utf-8")


def test_a_course_has_what_its_file_says(tmp_path):
    path = file(tmp_path, 'term = "t"\nprofile = "week"\n[parts]\nlocks = true\n[points]\n"2b" = 12\n[off]\n"2b.zoo" = "long"\n'
                '[dates]\ndue = "2026-03-20 23:59 Europe/Berlin"\nlate = "10 % a day, 3 days"\nextensions = "more.csv"\n'
                '[feedback]\nafter_due = "outcome"\nhidden = "h"\n[people]\npairs = true\nassistants = "free"')
    (tmp_path / "more.csv").touch()
    (tmp_path.parent / "h").mkdir()
    course = read(path, {"2b.zoo": "2b"})
    assert (course.term, course.profile, course.parts, course.points) == ("t", "week", {"locks": True}, {"2b": 12})
    assert course.off == {"2b.zoo": "long"} and course.late == Late(10, 3)
    assert course.due == datetime(2026, 3, 20, 22, 59, tzinfo=timezone.utc)
    assert course.extensions == tmp_path / "more.csv" and course.hidden == tmp_path.parent / "h"
    assert (course.before_due, course.after_due, course.pairs, course.assistants) == ("full", "outcome", True, "free")


def test_a_line_is_found_behind_quotes_comments_and_dotted_tables():
    found = places('a = 1\n[points] # so\n  "2b" = 3\n\'3a\' = 4\n[params.2a]\nx = [1]\n')
    assert found["", "a"] == 1 and found["points", "2b"] == 3 and found["points", "3a"] == 4 and found["params.2a", "x"] == 6


DUE = moment("2026-03-20 12:00")


@pytest.mark.parametrize("hours, longer, days, percent", [
    (-1, 0, 0, 0), (0, 0, 0, 0), (1, 0, 1, 10), (24, 0, 1, 10), (25, 0, 2, 20), (72, 0, 3, 30), (73, 0, 4, 100),
    (25, 2, 0, 0), (49, 2, 1, 10)])
def test_each_day_that_has_begun_costs_and_more_time_is_not_late(hours, longer, days, percent):
    found = lateness(DUE + timedelta(hours=hours), DUE, late("10 % a day, 3 days"), timedelta(days=longer))
    assert (found.days, found.percent) == (days, percent) if days else found is None


def test_days_are_counted_through_a_change_of_the_clock():
    due = moment("2026-03-28 23:59 Europe/Berlin")      # the clocks go forward in the night
    assert lateness(moment("2026-03-29 23:30 Europe/Berlin"), due, None).days == 1


def test_extensions_are_read_by_student_and_a_wrong_line_is_named(tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("# id, how long\nAda, 2 days\nbob, 90 minutes\n\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())     # as a spreadsheet writes it
    assert extensions(path) == {"ada": Longer(timedelta(days=2), 2), "bob": Longer(timedelta(minutes=90), 3)}
    path.write_text("ada, 2 days\nbob, long\n")
    with pytest.raises(ValueError, match=r"more.csv:2: a line is like"):
        extensions(path)


def test_a_late_archive_is_told_and_keeps_its_score(tmp_path):
    path = tmp_path / "a.tar.gz"
    path.touch()
    when = moment("2026-03-21 13:00").timestamp()
    os.utime(path, (when, when))
    course = Course(due=DUE, late=Late(10, 3))
    told = handed_in.told(handed_in.late(path, "ada", course, {}), path, course, 80)
    assert told == {"days": 2, "left": 64, "said": "handed in 2026-03-21 13:00, due 2026-03-20 12:00 (UTC): 2 days late, "
                                                   "20 % less: 64 of 80 points are left"}
    assert handed_in.late(path, "ADA ", course, {"ada": Longer(timedelta(days=3), 1)}) is None
    assert handed_in.told(None, tmp_path, course, 80)["said"] == "a directory does not tell when it was handed in"
    assert handed_in.told(None, tmp_path, Course(), 80) is None


RESULT = {"notes": [], "causes": {"c": "usually"}, "checks": [
    {"check": "1b.reaped", "part": "fork", "outcome": "fail", "observed": "o", "expected": "e", "causes": ["c"], "hint": "h", "evidence": [1], "reproduce": "r"},
    {"check": "1b.coalesced", "part": "fork", "outcome": "pass", "observed": "fine", "expected": "e", "causes": [], "hint": "h", "evidence": [], "reproduce": "r"}]}


@pytest.mark.parametrize("level, kept", [("full", "oehr"), ("observed", "oer"), ("outcome", "")])
def test_a_failure_tells_as_much_as_the_course_wants(level, kept):
    failed, passed = feedback.veiled(RESULT, level)["checks"]
    assert "".join(failed[name] for name in ("observed", "expected", "hint", "reproduce")) == kept
    assert bool(failed["causes"]) == bool(failed["evidence"]) == (level == "full")
    assert passed == RESULT["checks"][1]
    blocked = {**RESULT["checks"][0], "outcome": "blocked", "observed": "not reached: first make 1a.overlap pass"}
    [told] = feedback.veiled({**RESULT, "checks": [blocked]}, level)["checks"]
    assert told["observed"] == blocked["observed"], "what has to pass first is no secret"
    assert feedback.veiled(feedback.veiled(RESULT, level), level) == feedback.veiled(RESULT, level)
    assert feedback.veiled(RESULT, level)["causes"] == (RESULT["causes"] if level == "full" else {})


@pytest.mark.parametrize("level", ["observed", "outcome"])
def test_that_a_guard_is_broken_is_no_secret_and_what_it_saw_is_one(level):
    guard = {**RESULT["checks"][0], "check": "2.echo", "guard": True, "observed": "line 3"}
    behind = {**RESULT["checks"][0], "check": "2c.order", "guard": False, "observed": "guard 2.echo is broken: line 3"}
    told, later = feedback.veiled({**RESULT, "checks": [guard, behind]}, level)["checks"]
    assert view.broken_guard(later, [told, later]) == "2.echo"
    assert ("line 3" in told["observed"]) == ("line 3" in later["observed"]) == (level == "observed")


@pytest.mark.parametrize("level, said", [
    ("full", "what usually causes that"), ("observed", "The causes are left to you"), ("outcome", "that it failed, and no more")])
def test_the_handout_says_what_a_failed_check_tells_in_this_course(level, said):
    page = handout.filled("<!-- failed -->\nold\n<!-- /failed -->\n", {"check": [], "box": []}, Course(before_due=level))
    assert said in page and "old" not in page and page.count("A failed check says") == 1


@pytest.mark.parametrize("level", ["observed", "outcome"])
def test_what_the_compiler_says_is_told_at_every_level(level):
    broken = {**RESULT["checks"][0], "check": "2c.order", "part": "pool", "observed": "the compiler says: line 3"}
    [told] = feedback.veiled({**RESULT, "checks": [broken]}, level)["checks"]
    assert told["observed"] == broken["observed"] and not told["causes"] and not told["hint"]


def test_where_only_outcomes_are_told_a_blocked_check_says_what_comes_first_and_no_more():
    blocked = {**RESULT["checks"][0], "outcome": "blocked", "observed": "not reached: first make 2d.fixed pass: queue alone: 1 of 7"}
    said = {level: feedback.veiled({**RESULT, "checks": [blocked]}, level)["checks"][0]["observed"] for level in ("observed", "outcome")}
    assert said == {"observed": blocked["observed"], "outcome": "not reached: first make 2d.fixed pass"}


def test_the_level_changes_when_the_course_is_due():
    course = Course(due=DUE, before_due="full", after_due="outcome")
    assert [feedback.level(course, DUE + timedelta(hours=h)) for h in (-1, 0, 1)] == ["full", "outcome", "outcome"]
    assert feedback.level(Course(after_due="outcome"), DUE) == "full"

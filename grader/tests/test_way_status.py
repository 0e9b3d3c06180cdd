"""make status: what was found, whether it still holds, and what comes next."""

import os
import pty
import re
import subprocess
import time
from pathlib import Path

import pytest

from grader.core import rubric
from grader.tests import unpacked, way
from grader.tests.test_way_hint import RUBRIC
from grader.tests.unpacked import make
from grader.tests.way import call, check, checked, stand_in
from lab.predict.answers import put

packed, own = unpacked.packed, unpacked.own
ALL = f"{sum(c.points for c in rubric.load().checks.values()):g}"
OLDER = "older than your files: check again"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return way.tree(tmp_path)


def status(here: Path, **more: str) -> str:
    done = call(here, "status", **more)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def of(task: str, said: str) -> str:
    """What status says of one task: its line, and those indented below it."""
    return re.search(rf"^{task}  .*\n(?:    .*\n)*", said, re.MULTILINE)[0]


def next_of(said: str) -> str:
    return " ".join(said[said.index("Next:"):].split())


def everything(outcome: str = "pass", but: tuple = (), **more: object) -> list:
    """A result of all checks of the rubric."""
    return [check(c["id"], outcome, c["part"], **more) for c in RUBRIC["check"] if c["id"] not in but]


def test_on_the_first_day_nothing_is_checked_and_1a_comes_next(here: Path) -> None:
    said = status(here)
    assert said.count("not checked ") == 25 and "no checks" in of("0a", said)
    assert f"0 of {ALL} points" in said
    assert next_of(said).startswith("Next: 1a A process per client Say first what you expect: make predict TASK=1a")
    assert "make check TASK=1a" in next_of(said) and not (here / "build").exists()


def test_the_next_call_of_check_does_not_take_away_what_the_last_has_found(here: Path) -> None:
    checked(here, check("1a.overlap"), check("1a.exit"))
    checked(here, check("2c.order", part="pool"), check("2c.waits", "fail", "pool"))
    said = status(here)
    assert "6 of 9" in of("1a", said) and "2 of 9" in of("2c", said) and f"8 of {ALL} points" in said
    assert "not checked yet: 1a.parent-fd, 1a.child-listener" in of("1a", said)
    checked(here, check("1a.overlap", "fail"))
    assert "2 of 9" in of("1a", status(here))


def test_make_check_ends_by_noting_what_it_has_found(own: Path) -> None:
    for plan, *words in (["check 2c.order pass"], "TASK=2c"), (["check 2d.fixed pass"], "PART=pool"), \
            (["check 2d.overlap pass", "exit 2"], "TASK=2d"):
        stand_in(own, *plan)
        make("check", *words, cwd=own)
    said = make("status", cwd=own).stdout
    assert "2 of 9" in of("2c", said) and "3 of 10" in of("2d", said)
    assert "  2 of 9" in of("2c", make("status", "DIR=starter/", cwd=own).stdout)


def test_a_check_that_was_only_needed_first_counts_with_its_own_points(here: Path) -> None:
    checked(here, check("1a.overlap", most=0), check("1b.reaped"))
    assert "4 of 9" in of("1a", status(here)) and "2 of 5" in of("1b", status(here))


def test_a_changed_file_makes_the_results_of_its_part_older_and_no_others(here: Path) -> None:
    checked(here, check("1a.overlap"), check("2c.order", part="pool"))
    assert OLDER not in status(here)
    queue = here / "starter/pool/queue.c"
    text = queue.read_text()
    queue.write_text(text + "/* mine */\n")
    said = status(here)
    assert OLDER in of("2c", said) and OLDER not in of("1a", said)
    assert f"6 of {ALL} points, 2 of them before you changed files." in said
    queue.write_text(text)
    assert OLDER not in status(here)


def test_a_file_that_comes_or_goes_makes_a_result_older(here: Path) -> None:
    checked(here, check("1a.overlap"))
    (here / "starter/fork/mine.h").write_text("")
    assert OLDER in of("1a", status(here))
    (here / "starter/fork/mine.h").unlink()
    (here / "starter/fork/stats.c").unlink()
    assert OLDER in of("1a", status(here))


def test_a_file_that_is_saved_during_a_check_makes_its_result_older(here: Path) -> None:
    begun = here / "build/way/begun"
    begun.parent.mkdir(parents=True)
    begun.touch()
    way.result(here, check("1a.overlap"), check("2c.order", part="pool"))
    serve = here / "starter/fork/serve.c"
    serve.write_text(serve.read_text() + "\n")
    os.utime(serve, (time.time() + 5, time.time() + 5))
    call(here, "status", "--note", "build/way/begun")
    said = status(here)
    assert OLDER in of("1a", said) and OLDER not in of("2c", said)


def test_a_prediction_or_hours_make_no_answer_older_and_an_answer_does(here: Path) -> None:
    checked(here, check("2a.count", part="answers"), check("3a.cycle", part="answers"))
    answers = here / "starter/answers.toml"
    text = answers.read_text()
    said = text.replace("[2a]\n", '[2a]\npredict = "2000"\npredicted = "now"\n')
    answers.write_text(said.replace("hours = 0.0", "hours = 1.5"))
    assert OLDER not in status(here)
    answers.write_text(answers.read_text().replace("count = 0", "count = 2"))
    assert OLDER in of("2a", status(here)) and OLDER not in of("3a", status(here))
    answers.write_text(text.replace('student = ""', 'student = "ann"'))
    assert OLDER in of("3a", status(here))


def test_a_new_measurement_makes_older_what_was_held_against_it_and_nothing_else(here: Path) -> None:
    checked(here, check("q3.cpu", part="answers"), check("q1.accepted", part="answers"))
    (here / "starter/compare.json").write_text("{}")
    said = status(here)
    assert OLDER in of("q3", said) and OLDER not in of("q1", said)
    checked(here, check("q3.cpu", part="answers"), check("q1.accepted", part="answers"))
    assert OLDER not in status(here)


def test_a_prediction_makes_older_what_is_about_predictions(here: Path) -> None:
    ids = "q1.accepted", "q2.predicted", "q3.cpu", "q4.predicted"
    checked(here, *(check(id, "fail", "answers") for id in ids))
    put(here / "starter/answers.toml", "q1", "64")
    assert [OLDER in of(task, status(here)) for task in ("q1", "q2", "q3", "q4")] == [False, True, False, False]


def test_what_a_person_reads_is_no_fault_of_the_machine_and_is_not_asked_for_again(here: Path) -> None:
    known = [check(c["id"], part=c["part"]) for c in RUBRIC["check"] if c["task"] != "e2"]
    checked(here, *known)
    said = next_of(status(here))
    assert said.startswith("Next: e2 ") and "make predict" not in said and "make hint" not in said
    checked(here, check("e2.mechanism", "not-measured", "answers", "a person reads this"),
            check("e2.number", "not-measured", "answers", "a person reads this"))
    assert "a person reads this: e2.mechanism, e2.number" in of("e2", status(here))
    assert "not measured on this machine" not in status(here) and "make submit" in next_of(status(here))


def test_a_result_of_the_grader_alone_is_seen_too(here: Path) -> None:
    way.result(here, check("1a.overlap"))
    assert "4 of 9" in of("1a", status(here)) and OLDER not in status(here)
    serve = here / "starter/fork/serve.c"
    way.result(here, check("1a.overlap"), at=time.time() + 10)
    os.utime(serve, (time.time() + 20, time.time() + 20))
    assert OLDER in of("1a", status(here))


def test_a_result_that_the_grader_kept_is_noted_for_the_files_there_are(here: Path) -> None:
    checked(here, check("1a.overlap", "fail"))
    way.result(here, check("1a.overlap"), at=way.BEFORE + 10)
    (here / "build/way/begun").touch()
    call(here, "status", "--note", "build/way/begun")
    assert "4 of 9" in of("1a", status(here)) and OLDER not in status(here)


def test_what_cannot_be_noted_is_said_and_fails_no_check(here: Path) -> None:
    way.result(here, check("1a.overlap"))
    done = call(here, "status", "--note", "build/way/begun")
    assert done.returncode == 0 and "what the check has found could not be noted" in " ".join(done.stderr.split())


def test_another_directory_of_the_same_name_is_not_taken_for_this_one(here: Path) -> None:
    checked(here, check("1a.overlap"))
    (here / "else").mkdir()
    (here / "else/starter").symlink_to(here / "starter")
    done = call(here, "status", "--dir", "else/starter", "--out", "nowhere")
    assert "client            not checked" in of("1a", done.stdout)
    assert "client            4 of 9" in of("1a", status(here))


def test_predictions_and_hints_have_their_columns(here: Path) -> None:
    answers = here / "starter/answers.toml"
    answers.write_text(answers.read_text().replace("[1b]\n", '[1b]\npredict = "19"\n'))
    call(here, "hints", "--task", "1b")
    said = status(here)
    assert re.search(r" kept +1 of 3$", of("1b", said), re.MULTILINE)
    assert re.search(r" - +0 of 3$", of("1a", said), re.MULTILINE)


def test_next_is_the_first_task_with_a_check_that_is_not_reached_and_why(here: Path) -> None:
    checked(here, *everything(but=("1b.coalesced", "2c.order")),
            check("1b.coalesced", "fail", observed="19 zombies\nstayed"), check("2c.order", "fail", "pool"))
    assert next_of(status(here)).startswith("Next: 1b Nobody stays behind Say first")
    assert "1b.coalesced failed: 19 zombies stayed make check TASK=1b" in next_of(status(here))
    checked(here, check("1b.coalesced"))
    assert next_of(status(here)).startswith("Next: 2c The queue")


def test_where_the_course_keeps_back_what_was_seen_next_says_that(here: Path) -> None:
    checked(here, check("1a.overlap", "fail", observed=""))
    assert "1a.overlap failed; your course keeps back what it saw. make check" in next_of(status(here))


def test_next_says_that_files_have_changed_instead_of_what_no_longer_holds(here: Path) -> None:
    checked(here, check("1a.overlap", "fail", observed="old news"))
    (here / "starter/fork/serve.c").write_text("int mine;\n")
    assert "old news" not in status(here) and "Your files have changed since they were checked." in status(here)


def test_a_task_that_waits_for_another_one_says_for_which(here: Path) -> None:
    waits = [check(f"2c.{name}", "blocked", "pool", f"not reached: first make {first} pass") for name, first in
             (("order", "2d.fixed"), ("bounded", "2c.order"), ("exact", "2d.fixed"), ("waits", "2c.exact"))]
    checked(here, *[c for c in everything() if not c["check"].startswith(("2c", "2d"))], *waits,
            check("2d.fixed", "fail", "pool"))
    assert "All that is left of 2c waits for 2d.fixed: when your own part is done, go on with 2d." \
        in next_of(status(here))


def test_what_this_machine_cannot_measure_is_said_and_is_not_next(here: Path) -> None:
    checked(here, *everything(but=("2b.race-check",)), check("2b.race-check", "not-measured", "pool"))
    said = status(here)
    assert "not measured on this machine: 2b.race-check" in of("2b", said)
    assert next_of(said) == "Next: make check FULL=1, and then make submit"


def test_when_all_is_reached_but_some_is_older_that_is_next(here: Path) -> None:
    checked(here, *everything())
    (here / "starter/locks/page.c").write_text("int mine;\n")
    assert "check again what is older than your files (3a, 3b and 3c): make check" in next_of(status(here))


@pytest.mark.parametrize("outcome", ["pass", "fail", "blocked", "not-measured"])
def test_it_is_plain_lines_of_80_columns(here: Path, outcome: str) -> None:
    checked(here, *everything(outcome, observed="word " * 200))
    for name in "fork/serve.c", "pool/serve.c", "locks/page.c", "answers.toml":
        for text in "", "x = 1\n":
            (here / "starter" / name).write_text(text)
        for line in status(here).splitlines():
            assert len(line) <= 80 and line.isascii() and line.isprintable()


def test_what_a_server_printed_cannot_repaint_the_terminal(here: Path) -> None:
    checked(here, check("1a.overlap", "fail", observed="\x1b[2Jgone\x07\u202e"))
    assert "1a.overlap failed: [2Jgone" in next_of(status(here)) and "\x1b" not in status(here)


def test_colour_adds_no_fact(here: Path) -> None:
    checked(here, *everything(but=("1a.exit",)), check("1a.exit", "fail"))
    (here / "starter/pool/serve.c").write_text("int mine;\n")
    coloured = status(here, FORCE_COLOR="1")
    assert "\x1b[34m" in coloured and "\x1b[35m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == status(here)


def on_a_terminal(here: Path, **more: str) -> str:
    ours, theirs = pty.openpty()
    subprocess.run(way.command("status"), cwd=here, env=way.environment(TERM="xterm", **more), stdin=theirs,
                   stdout=theirs, timeout=60, check=True)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:         # the terminal has nobody at its other end
        pass
    os.close(ours)
    return said.decode()


def test_a_terminal_gets_colour_unless_it_asked_for_none(here: Path) -> None:
    assert "\x1b[" in on_a_terminal(here)
    assert "\x1b[" not in on_a_terminal(here, NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(here, PLAIN="1")


@pytest.mark.parametrize("name, text", [
    ("build/way/starter.json", "{"), ("build/way/starter.json", '{"directory": "HERE/starter", "checks": null}'),
    ("build/way/hints.json", "[]"), ("report/check/starter/result.json", "half of it")])
def test_a_broken_note_is_no_note(here: Path, name: str, text: str) -> None:
    (here / name).parent.mkdir(parents=True)
    (here / name).write_text(text.replace("HERE", str(here)))
    assert f"0 of {ALL} points" in status(here)


def test_answers_that_cannot_be_read_are_named_and_the_rest_is_told(here: Path) -> None:
    checked(here, check("1a.overlap"))
    (here / "starter/answers.toml").unlink()
    said = status(here)
    assert "4 of 9" in of("1a", said)
    assert "No predictions can be seen: there is no starter/answers.toml" in " ".join(said.split())


def test_a_directory_that_is_not_there_is_said(here: Path) -> None:
    done = call(here, "status", "--dir", "nosuch")
    assert done.returncode == 2 and done.stderr == "status: there is no directory nosuch\n"

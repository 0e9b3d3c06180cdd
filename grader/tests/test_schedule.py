"""make schedule, make explore and make replay: what they print, refuse and keep."""
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.explore import cli, kept, scenarios, tell
from grader.explore.schedule import joined, next_steps, of_any_build, replay, stretches
from grader.tests.explored import scenario

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = "T1:1 T2:4 T1:1 T2:1 T1:4 T2:1"


def place(words: str) -> str:
    """Where in locks.c a line says that, for the first time."""
    lines = (ROOT / "grader" / "scenarios" / "locks.c").read_text().splitlines()
    return f"locks.c:{next(n for n, line in enumerate(lines, 1) if words in line)}"


FIRST, SECOND = place("lock(&first->lock)"), place("lock(&second->lock)")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> Path:
    """Findings are not kept in this tree's report/; programs are built once."""
    monkeypatch.setattr(kept, "KEPT", tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture
def own(tmp_path) -> Path:
    """A student's tree, of which pool/ is the reference's."""
    tree = tmp_path / "own"
    shutil.copytree(ROOT / "solutions" / "pool", tree / "pool")
    shutil.copy(ROOT / "starter" / "answers.toml", tree)
    return tree


@pytest.fixture
def typed(capsys, monkeypatch):
    """typed(arguments, input): the exit status and what was printed."""
    def run(*arguments: str, keys: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        capsys.readouterr()
        status = cli.main(list(arguments))
        out, err = capsys.readouterr()
        assert "\x1b" not in out + err, "this is no terminal"
        return status, out + err
    return run


# ---- a line -----------------------------------------------------------------


def test_each_step_of_a_line_is_printed_with_thread_action_value_place_and_source(typed):
    status, said = typed("schedule", "counter", "--line", BY_HAND)
    assert status == 0
    line = next(i for i, l in enumerate((ROOT / "grader/scenarios/counter.c").read_text().splitlines(), 1)
                if "counter++" in l)
    steps = [l for l in said.splitlines() if re.match(r"T[12] (reads|writes)", l)]
    assert re.fullmatch(rf"T1 reads counter = 0 +counter.c:{line} +counter\+\+;", steps[0])
    told = [l.split("  ")[0] for l in steps]
    assert told[:7] == ["T1 reads counter = 0", "T2 reads counter = 0", "T2 writes counter = 1",
                        "T2 reads counter = 1", "T2 writes counter = 2", "T1 writes counter = 1",
                        "T2 reads counter = 1"]
    assert told[-1] == "T2 writes counter = 2"
    assert "the counter ends at 2; the target, 2, is met" in said
    assert f'schedule = "{BY_HAND}"' in said


def test_a_step_on_ones_own_variable_is_told_as_it_is_counted(typed):
    _, said = typed("schedule", str(ROOT / "lab/zoo/mutex_local.c"), "--line", "T1:2 T2:1")
    before, after = said.split("everybody finishes:\n")
    assert re.findall(r"^T[12] \w+ a local variable of T\d", before, re.MULTILINE) == [
        "T1 writes a local variable of T1", "T1 locks a local variable of T1", "T2 writes a local variable of T2"]
    assert "writes a local" not in after


def test_after_the_last_entry_everybody_finishes(typed):
    status, said = typed("schedule", "counter", "--line", "T1:1 T2:1")
    assert status == 1
    before, after = said.split("everybody finishes:\n")
    assert before.count("counter++") == 2 and after.count("counter++") == 10
    assert "the counter ends at 3; the target, 2, is not met" in after


@pytest.mark.parametrize("name, line, words", [
    ("two-locks", "T1:2 T2:1", f"refused: T2 cannot move: it waits at {FIRST} for b, which T1 holds since "
     f"{SECOND}"),
    ("two-locks", "T1:1 T0:1", "refused: T0 cannot move: it waits at locks.c"),
    ("counter", "T1:7", "refused: T1 cannot move: it has ended"),
    ("counter", "T5:1", "refused: there is no T5 yet"),
])
def test_an_impossible_move_is_refused_by_name(typed, name, line, words):
    status, said = typed("schedule", name, "--line", line)
    assert status == 1 and words in said
    assert "ends at" not in said and "schedule =" not in said


@pytest.mark.parametrize("name, line, words", [
    ("counter", "T1", "'T1' is no stretch such as T1:4"),
    ("counter", "T1:1 build:12345678", "of another build"),
    ("nosuch", "T1:1", "there is no scenario 'nosuch'; there are counter, "),
    ("nosuch.c", "T1:1", "nosuch.c: No such file"),
])
def test_what_cannot_be_meant_is_said_in_a_line(typed, name, line, words):
    status, said = typed("schedule", name, "--line", line)
    assert status == 2 and words in said


def test_a_circle_can_be_reached_and_is_told(typed):
    status, said = typed("schedule", "two-locks", "--line", "T1:1 T2:1")
    assert status == 1 and "a deadlock: nobody can go on" in said
    assert f"T1 waits at {SECOND} for the mutex b, which T2 holds since {FIRST}" in said


def test_a_run_that_ends_well_is_told_too():
    found = scenario("locks").search("--replay", "T1:3")
    assert found.verdict == "fine" and [e.action for e in found.events if e.thread == 2][:2] == ["locks", "locks"]
    assert not scenario("locks").search("--only", "0").events


def test_the_numbers_are_those_of_the_students_id(typed, own):
    path = own / "answers.toml"
    path.write_text(path.read_text().replace('student = ""', 'student = "alice"'))
    mine = cli.read_numbers(path)[1]
    status, said = typed("schedule", "counter", "--dir", str(own), "--line", "")
    assert f"schedule: {mine} (the numbers of alice)" in said
    assert f"the counter ends at {mine.threads * mine.increments}; the target, {mine.target}," in said


def test_numbers_that_cannot_be_read_are_not_nobodys(typed, own):
    (own / "answers.toml").write_text("student = ")
    status, said = typed("schedule", "counter", "--dir", str(own), "--line", "")
    assert status == 2 and "answers.toml cannot be read: " in said and "schedule: 2 threads" not in said


def test_flags_make_another_program_without_a_target(typed):
    status, said = typed("schedule", "counter", "--flags=-DTIMES=1", "--line", "T1:1 T2:2")
    assert status == 1 and "a wrong result: the counter is 1" in said and "target" not in said


def test_neighbours_of_one_thread_become_one_stretch():
    assert joined([(1, 1), (1, 2), (2, 1), (1, 1)]) == "T1:3 T2:1 T1:1"
    assert stretches("T1:3 T2:1 choose:1,0 build:00ff00ff") == [(1, 3), (2, 1)]
    assert of_any_build("T1:3 choose:1 build:00ff00ff") == "T1:3 choose:1"


# ---- one move after the other -----------------------------------------------


def test_both_threads_next_steps_are_shown_and_one_is_chosen(typed):
    status, said = typed("schedule", "counter", keys="1\n2 4\nT1:1\n2\n1 4\n")
    assert status == 0 and "the target, 2, is met" in said
    first, second = re.split(r"so far: .*\n", said)[:2]
    assert re.search(r"T0 \(main\) +waits at counter.c:\d+ for", first)
    assert re.search(r"T1 +next: reads counter = 0 +counter.c:\d+ +counter\+\+;", first)
    assert re.search(r"T1 +next: writes counter = 1 ", second) and re.search(r"T2 +next: reads counter = 0 ", second)
    assert "so far: T1:1 T2:4 T1:1 T2:1\n" in said
    assert 'schedule = "T1:1 T2:4 T1:1 T2:1 T1:4"' in said


def test_a_move_is_taken_back(typed):
    _, said = typed("schedule", "counter", keys="u\n1\n2 2\nu\n2\ne\n")
    assert "there is nothing to take back" in said and "T2:2 is taken back" in said
    assert 'schedule = "T1:1 T2:1"' in said


def test_what_is_no_move_is_answered_and_costs_nothing(typed):
    _, said = typed("schedule", "two-locks", keys="hello\n1 0\n0\n1 2\n2\n7\n99\n1 50\ne\n")
    assert said.count("u takes back") == 3
    assert "T0 cannot move: it waits at" in said and "there is no T7 yet" in said
    assert f"T2 cannot move: it waits at {FIRST} for b, which T1 holds" in said
    assert "T1 cannot move: it has ended" in said and "'T99:1' is no stretch" in said
    assert 'schedule = "T1:2"' in said


def test_it_ends_where_nobody_can_move(typed):
    status, said = typed("schedule", "two-locks", keys="1\n2\nu\n1\n")
    assert status == 1 and 'schedule = "T1:1 T2:1"' in said and "taken back" not in said
    assert re.search(rf"T2 +waits at {SECOND} for the mutex a, which T1 holds", said) and "T3" not in said


def test_next_steps_are_those_of_the_line_and_no_others():
    program = scenario("locks", "-DCROSSED")
    told = {n.thread: (n.step.action if n.step else n.why.split("{")[0])
            for n in next_steps(lambda line: program.search("--replay", line), "T1:2")}
    assert told == {0: "T0 waits at ", 1: "reads", 2: "T2 waits at "}


def test_a_replay_is_cut_where_the_line_ends():
    program = scenario("counter", "-DTIMES=3")
    whole = replay(lambda line: program.search("--replay", line), "T1:1 T2:4")
    assert [(e.thread, e.action) for e in whole.made if e.thread] == [
        (1, "reads"), (2, "reads"), (2, "writes"), (2, "reads"), (2, "writes")]
    assert len(whole.rest) > 5 and whole.made + whole.rest == whole.found.events


def on_a_terminal(*words: str, **environment: str) -> str:
    """What a command prints to a terminal."""
    master, slave = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PLAIN", "FORCE_COLOR", "CLICOLOR_FORCE")}
    with subprocess.Popen([sys.executable, "-m", "grader.explore.cli", *words], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=slave, stderr=slave, env={**env, "TERM": "xterm", **environment}) as child:
        os.close(slave)
        said = b""
        try:
            while True:
                said += os.read(master, 4096)
        except OSError:
            pass
        child.wait(60)
    os.close(master)
    return said.decode()


def test_a_terminal_gets_weight_unless_it_wants_none():
    line = "schedule", "counter", "--line", "T1:1"
    assert "\x1b[1m" in on_a_terminal(*line)
    assert "\x1b" not in on_a_terminal(*line, NO_COLOR="1")


# ---- explore and replay -----------------------------------------------------


def broken(own: Path) -> None:
    """Its stats.c is the starter's, which loses updates."""
    shutil.copy(ROOT / "starter" / "pool" / "stats.c", own / "pool")


def test_the_scenarios_of_a_task_are_searched_with_the_students_own_module(typed, own):
    status, said = typed("explore", "--task", "2b", "--schedules", "400", "--dir", str(own))
    assert status == 0 and said.count("explore: ") == said.count("none") == len(scenarios.of_task("2b"))
    broken(own)
    status, said = typed("explore", "--task", "2b", "--dir", str(own))
    assert status == 1 and said.count("make replay ID=stats") >= 3
    assert re.search(r"stats_end reads all\.bytes = \d+ +stats.c:\d+ +all.bytes \+= bytes; +<- others come between", said)


def test_of_a_long_schedule_the_beginning_is_shown_and_where_the_rest_is(typed, elsewhere):
    status, said = typed("explore", "--scenario", "page-writer", "--dir", str(ROOT / "starter"))
    assert status == 1
    [shown] = re.findall(r"^ +(schedule: .*)", said, re.MULTILINE)
    told, more, file = re.fullmatch(r"schedule: (T0:.*) \.\.\. \((\d+) more, in (.*\.json)\)", shown).groups()
    whole = json.loads((scenarios.ROOT / file).read_text())["schedule"].split()
    assert told.split() == whole[:tell.MOST] and len(whole) == tell.MOST + int(more)


def test_a_failure_is_repeated_on_its_build_and_searched_again_on_another(typed, own):
    broken(own)
    _, said = typed("explore", "--scenario", "stats-crowd", "--dir", str(own))
    [id] = re.findall(r"make replay ID=(\S+)", said)
    steps, first = re.findall(r"^ +T\d .*", said, re.MULTILINE), re.search(r"schedule: (.*build:\w+)", said)[1]
    status, again = typed("replay", id)
    assert status == 1 and re.findall(r"^ +T\d .*", again, re.MULTILINE) == steps
    assert "another build" not in again

    stats = own / "pool" / "stats.c"
    stats.write_text(stats.read_text().replace("void stats_end", "int unused_here;\n\nvoid stats_end"))
    status, changed = typed("replay", id)
    assert status == 1 and "this is another build" in changed
    assert "searching again for: a wrong result in stats-crowd" in changed
    second = re.search(r"schedule: (.*build:\w+)", changed)[1]
    assert first.rpartition("build:")[2] != second.rpartition("build:")[2]
    status, kept_now = typed("replay", id)
    assert status == 1 and "another build" not in kept_now and f"schedule: {second}" in kept_now

    shutil.copy(ROOT / "solutions" / "pool" / "stats.c", own / "pool")
    status, mended = typed("replay", id)
    assert status == 0 and "this is another build" in mended and "not this failure, and no other" in mended


def test_another_failure_than_the_one_that_is_searched_for_is_said_to_be_another(typed, own):
    broken(own)
    _, said = typed("explore", "--scenario", "stats-crowd", "--dir", str(own))
    [id] = re.findall(r"make replay ID=(\S+)", said)
    stats = own / "pool" / "stats.c"
    stats.write_text(re.sub(r"all\.(served|bytes).*", "abort();", "#include <stdlib.h>\n" + stats.read_text()))
    status, said = typed("replay", id)
    assert status == 1 and "not found again; what is found instead" in said and "a crash" in said


def test_a_scenario_of_ones_own_is_built_with_the_module_that_it_includes(typed, own):
    (own / "pool" / "help.c").write_text("int helped(void);\nint helped(void) { return 1; }\n")
    (own / "mine.c").write_text('#include "explore/explore.h"\n#include "queue.h"\nint helped(void);\n'
                                "int main(void) { struct queue *q = queue_new(1); queue_put(q, 3); "
                                'EXPECT(queue_get(q) == 3 + helped(), "not %d", 4); queue_free(q); return 0; }\n')
    status, said = typed("explore", "--file", str(own / "mine.c"), "--dir", str(own))
    assert status == 1 and "not 4" in said and "make replay ID=mine-" in said


@pytest.mark.parametrize("name, part", [("serve", "pool"), ("journal", "locks")])
def test_a_scenario_of_ones_own_may_be_about_any_module(typed, tmp_path, name, part):
    shutil.copy(ROOT / "grader" / "scenarios" / f"{name}.c", tmp_path / "mine.c")
    status, said = typed("explore", "--file", str(tmp_path / "mine.c"), "--dir", "solutions", "--schedules", "100")
    assert status == 0 and "explore: mine" in said and "none, in all orders" in said


def test_a_failure_of_a_whole_server_is_repeated_and_searched_for_in_another(typed, own):
    serve = own / "pool" / "serve.c"
    right = serve.read_text()
    serve.write_text(right.replace("i < options->workers; i++)\n        queue_put", "i < 1; i++)\n        queue_put"))
    assert serve.read_text() != right
    status, said = typed("explore", "--scenario", "serve", "--dir", str(own))
    id, schedule = re.search(r"make replay ID=(\S+)", said)[1], re.search(r"schedule: (.*build:\w+)", said)[1]
    status, again = typed("replay", id)
    assert status == 1 and f"schedule: {schedule}" in again
    serve.write_text(right)
    status, mended = typed("replay", id)
    assert status == 0 and "not this failure, and no other" in mended


@pytest.mark.parametrize("arguments, words", [
    (["--task", "9z"], "no scenarios of task '9z'; choose TASK from 2a, 2b, 2c"),
    (["--task", ""], "no scenarios of task ''"),
    (["--scenario", "nosuch"], "no scenario 'nosuch'"),
    (["--scenario", "flag", "--schedules", "-4"], "--schedules takes a number from 1"),
    (["--scenario", "flag", "--schedules", "0"], "--schedules takes a number from 1"),
    (["--scenario", "queue-of-one", "--dir", "lab"], "there is no pool/queue.c in"),
])
def test_what_cannot_be_searched_is_said_in_a_line(typed, arguments, words):
    status, said = typed("explore", *arguments)
    assert status == 2 and words in said


def test_a_module_that_does_not_compile_is_told_with_the_compilers_words(typed, own):
    (own / "pool" / "stats.c").write_text("int stats_open(void) { return nothing; }\n")
    status, said = typed("explore", "--task", "2b", "--dir", str(own))
    assert status == 2 and "it does not compile" in said and "nothing" in said


@pytest.mark.parametrize("words", [["explore", "--task", "2b"], ["schedule", "stats-crowd"]])
def test_a_module_whose_steps_are_not_all_seen_is_told_with_its_line(typed, own, words):
    (own / "pool" / "stats.c").write_text('#include "stats.h"\nvoid f(struct stats s) { }\nstruct stats a;\n'
                                          'int stats_open(void) { f(a); return 0; }\n')
    status, said = typed(*words, "--dir", str(own))
    assert status == 2 and f"{words[0]}: orders are not explored: explore-cc: stats.c:4 passes a struct by value" in said
    assert "does not compile" not in said


def test_a_search_that_says_nothing_costs_nothing_and_is_not_kept(typed, own, elsewhere):
    (own / "mine.c").write_text("#include <unistd.h>\nint main(void) { return fork() < 0; }\n")
    status, said = typed("explore", "--file", str(own / "mine.c"))
    assert status == 3 and "not supported" in said and "make replay" not in said
    assert not elsewhere.exists()


def test_a_finding_that_is_not_there_is_answered_with_those_that_are(typed, elsewhere):
    status, said = typed("replay", "stats-000000")
    assert status == 2 and "there is none" in said
    typed("explore", "--scenario", "counter")
    shutil.copy(next(elsewhere.glob("*.json")), elsewhere.parent / "outside.json")
    status, said = typed("replay", "../outside")
    assert status == 2 and re.search(r"there are counter-[0-9a-f]{6}", said)


# ---- the table --------------------------------------------------------------


def test_the_table_names_files_tasks_and_modules_that_exist():
    known = scenarios.table()
    assert {s.task for s in known.values()} == {"", "2a", "2b", "2c", "2e", "3a", "3b", "3c"}
    for s in known.values():
        assert s.file.is_file() and s.schedules > 0 and s.about
        assert not s.module or (ROOT / "starter" / s.module).is_file()
    assert {s.file.name for s in known.values()} == {p.name for p in scenarios.SCENARIOS.glob("*.c")}


def test_an_entry_that_is_wrong_is_named(tmp_path):
    (tmp_path / "t.toml").write_text('[one]\nfile = "a.c"\ncolour = 1\n')
    with pytest.raises(ValueError, match="one: .*colour"):
        scenarios.table(tmp_path / "t.toml")


def test_how_to_write_a_scenario_is_said_in_ten_lines():
    said = (scenarios.SCENARIOS / "README.md").read_text()
    assert len(re.findall(r"^\d+\. ", said, re.MULTILINE)) == 10

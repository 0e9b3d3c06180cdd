"""Every command of the handout, wherever it stands, is typed by a test.

What stands below a See is typed by test_handout_commands.py. The rest is in
one of three lists: it is typed here, a test elsewhere types it, or it is not
typed, and why.
"""

import ast
import re
import shutil

import pytest

from grader.tests import test_handout_commands
from grader.tests.test_handout import HANDOUT, ROOT, TASKS
from grader.tests.test_handout_commands import NOTHING, commands, shown, typed

kit, start = test_handout_commands.kit, test_handout_commands.start
# Blocks that show something, and are not to be typed: how each begins.
SHOWN = ("         0 s ", "served   worker 1", "worker 1  holds savings",
         "Possible data race during")
TYPED = {
    "make run PART=pool LATE=50": [],       # where it listens is waited for
    'curl -w "\\n" -d hello "$LAB/echo"': [r"^hello$"],
    'curl -w "\\n" -d hello "$LAB/echo?wait=2000"': [r"^hello$"],
    'curl "$LAB/stats"': [r'{"served": 2, "bytes": 10, "active": 0, "peak": \d}'],
    "ls /proc/$PID/task": [r"\A\d+\n(?:\d+\n){8}\Z"],
    "cat /proc/$PID/task/*/wchan": [r"\w"],
    "gdb -p $PID": [r"LWP|\[Thread debugging"],
    "make stuck": [r"thread|worker"],
    "make predict": [r"^  0a  The second client waits", r"^  q8  A longer queue"],
    "make predict TASK=1a": [r"How many has it after 100"],
    "make predict TASK=q1": [r"silent clients connect to a pool"],
    "make status": [r"^Next: "],
    "make hint TASK=1a": [r"hint 1 of 3"],
    "make check PART=answers": [r"^Score: \d"],
    "kill $PID": [NOTHING],
}
# The test, and how the command stands there.
ELSEWHERE = {
    "sudo grader/need check": ("test_doors_need", "test_need_is_silent_when_nothing_is_missing", "need("),
    "make": ("test_course_kit", "test_the_starter_has_no_point_of_as_many_as_the_handout_says", 'make("-s", cwd=kit)'),
    "make check": ("test_round_trip", "test_what_a_student_unpacks_solves_checks_and_hands_in_gets_full_marks", '"check"'),
    "make check TASK=1a": ("test_way_watch", "test_the_grader_itself_leaves_nothing_behind_when_ctrl_c_ends_the_watch", '"TASK=1a"'),
    "make doctor": ("test_doors_doctor", "test_doctor_finds_that_all_can_be_measured_here_or_says_what_not", '"doctor"'),
    "make check PART=fork": ("test_course_kit", "test_the_starter_has_no_point_of_as_many_as_the_handout_says", 'make("check", cwd=kit)'),
    "make help": ("test_doors_dist", "test_the_students_readme_names_only_what_they_have", '"help"'),
    "make handout": ("test_handout_page", "test_the_students_make_handout_writes_a_page_and_a_tagged_pdf", '"handout"'),
    "make watch TASK=1a": ("test_way_watch", "test_the_grader_itself_leaves_nothing_behind_when_ctrl_c_ends_the_watch", '"watch", "TASK=1a"'),
    "make reset TASK=1a": ("test_way_reset", "test_in_the_archive_make_knows_the_beginning_of_every_task_with_a_file", '"reset", "TASK=1a"'),
    "make replay": ("test_schedule", "test_a_failure_is_repeated_on_its_build_and_searched_again_on_another", '"replay"'),
    "make compare": ("test_course_kit", "test_without_processes_the_commands_of_the_kit_work", '"compare"'),
    "make submit": ("test_doors_submit", "test_submit_packs_the_students_files_and_says_which", '"submit"'),
}
# Why nobody types it.
NOT_TYPED = {"export LAB=127.0.0.1:8080 PID=4711": "what `make run` prints; each test that starts a server reads it"}


def blocks(text: str) -> list:
    """The indented blocks of text, each as its lines."""
    return [re.findall(r"^    (.*)", block, re.MULTILINE)
            for block in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)]


def told() -> list:
    """All commands of the handout, each once: the blocks of them, and between
    backticks what begins with a program's name and goes on."""
    plain = re.sub(r"<!--.*?-->\n?", "", HANDOUT, flags=re.DOTALL)
    lines = [line for block in blocks(plain) if not block[0].startswith(SHOWN) for line in block]
    inline = [code for code in re.findall(r"`([^`\n]+)`", plain) if begins(code)]
    return list(dict.fromkeys(re.sub(r"\s+# .*", "", line) for line in lines + inline))


def begins(code: str) -> bool:
    """Whether that is to be typed: a manual page, a kernel's call or a word is not."""
    first, _, more = code.partition(" ")
    return bool(more) and (first == "export" or bool(shutil.which(first))) and first != "man"


def test_every_command_of_the_handout_is_typed_or_it_is_said_why_not():
    see = {line for task in TASKS for line in commands(task)}
    assert len(told()) > 70 and see < set(told())
    listed = {*TYPED, *ELSEWHERE, *NOT_TYPED}
    # A name alone, such as `make run`, is typed where it has words behind it.
    assert [line for line in told() if line not in see | listed and not any(
        other.startswith(line + " ") for other in see | listed)] == []


def test_nothing_is_listed_that_the_handout_does_not_say():
    plain = " ".join(HANDOUT.split())
    assert [line for line in (*TYPED, *ELSEWHERE, *NOT_TYPED)
            if f"`{line}`" not in plain and line not in told()] == []


def source(file: str, name: str) -> str:
    """A function of a file of tests. Raises StopIteration where there is none."""
    text = (ROOT / f"grader/tests/{file}.py").read_text("utf-8")
    found = next(f for f in ast.parse(text).body if isinstance(f, ast.FunctionDef) and f.name == name)
    return ast.get_source_segment(text, found)


@pytest.mark.parametrize("command", ELSEWHERE)
def test_a_command_that_is_typed_elsewhere_is_typed_there(command):
    file, name, as_it_stands = ELSEWHERE[command]
    assert as_it_stands in source(file, name)


@pytest.mark.slow
def test_the_commands_outside_of_a_see_show_what_they_say(start, kit):
    lines = [line for line in TYPED if not line.startswith("make run ")]
    said = typed(list(TYPED), start, kit)
    for line, words in zip(lines, said, strict=True):
        shown(line, TYPED[line], words)

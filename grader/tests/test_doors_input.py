"""What make answers to a part, a task or a word that there is not."""

import pytest

from grader.tests import unpacked
from grader.tests.unpacked import make

packed, kit = unpacked.packed, unpacked.kit


@pytest.mark.parametrize("arguments, says", [
    (["run", "PART=nosuch"], "no part 'nosuch'"),
    (["race-check", "PART=nosuch"], "no part 'nosuch'"),
    (["try", "EXP=ladder", "PART=nosuch"], "no part 'nosuch'"),
    (["try", "EXP=nosuch"], "no experiment 'nosuch'"),
    (["check", "TASK=9z"], "9z"),
    (["check", "PART=nosuch"], "nosuch"),
    (["check", "TASK=0a"], "task 0a has no checks"),
    (["explore", "TASK=1a"], "no scenarios of task '1a'"),
    (["replay", "ID=nosuch"], "no finding 'nosuch'"),
    (["replay"], "say which with ID="),
    (["schedule", "SCENARIO=nosuch"], "no scenario 'nosuch'"),
    (["schedule", "s=T1:1"], "write S=T1:1"),
    (["check", "task=2c"], "write TASK=2c"),
    (["check", "part=pool", "dir=starter"], "write DIR=starter PART=pool"),
    (["hint"], "there are hints for 1a, 1b, 1c,"),
    (["hint", "TASK=9z"], "there is no task '9z'; there are hints for 1a,"),
    (["hint", "TASK=0a"], "task 0a has no hints"),
    (["hint", "TASK=2c", "again=1"], "write AGAIN=1"),
    (["status", "DIR=nosuch"], "no directory nosuch"),
    (["watch"], "of which task?"),
    (["watch", "TASK=0a"], "task 0a has no checks"),
    (["watch", "TASK=2c", "DIR=nosuch"], "no directory nosuch"),
    (["reset"], "of which task?"),
    (["reset", "TASK=2a"], "task 2a has no file of C"),
    (["reset", "TASK=1a", "yes=1"], "write YES=1"),
    (["load"], "no server runs"),
    (["submit", "DIR=nosuch"], "no directory nosuch"),
])
def test_bad_input_is_named_in_one_line(kit, arguments, says):
    done = make(*arguments, cwd=kit)
    assert done.returncode == 2
    assert any(says in line for line in done.stdout.splitlines())
    assert "Traceback" not in done.stdout


def test_an_unknown_part_is_answered_with_those_there_are(kit):
    assert "serial fork locks pool" in make("run", "PART=x", cwd=kit).stdout

"""The handout: its rules of writing, and that what it names exists."""

import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from grader.course import handout

ROOT = Path(__file__).resolve().parents[2]
HANDOUT = (ROOT / "handout.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARAGRAPHS = ["Ticket", "Predict", "Do", "See", "Done when", "Read"]
BANNED = ("simply", "just", "obviously", "of course")
TASK = re.compile(r"^### (\w+) · .+?(?=^#+ |\Z)", re.MULTILINE | re.DOTALL)
TASKS = {m[1]: m[0] for m in TASK.finditer(HANDOUT)}


def prose(text: str) -> str:
    """text without code blocks, tables, headings and comments."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    keep = [line for line in text.splitlines()
            if not re.match(r"    |\||#|<!--|!\[", line)]
    return re.sub(r" *<!-- if .*? -->$", "", "\n".join(keep), flags=re.MULTILINE)


def sentences(text: str) -> list:
    """The sentences of text as lists of words; `code` counts as one word."""
    text = re.sub(r"`[^`]*`", "Code", prose(text))
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    found = []
    for block in re.split(r"\n\s*\n|\n- |\n\d\. ", text):
        block = re.sub(r"\*+", "", " ".join(block.split()))
        found += re.split(r'(?<=[.!?])["\')]*\s+(?=[A-Z"(*0-9])', block)
    return [s.split() for s in found if s.split()]


def targets(name: str) -> set:
    """The targets that `make help` would list from a makefile."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))


def commands(text: str) -> set:
    """Every target that text tells its reader to make."""
    return set(re.findall(r"\bmake ([a-z][a-z-]*)\b",
                          "\n".join(re.findall(r"^    .*|`[^`]+`", text,
                                               re.MULTILINE))))


def rubric() -> dict:
    tomllib = pytest.importorskip("tomllib")
    return tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))


def test_the_handout_has_at_most_6000_words():
    assert len(re.sub(r"<!--.*?-->", "", HANDOUT).split()) <= 6000


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_at_most_180_words_besides_commands(task):
    assert len(prose(TASKS[task]).split()) <= 180


@pytest.mark.parametrize("text", [HANDOUT, README], ids=["handout", "README"])
def test_no_sentence_has_more_than_25_words(text):
    assert [" ".join(s) for s in sentences(text) if len(s) > 25] == []


def test_the_average_sentence_has_at_most_16_words():
    lengths = [len(s) for s in sentences(HANDOUT)]
    assert sum(lengths) / len(lengths) <= 16


@pytest.mark.parametrize("text", [HANDOUT, README], ids=["handout", "README"])
def test_no_word_makes_light_of_the_reader(text):
    plain = " ".join(prose(text).lower().split())
    assert [w for w in BANNED if re.search(rf"\b{w}\b", plain)] == []


def test_the_handout_has_the_tasks_of_parts_0_to_3():
    assert list(TASKS) == ["0a", "1a", "1b", "1c", "1d", "1e",
                           "2a", "2b", "2c", "2d", "2e", "3a", "3b", "3c"]


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_its_six_paragraphs_in_order(task):
    assert re.findall(r"^\*\*([^*]+)\*\* ", TASKS[task],
                      re.MULTILINE) == PARAGRAPHS


@pytest.mark.parametrize("task", TASKS)
def test_a_task_names_exactly_the_checks_that_it_is_graded_by(task):
    graded = [c["id"] for c in rubric()["check"] if c["task"] == task and c.get("points")]
    done = re.search(r"^\*\*Done when\*\*.*", TASKS[task], re.MULTILINE)[0]
    assert re.findall(rf"`({task}\.[a-z-]+)`", done) == graded


def test_the_table_of_points_is_what_the_rubric_says():
    assert handout.main(["--check"]) == 0, "run make starter"


def test_a_changed_rubric_changes_the_table(tmp_path):
    changed = rubric()
    changed["check"][0]["points"] = 5
    assert "overlap 5" in handout.filled(HANDOUT, changed) and "overlap 5" not in HANDOUT
    path = tmp_path / "handout.md"
    path.write_text(HANDOUT.replace("overlap 4", "overlap 7"), "utf-8")
    assert handout.main(["--check", str(path)]) == 1
    assert handout.main([str(path)]) == 0
    assert path.read_text("utf-8") == HANDOUT


def test_every_command_of_the_handout_is_a_students_target():
    assert commands(HANDOUT) <= targets("Makefile")


def test_every_command_of_the_readme_is_a_target():
    assert commands(README) <= (targets("Makefile")
                                | targets("grader/instructor.mk"))


def test_every_students_target_is_in_the_handout():
    assert targets("Makefile") - commands(HANDOUT) <= {"all", "clean"}


def test_every_file_that_is_named_exists():
    named = re.findall(r"`((?:lab|grader|starter)/[\w./-]+)`",
                       HANDOUT + README)
    named += re.findall(r"\]\(([\w./-]+)\)", README)
    assert [n for n in named if not (ROOT / n).exists()] == []


def test_every_experiment_of_the_handout_exists():
    for name in re.findall(r"EXP=(\w+)", HANDOUT + README):
        assert (ROOT / f"lab/try/{name}.py").is_file(), name


@pytest.mark.slow
def test_the_report_in_the_readme_is_what_its_command_prints():
    command, block = re.search(r"<!-- report: (.*?) -->\n```\n(.*?)```", README,
                               re.DOTALL).groups()
    assert README[:README.index(block)].count("\n") < 25
    # It writes report/ of its own: one of yours may be open in a browser.
    with tempfile.TemporaryDirectory() as out:
        task, directory = re.fullmatch(r"make check TASK=(\S+) DIR=(\S+)",
                                       command).groups()
        said = subprocess.run(["grader/grade", "--own", "--quick", "--out", out, "--task", task,
                               directory], cwd=ROOT, text=True, check=True,
                              stdout=subprocess.PIPE).stdout
    # How many stay depends on the kernel's timing; that some do does not.
    counted = re.compile(r"\d+ zombies")
    assert counted.sub("N zombies", block) in counted.sub("N zombies", said)

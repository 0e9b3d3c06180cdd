"""What a course gives to students names nothing that is not in that course.

The names come from the kit itself: the tasks and checks of its rubric, the
servers, experiments and scenarios that it has, the commands of its handout."""
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest

from grader import dist
from grader.course import handout, marks, profiles
from grader.course.kit import Kit
from grader.tests import courses
from grader.tests.unpacked import ROOT
from lab.way import experiments

COURSES = {
    **{name: f'profile = "{name}"' for name in profiles.PROFILES},
    **{f"without {part}": f"[parts]\n{part} = false" for part in profiles.PARTS},
    **{f"{part} alone": "[parts]\n" + "".join(f"{p} = {str(p == part).lower()}\n" for p in profiles.PARTS)
       for part in profiles.PARTS if part != "comparison"},
    "no explanations": "[points]\nexplanations = 0", "no predictions": "[points]\npredictions = 0",
    **{f"without {name}": f'[off]\n"{name}" = "later"' for name in (
        *profiles.TASKS, "1a.overlap", "2a.count", "2a.schedule", "2a.report", "2b.fork", "2b.zoo", "2b.race-check",
        "2d.fixed", "2e.idle", "3a.cycle", "3a.schedule", "3a.no-deadlock",
        "1d.peak", "3c.exact")},
}
SHOWN = "handout.md", "starter/answers.toml", "Makefile", ".vscode/tasks.json", ".vscode/launch.json"
FULL = {name: (ROOT / name).read_text("utf-8") for name in (*SHOWN, "grader/rubric.toml", "grader/scenarios/scenarios.toml")}
HELP = re.compile(r"^[a-z-]+:.*## (.*)$", re.MULTILINE)
NAMED = re.compile(r"\bmake ([a-z][a-z-]*)")


@dataclass(frozen=True)
class Given:
    """What students get of a course: its files' texts, and which files they are."""

    kit: Kit
    tasks: set[str]
    checks: set[str]

    def text(self, name: str) -> str:
        return self.kit.content(name, FULL[name].encode()).decode()

    def shown(self) -> Iterator[tuple[str, str]]:
        """What they read of it, by its name."""
        yield "README.md", self.kit.examples(dist.README)
        for name in SHOWN:
            text = self.text(name)
            yield name, "\n".join(HELP.findall(text)) if name == "Makefile" else text


def given(root: Path, text: str) -> Given:
    (root / "grader").mkdir(parents=True)
    for name in "handout.md", "grader/rubric.toml":
        (root / name).symlink_to(ROOT / name)
    (root / "grader/course.toml").write_text(courses.course(text), "utf-8")
    kit = Kit(root)
    checks = tomllib.loads(kit.content("grader/rubric.toml", b"").decode())["check"]
    return Given(kit, {c["task"] for c in checks if c.get("points")}, {c["id"] for c in checks if not c.get("condition")})


def files(pattern: str) -> dict[str, str]:
    """The tree's files of a pattern, by what stands for the star."""
    return {p.relative_to(ROOT).parts[1] if p.stem == "serve" else p.stem: str(p.relative_to(ROOT)) for p in ROOT.glob(pattern)}


def gone_targets(course: Given) -> set[str]:
    """The commands of which the handout speaks only in sections that this course lacks."""
    there: dict[str, set[bool]] = {}
    for section in handout.SECTION.split(FULL["handout.md"]):
        stays = section.split("\n")[0] in course.text("handout.md")
        for target in NAMED.findall(section):
            there.setdefault(target, set()).add(stays)
    return {target for target, stay in there.items() if True not in stay}


def absent(course: Given) -> Iterator[str]:
    """A pattern for each thing that the whole lab has and this course has not."""
    checks = {c["id"] for c in tomllib.loads(FULL["grader/rubric.toml"])["check"]} - course.checks
    yield from (rf"\b{task}\b" for task in set(profiles.TASKS) - course.tasks)
    yield from (rf"\b{re.escape(check)}(?![\w-])" for check in checks)
    for part, file in files("starter/*/serve.c").items():
        if not course.kit.has(file):
            yield rf'(?<![\w-]){part}/|=[^\S\n]*{part}\b|"{part}"'
    for name, file in files("lab/try/*.py").items():
        if not course.kit.has(file):
            yield rf"EXP={name}\b"
    left = tomllib.loads(course.text("grader/scenarios/scenarios.toml"))
    for name, entry in tomllib.loads(FULL["grader/scenarios/scenarios.toml"]).items():
        if name not in left or entry.get("task", "") not in course.tasks | {""}:
            yield rf"SCENARIO={name}(?![\w-])"
    yield from (rf"\bmake {target}(?![\w-])" for target in gone_targets(course))


@pytest.fixture(params=COURSES)
def course(request, tmp_path) -> Given:
    return given(tmp_path / "kit", COURSES[request.param])


def test_nothing_is_named_that_the_course_lacks(course):
    named = [(name, m[0], text[:m.start()].count("\n") + 1) for name, text in course.shown()
             for pattern in absent(course) for m in re.finditer(pattern, text)]
    assert named == []


def test_the_handout_sends_nobody_to_a_figure_or_section_that_is_not_there(course):
    text = course.text("handout.md")
    for kind, number in re.findall(r"\b(figure|table) (\d)", text):
        assert f"\n{kind.capitalize()} {number}. " in text
    for title in re.findall(r'"([A-Z][^"\n]+)" below|the table "([^"\n]+)"', text):
        assert f"## {''.join(title)}\n" in text
    for number in re.findall(r"\bpart (\d)", text):
        assert f"# Part {number}:" in text
    assert "<!-- if" not in text and "<!-- end" not in text


def test_the_experiments_are_those_of_the_tasks_that_are_asked(course):
    for name, file in files("lab/try/*.py").items():
        asked = experiments.tasks(name)
        assert course.kit.has(file) == (not asked or bool({*asked} & {*course.tasks, "0a"}))


def test_answers_has_a_place_for_each_check_that_asks_for_one(course):
    answers = tomllib.loads(course.text("starter/answers.toml"))
    whole = tomllib.loads(FULL["starter/answers.toml"])
    off = {c["id"] for c in tomllib.loads(FULL["grader/rubric.toml"])["check"]} - course.checks
    for task in course.tasks & {*whole}:
        lost = {*whole[task]} - {*answers[task]}
        assert bool(lost) == any(id in off for id in (
            "2a.count", "2a.schedule", "2b.zoo", "3a.cycle", "3a.schedule") if id.startswith(task)), (task, lost)


def test_what_stands_above_some_tables_of_answers_stays_with_those_that_are_left(course):
    text = course.text("starter/answers.toml")
    assert "# For each task, the hours" in text
    for words, kind in ("# The comparison.", "q"), ("A person reads them.", "e"):
        assert (words in text) == any(task.startswith(kind) for task in course.tasks)


def test_no_scenario_is_around_a_file_that_students_do_not_get(course):
    for entry in tomllib.loads(course.text("grader/scenarios/scenarios.toml")).values():
        assert "module" not in entry or course.kit.has(f"starter/{entry['module']}")


def test_a_header_of_the_lab_is_named_only_where_its_task_is_asked(course):
    for name in "handout.md", "starter/answers.toml":
        assert ("queue.h" in course.text(name)) == ("2c" in course.tasks)


def test_the_whole_lab_is_given_as_it_is(tmp_path):
    whole = given(tmp_path / "kit", "")
    assert whole.text("Makefile") == FULL["Makefile"] and whole.text("starter/answers.toml") == FULL["starter/answers.toml"]
    assert whole.text("grader/scenarios/scenarios.toml") == FULL["grader/scenarios/scenarios.toml"]
    assert whole.text("handout.md") == marks.plain(FULL["handout.md"])


def test_what_is_left_of_the_handout_reads_as_if_it_had_been_written_so(course):
    text = course.text("handout.md")
    for line in re.findall(r"^\*\*Done when\*\* (`.*)$", text, re.MULTILINE):
        listed = re.match(r"(`[^`]+`(?:, | and )?)+", line)[0]
        many = listed.count("`") > 2
        assert re.match(r" pass\b" if many else r" passes\b", line[len(listed):]) or "unit tests" in line, line
    assert "\n\n\n" not in text

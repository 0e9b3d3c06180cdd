"""What a student writes down for task 2a (and the means for 3a), held against what happens.

Both answers stand in answers.toml. The schedule is run, on the counter built
with the student's own numbers; nothing that it leads to is computed.
"""
from pathlib import Path
from typing import TypeVar

from grader.box.box import BoxError, Limits
from grader.core import answers
from grader.core.record import Failed, NotMeasured, Passed, text_evidence
from grader.core.subject import Case
from grader.explore import scenarios
from grader.explore.finding import Explored, parse
from grader.explore.schedule import Replay, of_any_build, outcome, replay, steps_told
from grader.explore.schedule_counter import COUNTING, Numbers, made_for, numbers, orders_without_loss
from grader.explore.symbols import Symbols

T = TypeVar("T")
REPLAYS = 3
LONGEST = 2000          # characters of a line
ALONE = Limits(memory=0, wall=60)       # the explorer reserves far more than it uses


def told(case: Case, key: str, empty: T) -> tuple[T, str]:
    """What the task's table says, `empty` where it says nothing, and the student's id.
    Raises Failed where it says something of another kind."""
    try:
        all_of_it = answers.read(case.subject.directory / "answers.toml")
    except FileNotFoundError as error:
        raise Failed("there is no answers.toml", ["answer-missing"]) from error
    except (OSError, ValueError) as error:
        raise Failed(str(error), ["answer-unreadable"]) from error
    value = all_of_it.tasks.get(case.task, {}).get(key, empty)
    if isinstance(value, str):
        value = value.strip()
    if type(value) is not type(empty):
        wanted = "a whole number" if isinstance(empty, int) else "a text"
        raise Failed(f"answers.toml: [{case.task}] {key} should be {wanted}, and is {value!r:.60}", ["answer-unreadable"])
    return value, all_of_it.student


def answer(case: Case, key: str, empty: T) -> tuple[T, str]:
    """As told, and raises Failed where it says nothing."""
    value, student = told(case, key, empty)
    if value == empty:
        raise Failed(f"answers.toml: [{case.task}] has no {key} yet", ["answer-missing"])
    return value, student


def whose(student: str) -> str:
    return f"the numbers of '{student}'" if student else "nobody's numbers: answers.toml has no id"


def count_is_right(case: Case) -> str:
    """The number of orders in which nothing is lost. Raises Failed."""
    count, student = answer(case, "count", 0)
    increments = numbers(student).by_hand
    right, all_of_them = orders_without_loss(increments)
    said = (f"count = {count}, of the {all_of_them} orders of {COUNTING} threads with {increments} "
            f"increment{'s' * (increments > 1)} each ({whose(student)})")
    if count != right:
        raise Failed(said, ["orders-miscounted"])
    return said


def schedule_ends_at_target(case: Case) -> None:
    """Run the line. Raises Passed, Failed, or NotMeasured."""
    line, student = answer(case, "schedule", "")
    mine = numbers(student)
    line = one_line(line)
    counter = Counter(case, mine)
    counter.must_be_in_order()
    replayed = counter.replay(of_any_build(line))
    told = [text_evidence("the schedule, step by step", "\n".join(counter.told(replayed)))]
    end = None if replayed.refused else replayed.last_value("counter", counter.symbols)
    if end == mine.target:
        raise Passed(f"the counter ends at {end}, {REPLAYS} times of {REPLAYS} ({mine}: {whose(student)})", told)
    said = outcome(replayed, counter.symbols)[0] if replayed.refused else f"the counter ends at {end}"
    missed = "schedule-impossible" if replayed.refused else "schedule-misses-target"
    other = made_for(line, mine)
    reason = f"; it looks made for {other[0]} threads with {other[1]} increments each" if other else ""
    raise Failed(f"{said}; asked for: {mine} ({whose(student)}){reason}",
                 [*["schedule-of-other-numbers"] * bool(other), missed], told)


def one_line(text: str) -> str:
    """A schedule as it can be given to a program. Raises Failed."""
    line = " ".join(text.split())
    if len(line) > LONGEST or not line.isprintable():
        raise Failed(f"a line of {len(line)} characters, or not of letters and digits", ["schedule-is-no-line"])
    return line


class Scene:
    """A scenario of ours, built around files of ours, and run in the box."""

    def __init__(self, case: Case, scenario: scenarios.Scenario, directory: Path, name: str):
        """name: of the program, where it is built."""
        self.box, self.about = case.subject.box, scenario.name
        try:
            self.program = scenarios.build(scenario, directory, case.subject.builder.stage / name)
            self.symbols = Symbols(self.program)
        except (scenarios.CannotBuild, OSError) as error:
            raise NotMeasured(f"the {self.about} cannot be built: {error}") from error

    def run(self, line: str) -> Explored:
        """Raises ValueError for what is no line, NotMeasured for what is our fault."""
        return self.explored("--replay", line)

    def explored(self, *options: str) -> Explored:
        """What the program prints. Raises as run does."""
        try:
            done = self.box.run([str(self.program), *options], limits=ALONE)
        except BoxError as error:
            raise NotMeasured(f"the {self.about} cannot be run: {error}") from error
        if done.stdout:
            return parse(done.stdout.decode())
        said = done.stderr.decode("utf-8", "replace").strip()
        if (done.status.kind, done.status.value) != ("exit", 2) or not said:
            raise NotMeasured(f"the explorer ended without a word: {done.status}")
        raise ValueError(said)

    def replay(self, line: str) -> Replay:
        """The line, as each of several runs has it. Raises Failed for one
        that is none."""
        try:
            runs = [replay(self.run, line) for _ in range(REPLAYS)]
        except ValueError as error:
            raise Failed(str(error), ["schedule-is-no-line"]) from error
        if len({(r.found.verdict, r.found.hash) for r in runs}) > 1:
            raise NotMeasured(f"{REPLAYS} runs of one line were not alike")
        return runs[0]

    def told(self, replayed: Replay) -> list[str]:
        """Every step, and the end."""
        found = replayed.found
        return [*steps_told(replayed.made, found, self.symbols, replayed.line),
                *steps_told(replayed.rest, found, self.symbols), *outcome(replayed, self.symbols)]


class Counter(Scene):
    """The counter, with a student's numbers."""

    def __init__(self, case: Case, mine: Numbers):
        self.mine = mine
        super().__init__(case, scenarios.find("counter").with_flags(*mine.flags), case.subject.directory,
                         f"counter-{mine.threads}-{mine.increments}")

    def must_be_in_order(self) -> None:
        """A canary: undisturbed, nothing is lost. Raises NotMeasured."""
        end = replay(self.run, "").last_value("counter", self.symbols)
        if end != self.mine.whole:
            raise NotMeasured(f"undisturbed, the counter ends at {end} and not at {self.mine.whole}")

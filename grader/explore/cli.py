"""make explore, make replay, make schedule.

usage: cli.py explore (--task TASK | --scenario NAME | --file FILE.c) [--dir DIR] [--seed N] [--schedules N]
       cli.py replay ID [--dir DIR] [--step | --trace | --gdb]
       cli.py schedule NAME|FILE.c [--line "T1:1 T2:4 ..."] [--dir DIR] [--flags "-DTIMES=2"]
Exit status: 0 nothing failed (schedule: the target is met, where there is
one); 1 something failed; 2 usage, or a program that does not compile; 3 it
could not be tried here.
"""
import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Iterator, Optional

from grader.core.rubric import load
from grader.explore import kept, scenarios, tell
from grader.explore.finding import Explored
from grader.explore.schedule import FINE, Replay, joined, outcome, replay, steps_told, stretches
from grader.explore.schedule_counter import COUNTING, Numbers, read_numbers
from grader.explore.schedule_session import Session, play
from grader.explore.scenarios import CannotBuild, NoScenario, Refused, Scenario
from grader.explore.symbols import Symbols
from grader.report.terminal import want_colour
from grader.story import terminal, ways
from grader.story.fields import Names

FOUND, USAGE, CANNOT, STOPPED = 1, 2, 3, 130
SEARCHES = 5        # for one failure on another build, with a seed each


@contextmanager
def built(scenario: Scenario, directory: Path) -> Iterator[Path]:
    """The program, while it is needed. Raises CannotBuild, OSError."""
    with tempfile.TemporaryDirectory(prefix="clk-explore-") as stage:
        yield scenarios.build(scenario, directory, Path(stage, "explored"))


def heading(text: str) -> str:
    """A line that stands out on a terminal, and nowhere else."""
    return f"\x1b[1m{text}\x1b[0m" if want_colour(sys.stdout) else text


# ---- explore ----------------------------------------------------------------


def explore(given: argparse.Namespace) -> int:
    """Search the scenarios that were asked for, one after the other."""
    asked = given.scenario or given.file
    chosen = [scenarios.find(asked)] if asked else scenarios.of_task(given.task)
    if not chosen:
        tasks = sorted({s.task for s in scenarios.table().values() if s.task} & {c.task for c in load().checks.values()})
        raise NoScenario(f"there are no scenarios of task '{given.task}'; "
                         + (f"choose TASK from {', '.join(tasks)}, or say SCENARIO= or FILE=" if tasks else "say SCENARIO= or FILE="))
    status = 0
    for scenario in chosen:
        if given.schedules is not None:
            scenario = replace(scenario, schedules=given.schedules)
        status = max(status, _search(scenario, given.dir, given.seed))
    return status


def _search(scenario: Scenario, directory: Path, seed: int) -> int:
    about = f": {scenario.about}" if scenario.about else ""
    print(heading(f"explore: {scenario.name}{about}"), flush=True)
    with built(scenario, directory) as program:
        found = scenarios.run(program, *scenario.budget, "--seed", str(seed))
        if found.verdict == "fine":
            print(f"  {tell.claim(found)}", flush=True)
            return 0
        symbols = Symbols(program)
        if not found.failed:
            tell_all(found, symbols)
            return CANNOT
        finding = kept.keep(scenario, directory, found, seed)
        _tell_story(found, symbols, scenario, finding.id)
    print(f"\nThe same again: make replay ID={finding.id}\n", flush=True)
    return FOUND


def tell_all(found: Explored, symbols: Symbols) -> None:
    """All of it, step by step, with the fields' names."""
    Names(symbols, found)
    print("\n".join(f"  {line}".rstrip() for line in tell.whole(found, symbols).splitlines()), flush=True)


def _tell_story(found: Explored, symbols: Symbols, scenario: Scenario, id: str) -> None:
    """What matters of it, and where its picture lies."""
    told, directory = ways.of(found, symbols, scenario), kept.KEPT / id
    ways.keep(told, directory)
    lies = os.path.relpath(directory, scenarios.ROOT)
    ending = tell.ending(found, f"{lies}.json")
    print("\n".join(f"  {line}".rstrip() for line in [*terminal.text(told).splitlines(), *ending]))
    print(f"  The picture: {lies}/story.svg", flush=True)


# ---- replay -----------------------------------------------------------------


def again(given: argparse.Namespace) -> int:
    """Repeat a failure on its build, or search for it on another one."""
    finding = kept.load(given.id)
    scenario, directory = finding.as_scenario(), given.dir or Path(finding.directory)
    with built(scenario, directory) as program:
        try:
            found = scenarios.run(program, "--replay", finding.schedule)
        except ValueError as refused:
            if "another build" not in str(refused):
                raise
            return _search_again(finding, program, given)
        if not finding.same_failure(found):
            print(f"replay: {finding.id} does not fail any more in the same way")
        return _go_through(found, program, finding, given)


def _go_through(found: Explored, program: Path, finding: kept.Kept, given: argparse.Namespace) -> int:
    """In the way that was asked for."""
    symbols = Symbols(program)
    if given.gdb:
        return ways.in_gdb(program, finding.schedule)
    if given.step:
        ways.walk(found, symbols, sys.stdout, ways.by_key(sys.stdin, sys.stdout))
    elif given.trace or not found.failed:
        tell_all(found, symbols)
    else:
        _tell_story(found, symbols, finding.as_scenario(), finding.id)
        print(f"\nStep by step: make replay ID={finding.id} STEP=1   all of it: TRACE=1   in gdb: GDB=1")
    return FOUND if found.failed else 0


def _search_again(finding: kept.Kept, program: Path, given: argparse.Namespace) -> int:
    """The code has changed: look for the same failure from the beginning."""
    print(f"replay: this is another build than that of {finding.id}, so its schedule means nothing here;\n"
          f"searching again for: {_signature(finding)}", flush=True)
    scenario, other = finding.as_scenario(), None
    for seed in range(finding.seed, finding.seed + SEARCHES):
        found = scenarios.run(program, *scenario.budget, "--seed", str(seed))
        if found.verdict == "fine" and not other:
            print(f"replay: {tell.claim(found)}: not this failure, and no other")
            return 0
        if finding.same_failure(found):
            status = _go_through(found, program, kept.again(finding, found.schedule), given)
            print(f"\nThis build's own schedule is kept: make replay ID={finding.id}")
            return status
        other = other or found
    print("replay: not found again; what is found instead:")
    tell_all(other, Symbols(program))
    return FOUND if other.failed else CANNOT


def _signature(finding: kept.Kept) -> str:
    words = tell.VERDICTS.get(finding.verdict, finding.verdict)
    return f"{words} in {finding.scenario}" + (f" ({finding.about})" if finding.about else "")


# ---- schedule ---------------------------------------------------------------


def schedule(given: argparse.Namespace) -> int:
    """Run a line, or let one be chosen; say where it ends."""
    scenario = scenarios.find(given.name).with_flags(*shlex.split(given.flags))
    numbers = _numbers(scenario, given)
    if numbers:
        scenario = scenario.with_flags(*numbers.flags)
    with built(scenario, given.dir) as program:
        symbols = Symbols(program)

        def run(line: str) -> Explored:
            return scenarios.run(program, "--replay", line, timeout=60)
        line = given.line
        if line is None:
            session = Session(run, symbols, sys.stdout)
            line = play(session, sys.stdin, _prompt)
            print()
        replayed = replay(run, line)
        _tell_replay(replayed, symbols, told=given.line is not None)
        return _verdict(replayed, symbols, numbers)


def _numbers(scenario: Scenario, given: argparse.Namespace) -> Optional[Numbers]:
    """The student's own numbers, for task 2a's counter, unless others are asked for."""
    if scenario.task != "2a" or given.flags:
        return None
    student, numbers = read_numbers(given.dir / "answers.toml")
    whose = f"the numbers of {student}" if student else "answers.toml has no id yet, so these are nobody's numbers"
    print(heading(f"schedule: {numbers}") + f" ({whose})\n"
          f"2a.count asks about {COUNTING} threads with {numbers.by_hand} increment{'s' * (numbers.by_hand > 1)} each",
          flush=True)
    return numbers


def _prompt() -> None:
    if sys.stdin.isatty():
        print("> ", end="", flush=True)


def _tell_replay(replayed: Replay, symbols: Symbols, told: bool) -> None:
    """Each step of the line, unless they were told before, and those by which
    everybody finished."""
    if told:
        for line in steps_told(replayed.made, replayed.found, symbols, replayed.line):
            print(line)
    if replayed.rest:
        print(heading("everybody finishes:"))
        for line in steps_told(replayed.rest, replayed.found, symbols):
            print(line)
    print()


def _verdict(replayed: Replay, symbols: Symbols, numbers: Optional[Numbers]) -> int:
    said = outcome(replayed, symbols)
    if replayed.refused or not numbers:
        print("\n".join(said))
        status = 0 if replayed.found.verdict in FINE else FOUND
    else:
        end = replayed.last_value("counter", symbols)
        status = 0 if end == numbers.target else FOUND
        print(heading(f"the counter ends at {end}") + f"; the target, {numbers.target}, is "
              + ("met" if status == 0 else "not met"))
    if not replayed.refused and stretches(replayed.line):
        print(f'{"for answers.toml, in [2a]" if numbers else "the line"}: '
              f'schedule = "{joined(stretches(replayed.line))}"')
    return status


# ---- the command line -------------------------------------------------------


def _arguments(args: Optional[list[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="explore")
    commands = parser.add_subparsers(required=True)
    search = commands.add_parser("explore")
    what = search.add_mutually_exclusive_group(required=True)
    for option in "--task", "--scenario", "--file":
        what.add_argument(option)
    search.add_argument("--seed", type=int, default=1)
    search.add_argument("--schedules", type=int)
    search.set_defaults(call=explore)
    repeat = commands.add_parser("replay")
    repeat.add_argument("id")
    how = repeat.add_mutually_exclusive_group()
    for option in "--step", "--trace", "--gdb":
        how.add_argument(option, action="store_true")
    repeat.set_defaults(call=again)
    line = commands.add_parser("schedule")
    line.add_argument("name")
    line.add_argument("--line")
    line.add_argument("--flags", default="")
    line.set_defaults(call=schedule)
    for command in search, line:
        command.add_argument("--dir", type=Path, default=Path("starter"))
    repeat.add_argument("--dir", type=Path)
    given = parser.parse_args(args)
    if given.dir:
        given.dir = scenarios.ROOT / given.dir
    return given


def main(args: Optional[list[str]] = None) -> int:
    given = _arguments(args)
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, signal.default_int_handler)
    name = {explore: "explore", again: "replay", schedule: "schedule"}[given.call]
    try:
        return given.call(given)
    except Refused as told:
        print(f"{name}: orders are not explored: {told}", file=sys.stderr)
        return USAGE
    except CannotBuild as told:
        print(f"{name}: it does not compile:\n{told}", file=sys.stderr)
        return USAGE
    except ValueError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"{name}: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return USAGE
    except subprocess.SubprocessError as error:
        print(f"{name}: it could not be tried: {error}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        print(f"\n{name}: stopped", file=sys.stderr)
        return STOPPED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The ways to go through a failing order: as a story that is kept with its
picture, step by step, or in gdb."""
import json
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable, TextIO

from grader.explore import tell
from grader.explore.finding import Explored
from grader.explore.scenarios import Scenario
from grader.explore.symbols import Symbols
from grader.report.files import write_text
from grader.story import picture, terminal
from grader.story.fields import Names
from grader.story.stacks import Stacks
from grader.story.story import Story, story

STOP = "explore_wrong", "verdict"       # the program's own failure, or the explorer's word


def of(found: Explored, symbols: Symbols, scenario: Scenario) -> Story:
    return story(found, symbols, scenario.module.split("/")[0] if scenario.module else "")


def keep(told: Story, directory: Path) -> None:
    """Write the record, the words and the picture. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    write_text(directory / "story.json", json.dumps(told.to_dict(), ensure_ascii=False, indent=1) + "\n")
    write_text(directory / "story.txt", terminal.text(told) + "\n")
    write_text(directory / "story.svg", picture.svg(told))


def walk(found: Explored, symbols: Symbols, out: TextIO, more: Callable[[], bool]) -> None:
    """Each step that others can see, one at a time, for as long as more() says."""
    Names(symbols, found)       # whom the symbols learn the fields from
    stacks = Stacks(found, symbols)
    steps = [stacks.at_home(e) for e in tell.visible(found.events, found)]
    last = -1
    for n, (event, line) in enumerate(zip(steps, tell.lines(steps, found, symbols))):
        if event.thread != last:
            print(f"{tell.who(event.thread, found)}:", file=out)
            last = event.thread
        print(f"  {n + 1:4} {line}", file=out, flush=True)
        if n + 1 < len(steps) and not more():
            return
    print("\n".join(tell.headline(found, symbols)), file=out, flush=True)


def by_key(keys: TextIO, out: TextIO) -> Callable[[], bool]:
    """Go on at each Enter, until q or the end. Without a terminal nobody is
    asked."""
    if not keys.isatty():
        return lambda: True
    print("Enter: the next step; q: stop", file=out)
    return lambda: keys.readline().strip().lower() not in ("q", "quit") if not keys.closed else False


def in_gdb(program: Path, schedule: str) -> int:
    """gdb on real threads, in the run that fails, where it has failed; without
    a terminal it only shows where that is. Returns gdb's status, or 3 where
    there is no gdb."""
    if not shutil.which("gdb"):
        print("replay: there is no gdb here: grader/need check installs it", file=sys.stderr)
        return 3
    commands = ["set pagination off", "set follow-fork-mode child", "handle SIGALRM nostop noprint pass",
                f"set args --backend threads --replay {shlex.quote(schedule)} >/dev/null",
                *(f"break {name}" for name in STOP), "run", "info threads", "backtrace"]
    asked = [] if sys.stdin.isatty() else ["-batch"]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)       # Ctrl-C is gdb's
    try:
        return subprocess.run(["gdb", "-q", "-nx", *asked, *(word for c in commands for word in ("-ex", c)),
                               str(program)]).returncode
    finally:
        signal.signal(signal.SIGINT, before)

"""make compare: the servers side by side, as a table, a page and numbers.

    compare [--dir DIR] [--models NAME,NAME] [--quick] [--out FILE]

Measured are serial (lab/), fork and pool (DIR; or solutions/ where it exists,
else starter/) and thread per client (lab/thread/ where it exists, else
starter/pool; not measured where DIR's pool is still that very code). Ratios are to
pool, the base, as medians of paired rounds with quartiles; those of memory are
to thread. The base runs twice: what it differs from itself is the noise of
this machine. Around these scored points: curves over clients and waits,
processes and threads over time, and the system calls of a request.

The scored points, sealed, are also put beside DIR's answers.toml: that file is
handed in. Those of --quick are put there only where no whole run lies. They
bear the hashes of what make predict had been told before.

Exit status: 0 all was measured (or is the pool's beginning, as above), 1 a
server could not be, 2 usage.
"""

import argparse
import os
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple

from grader.bench import (curves, gathered, grid, live, report, rounds, seal,
                          syscalls, table)
from grader.bench.rounds import Contender
from grader.bench.servers import ROOT, Program, Server, build, part, serial
from grader.pace.spread import LEAST
from grader.pace.tool import CannotMeasure, build_load
from lab.predict.answers import predicted

BASE, AGAIN = "pool", "pool again"
WAITS = (0, 20)
NAMES = ("serial", "fork", "thread", BASE)


@dataclass(frozen=True)
class Budget:
    """How much of everything: the second by which the rounds of the scored
    points, and those of the curves, are over, where there was something to
    compile, too; how often each. holds: rounds in which clients are held.
    least: rounds that are made however long they take.
    """

    holds: int
    rounds: int
    least: int
    scored: float
    curves: float
    times: int
    clients: Tuple[int, ...]
    waits: Tuple[int, ...]
    watched: float  # seconds for each server; 0: none is
    seconds: int  # about so many in all, as the user is told


# A whole run has as many of all as an interval needs; a first look need not.
WHOLE = Budget(LEAST, 20, LEAST, 26, 49, 3, grid.CLIENTS, grid.WAITS, 1.2, 55)
QUICK = Budget(1, 5, 3, 7, 9, 1, (1, 8, 64), WAITS, 0, 12)


@dataclass
class Around:
    """What is measured beside the scored points, as compare.json has it."""

    curves: List[dict] = field(default_factory=list)
    live: List[dict] = field(default_factory=list)
    syscalls: List[dict] = field(default_factory=list)


BUILT = ROOT / "build/compare"
SOLUTIONS = ROOT / "solutions"      # EchoCo's, which no student has
WRITTEN = ROOT / "report/compare.json"
NOT_GIVEN = "fork: your course has no processes"
UNTOUCHED = ("thread: your pool is still the server with a thread for each "
             "client")


def same(one: Path, other: Path) -> bool:
    """Whether two directories have the same C files."""
    def code(directory: Path) -> dict:
        return {p.name: p.read_bytes() for p in directory.glob("*.c")}

    return code(one) == code(other)


def tree_of(directory: Optional[str]) -> Path:
    """Whose fork/ and pool/ are measured."""
    if directory:
        return Path(directory).resolve()
    return SOLUTIONS if SOLUTIONS.is_dir() else ROOT / "starter"


def asked() -> bool:
    """Whether this course has processes: a kit without them has none of their files."""
    given = ROOT / "lab/starter"
    return not given.is_dir() or (given / "fork").is_dir()


def untouched(tree: Path) -> bool:
    """Whether a tree's pool is still the server with a thread for each
    client, from which a pool is made."""
    return same(seal.thread(), tree / "pool")


def choose(directory: Optional[str],
           models: Sequence[str] = NAMES) -> Tuple[List[Program], List[str]]:
    """The programs to measure, the base last, and what is missing.

    Raises CannotMeasure if there is no base in directory.
    """
    tree = tree_of(directory)
    wanted = [(tree, "fork", "fork")]
    programs, missing = [serial()] if "serial" in models else [], []
    thread = seal.thread()
    if not untouched(tree):
        wanted.append((thread.parent, thread.name, "thread"))
    elif "thread" in models:
        missing.append(UNTOUCHED)
    for where, name, called in wanted:
        try:
            if called in models:
                programs.append(part(where, name, called))
        except CannotMeasure as error:
            missing.append(NOT_GIVEN if called == "fork" and not asked() else f"{called}: {error}")
    return programs + [part(tree, "pool", BASE)], missing


def prepare(programs: Sequence[Program]) -> List[Contender]:
    """Build all; one that does not compile is left out with the reason.

    Raises CannotMeasure if it is the base.
    """
    contenders = []
    for program in programs:
        c = Contender(program.name, program)
        try:
            c.binary = build(program, BUILT)
        except CannotMeasure as error:
            if program.name == BASE:
                raise
            c.leave_out(str(error))
        contenders.append(c)
    return contenders + [Contender(AGAIN, programs[-1], contenders[-1].binary)]


def start(contenders: Sequence[Contender], stack: ExitStack) -> None:
    """Have all servers running that can."""
    for c in contenders:
        try:
            if not c.why and c.binary:
                c.server = stack.enter_context(
                    Server(c.binary, rounds.OPTIONS))
        except CannotMeasure as error:
            c.leave_out(str(error))


def measure_around(contenders: Sequence[Contender], load: Path, budget: Budget,
                   began: float, progress: Callable[[str], None]) -> Around:
    """Everything but the scored points; the servers run."""
    once = [c for c in contenders if c.name != AGAIN]
    found = grid.measure(once, load, budget.times, began + budget.curves,
                         progress, budget.clients, budget.waits)
    around = Around(curves.table(found, budget.clients, budget.waits))
    for c in once:
        if c.why or not c.server or not c.binary:
            continue
        progress(f"{c.name}: threads over time, system calls")
        if budget.watched:
            around.live.append(live.record(
                live.watch(c.name, c.server, load, budget.watched)))
        around.syscalls.append(syscalls.record(
            syscalls.measure(c.name, c.binary, load)))
    return around


def measure_all(contenders: Sequence[Contender], budget: Budget,
                began: float) -> Tuple[int, Around]:
    """Fill in the contenders; the number of rounds, and what is around."""
    load = build_load(BUILT)
    progress = table.progress if sys.stderr.isatty() else lambda _: None
    with ExitStack() as stack:
        for _ in range(budget.holds):
            rounds.hold_round(contenders, load)
        start(contenders, stack)
        count = rounds.burst_rounds(contenders, load, WAITS, budget.rounds,
                                    began + budget.scored, budget.least,
                                    progress)
        around = measure_around(contenders, load, budget, began, progress)
    progress("")
    return count, around


def models(text: str) -> List[str]:
    """Names, apart by commas or spaces. Raises ArgumentTypeError for one that
    is none of them."""
    names = text.replace(",", " ").split()
    for name in names:
        if name not in NAMES:
            raise argparse.ArgumentTypeError(f"there is no model '{name}'; there are {', '.join(NAMES)}")
    return names or list(NAMES)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse; DIR=, MODELS= and QUICK= from make's environment are the
    defaults."""
    parser = argparse.ArgumentParser(
        prog="compare", description="measure the servers side by side")
    parser.add_argument("--dir", default=os.environ.get("DIR") or None,
                        help="whose fork/ and pool/ to measure")
    parser.add_argument("--models", type=models,
                        default=os.environ.get("MODELS") or " ".join(NAMES),
                        help=f"which of {', '.join(NAMES)}; {BASE} always is")
    parser.add_argument("--quick", action="store_true",
                        default=os.environ.get("QUICK", "") not in ("", "0"),
                        help="few rounds, under 15 s")
    parser.add_argument("--out", type=Path,
                        default=WRITTEN,
                        help="where the numbers go (report/compare.json)")
    options = parser.parse_args(argv)
    if options.dir and not Path(options.dir).is_dir():
        parser.error(f"there is no directory {options.dir}")
    if options.out.is_dir():
        parser.error(f"--out {options.out} is a directory")
    if options.out.suffix in (".html", ".csv"):
        parser.error(f"--out {options.out}: name the numbers, .json; the page "
                     "and the table lie beside them")
    return options


def named(options: argparse.Namespace) -> List[str]:
    """The models, where not just all of them are meant."""
    return options.models if options.models != list(NAMES) else []


def run(options: argparse.Namespace) -> int:
    """Everything; the exit status. Raises CannotMeasure without a base."""
    options.out.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(options.out.parent, os.W_OK):
        raise CannotMeasure(f"cannot write into {options.out.parent}")
    budget, began = QUICK if options.quick else WHOLE, time.monotonic()
    programs, missing = choose(options.dir, options.models)
    print(table.heading(programs, missing, budget.seconds), flush=True)
    contenders, where = prepare(programs), table.machine()
    count, around = measure_all(contenders, budget, began)
    rows = table.rows(contenders, WAITS, BASE)
    print(table.text(rows, contenders, WAITS, BASE, AGAIN, count, where))
    bars = sys.stdout.isatty() and (sys.stdout.encoding or "").lower() == "utf-8"
    print(curves.text(around.curves, bars))
    data = seal.sealed({
        **gathered.measured(contenders, missing, BASE, AGAIN), "rows": rows,
        "command": gathered.command(options.dir, named(options), options.quick),
        "quick": options.quick,
        "workers": rounds.WORKERS if not untouched(tree_of(options.dir)) else None,
        "machine": where, "seconds": round(time.monotonic() - began, 1),
        "curves": around.curves, "live": around.live,
        "syscalls": around.syscalls,
        "kit": seal.kit(),
        "predicted": predicted(tree_of(options.dir) / "answers.toml")})
    told = report.write(data, options.out)
    print(f"\nnumbers: {options.out}\n{told}")
    if options.out == WRITTEN and (options.dir or not SOLUTIONS.is_dir()):
        print(seal.hand_in(data, tree_of(options.dir)), end="")
    return 1 if set(missing) - {UNTOUCHED, NOT_GIVEN} or any(c.why for c in contenders) else 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command."""
    options = arguments(sys.argv[1:] if argv is None else argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(options)
    except CannotMeasure as error:
        print(f"compare: {error}", file=sys.stderr)
    except OSError as error:
        print(f"compare: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("compare: interrupted, nothing was written", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""make compare: the servers side by side, as a table and report/compare.json.

    compare [--dir DIR] [--quick] [--out FILE]

Measured are serial (lab/), fork and pool (DIR; or solutions/ where it exists,
else starter/) and thread per client (lab/thread/ where it exists, else
starter/pool; left out where DIR's pool is still that very code). Ratios are to
pool, the base, as medians of paired rounds with quartiles; those of memory are
to thread. The base runs twice: what it differs from itself is the noise of
this machine.

Exit status: 0 all was measured, 1 a server could not be, 2 usage.
"""

import argparse
import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from grader.bench import rounds, table
from grader.bench.rounds import Contender
from grader.bench.servers import (ROOT, CannotMeasure, Program, Server, build,
                                  build_load, part, serial)

BASE, AGAIN = "pool", "pool again"
WAITS = (0, 20)
ENOUGH, FIRST_LOOK = 42, 9  # seconds after which no round begins
BUILT = ROOT / "build/compare"
THREAD = ROOT / "lab/thread"    # in a student's kit: the starter as it was


def same(one: Path, other: Path) -> bool:
    """Whether two directories have the same C files."""
    def code(directory: Path) -> dict:
        return {p.name: p.read_bytes() for p in directory.glob("*.c")}

    return code(one) == code(other)


def choose(directory: Optional[str]) -> Tuple[List[Program], List[str]]:
    """The programs to measure, the base last, and what is missing.

    Raises CannotMeasure if there is no base in directory.
    """
    starter, solutions = ROOT / "starter", ROOT / "solutions"
    tree = Path(directory).resolve() if directory else (
        solutions if solutions.is_dir() else starter)
    wanted = [(tree, "fork", "fork")]
    thread = THREAD if THREAD.is_dir() else starter / "pool"
    if not same(thread, tree / "pool"):
        wanted.append((thread.parent, thread.name, "thread"))
    programs, missing = [serial()], []
    for where, name, called in wanted:
        try:
            programs.append(part(where, name, called))
        except CannotMeasure as error:
            missing.append(f"{called}: {error}")
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


def measure_all(contenders: Sequence[Contender], quick: bool) -> int:
    """Fill in the contenders; the number of rounds."""
    load = build_load(BUILT)
    began = time.monotonic()
    progress = table.progress if sys.stderr.isatty() else lambda *_: None
    with ExitStack() as stack:
        for _ in range(1 if quick else 5):
            rounds.hold_round(contenders, load)
        for c in contenders:
            try:
                if not c.why and c.binary:
                    c.server = stack.enter_context(
                        Server(c.binary, rounds.OPTIONS))
            except CannotMeasure as error:
                c.leave_out(str(error))
        return rounds.burst_rounds(
            contenders, load, WAITS, 5 if quick else 20,
            began + (FIRST_LOOK if quick else ENOUGH), 3, progress)


def save(path: Path, rows: Sequence[dict]) -> None:
    """Write the rows so that the file is never half there. Raises OSError."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.write_text(json.dumps(rows, indent=1) + "\n")
    made.replace(path)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse; DIR= and QUICK= from make's environment are the defaults."""
    parser = argparse.ArgumentParser(
        prog="compare", description="measure the servers side by side")
    parser.add_argument("--dir", default=os.environ.get("DIR") or None,
                        help="whose fork/ and pool/ to measure")
    parser.add_argument("--quick", action="store_true",
                        default=os.environ.get("QUICK", "") not in ("", "0"),
                        help="few rounds, under 15 s")
    parser.add_argument("--out", type=Path,
                        default=ROOT / "report/compare.json",
                        help="where the numbers go (report/compare.json)")
    options = parser.parse_args(argv)
    if options.dir and not Path(options.dir).is_dir():
        parser.error(f"there is no directory {options.dir}")
    return options


def run(options: argparse.Namespace) -> int:
    """Everything; the exit status. Raises CannotMeasure without a base."""
    options.out.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(options.out.parent, os.W_OK):
        raise CannotMeasure(f"cannot write into {options.out.parent}")
    programs, missing = choose(options.dir)
    print(table.heading(programs, missing,
                        FIRST_LOOK if options.quick else ENOUGH), flush=True)
    contenders = prepare(programs)
    count = measure_all(contenders, options.quick)
    rows = table.rows(contenders, WAITS, BASE) + table.machine()
    print(table.text(rows, contenders, WAITS, BASE, AGAIN, count))
    save(options.out, rows)
    print(f"\nnumbers: {options.out}")
    return 1 if missing or any(c.why for c in contenders) else 0


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

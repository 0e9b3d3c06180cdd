"""How often does a comparison claim what is not so? `make bench-twins`.

Again and again, idle and beside two processes that burn CPU, a pool is
compared with itself, which must not be different, and with a copy that waits a
quarter longer than it is asked to, which is a rate of 0.8. Writes its rows to
report/bench.json.
"""
import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, nullcontext
from pathlib import Path

from grader.bench import rounds
from grader.bench.flake import burning
from grader.bench.rounds import CLIENTS
from grader.bench.runs import ROOT, keep
from grader.bench.servers import GIVEN, Server, part
from grader.pace.tool import CannotMeasure, build_load, compile_c
from grader.pace.verdict import LEAST, Verdict, judge, paired

BASE, TWIN, SLOWER = "pool", "twin", "slower"
WAIT, REQUESTS = 20, 4 * CLIENTS
IDLE, LOAD = "idle", "beside load"


def slower_echo(into: Path) -> Path:
    """echo.c of a server that waits a quarter longer. Raises ValueError where
    the code is no longer as it was."""
    text = (ROOT / "lab" / "echo.c").read_text("utf-8")
    if text.count("net_sleep(wait,") != 1:
        raise ValueError("lab/echo.c does not wait where it did")
    made = into / "echo.c"
    made.write_text(text.replace("net_sleep(wait,", "net_sleep(wait + wait / 4,"))
    return made


def programs(into: Path) -> dict[str, Path]:
    """The executables. Raises CannotMeasure, ValueError."""
    own = list(part(ROOT / "solutions", "pool").sources)
    given = [ROOT / name for name in GIVEN]
    right = compile_c(given + own, into / "right", f"-I{ROOT / 'lab'}")
    slow = [slower_echo(into) if g.name == "echo.c" else g for g in given]
    return {BASE: right, TWIN: right, SLOWER: compile_c(slow + own, into / "slow", f"-I{ROOT / 'lab'}")}


def compare(binaries: dict[str, Path], load: Path, count: int, seed: int) -> dict[str, Verdict]:
    """One comparison, of so many rounds. Raises CannotMeasure."""
    shuffle = random.Random(seed).shuffle
    rates: dict[str, list[float]] = {name: [] for name in binaries}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(binary, rounds.OPTIONS)) for name, binary in binaries.items()}
        for server in servers.values():
            rounds.burst(load, server, CLIENTS, WAIT)
        for _ in range(count):
            order = list(servers)
            shuffle(order)
            for name in order:
                rates[name].append(rounds.burst(load, servers[name], REQUESTS, WAIT).rate)
    return {name: judge(paired(rates[name], rates[BASE])) for name in (TWIN, SLOWER)}


def rows(found: dict[str, dict[str, Counter]], times: int) -> list[dict]:
    """Of bench.json: in how many comparisons which claim was made."""
    return [{"name": f"twins: {name}, {load}, {verdict.value}", "value": counts[verdict], "unit": "comparisons",
             "versus": BASE, "ratio": counts[verdict] / times, "low": None, "high": None, "n": times}
            for load, by_name in found.items() for name, counts in by_name.items() for verdict in Verdict]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    if args.times < 1 or args.rounds < LEAST:
        parser.error(f"--times takes a number from 1 up, --rounds one from {LEAST} up")
    found: dict[str, dict[str, Counter]] = {}
    print(f"seed {args.seed}")
    try:
        with tempfile.TemporaryDirectory(prefix="clk-bench-") as into:
            load, binaries = build_load(Path(into)), programs(Path(into))
            for when in (IDLE, LOAD):
                found[when] = {TWIN: Counter(), SLOWER: Counter()}
                with burning() if when == LOAD else nullcontext():
                    for n in range(args.times):
                        for name, verdict in compare(binaries, load, args.rounds, args.seed + n).items():
                            found[when][name][verdict] += 1
                for name, counts in found[when].items():
                    told = ", ".join(f"{v.value} {counts[v]}" for v in Verdict)
                    print(f"{name:8} {when:12} {told}", flush=True)
    except (CannotMeasure, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    keep(rows(found, args.times))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""RESULTS.md: what the corpus and the repeated runs have shown.

    python3 -m grader.corpus.results

writes it from matrix.json, which `make selftest FULL=1` leaves here, and
counts.jsonl, to which `make flake` adds.
"""
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Iterable, Optional

from grader.corpus.bounds import upper
from grader.corpus.counts import COUNTS, Count, read
from grader.corpus.mutant import HERE, ROOT, Case
from grader.corpus.verify import behind, consequences
from grader.report.files import write_text

MATRIX, RESULTS = HERE / "matrix.json", HERE / "RESULTS.md"
MARKS = {"pass": ".", "fail": "f", "blocked": "b", "not-measured": "?"}
HEAD = """# What the grader finds, and how sure that is

Written by `make selftest FULL=1` and `make flake`; not to be edited.
"""
LEGEND = """\
`F` failed and named the planted cause, `f` failed, `b` blocked behind a failure, or failed
because of a broken guard, `.` passed, `?` not measured; `!` is off its `case.toml`.
"""
RATES = """\
A *clean* run is one of a right design: a check that fails there is a *false failure*. An *own*
run is one of a mutant that the check must fail: a pass is a *miss*. Half of the runs or so stand
beside two processes that burn CPU. *At most* is the 95 % upper bound of the rate: 3/n where
nothing was wrong, else Clopper and Pearson's. Counted are runs of the check's files as they are.
"""


def told(case: Case, result: dict) -> str:
    """A case's outcome in one line: what did not pass, or its points."""
    if "error" in result:
        return result["error"]
    if case.design:
        full = result["score"] == result["max"] == result["measured_max"]
        return f"full marks, {result['score']:g}" if full else f"{result['score']:g} of {result['max']:g}"
    shown = [c for c in result["checks"] if c["check"] in case.must_fail
             or c["outcome"] != "pass" and not behind(c)]
    passed = sum(c["outcome"] == "pass" for c in result["checks"])
    return "; ".join([f"{c['check']} {c['outcome']}" + f" ({', '.join(c['causes'])})" * bool(c["causes"])
                      for c in shown] + [f"{passed} pass"])


def row(case: Case, result: dict, checks: list[str]) -> str:
    """One character for each check."""
    records = {c["check"]: c for c in result.get("checks", [])}
    late = consequences(list(records.values()), set(case.must_fail + case.may_fail))
    return "".join(_mark(case, records.get(check), check in late) for check in checks)


def _mark(case: Case, record: Optional[dict], late: bool) -> str:
    if record is None:
        return " "
    if record["outcome"] == "fail" and late:
        return "b"
    if record["outcome"] == "fail" and set(record["causes"]) & set(case.causes):
        return "F"
    return MARKS[record["outcome"]]


def matrix(graded: Iterable[tuple[Case, dict, bool]]) -> dict:
    """matrix.json of cases, their results, and whether these were as expected."""
    parts: dict[str, dict] = {}
    for case, result, good in sorted(graded, key=lambda g: g[0].name):
        part, checks = case.measured_part, case.checks()
        table = parts.setdefault(part, {"title": case.rubric.parts[part].title, "checks": checks,
                                        "mutants": {}, "designs": {}})
        table["designs" if case.design else "mutants"][case.name] = row(case, result, checks) + "!" * (not good)
    return {"commit": commit(), "machine": machine(), "parts": dict(sorted(parts.items()))}


def commit() -> str:
    """The commit, and a word when the tree differs from it."""
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    made = [f":!grader/corpus/{path.name}" for path in (COUNTS, MATRIX, RESULTS)]
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "grader", "lab", "solutions", *made)
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" and changes" if changed else "")


def machine() -> dict[str, str]:
    """What was measured on."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": str(len(os.sched_getaffinity(0))), "kernel": platform.release(),
            **{tool: _version(tool) for tool in ("gcc", "valgrind")}}


def _version(tool: str) -> str:
    try:
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=20).stdout
        return said.splitlines()[0].split()[-1].removeprefix(f"{tool}-")
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "missing"


def render(data: dict, counts: list[Count]) -> str:
    """RESULTS.md."""
    lines = [HEAD, f"Commit {data['commit']}. " + ", ".join(f"{k} {v}" for k, v in data["machine"].items()) + ".\n"]
    for part, table in data["parts"].items():
        lines += [f"## {table['title']}\n", LEGEND, "```", *_upright(table["checks"])]
        for kind in "mutants", "designs":
            good = sum(not r.endswith("!") for r in table[kind].values())
            lines += ["", f"{kind}: {good} of {len(table[kind])} as expected"]
            lines += [f"  {name:34}{cells}".rstrip() for name, cells in table[kind].items()]
        lines += ["```", ""]
    return "\n".join([*lines, "## Error rates\n", RATES, *_rates(data, counts)]) + "\n"


def _upright(checks: list[str]) -> list[str]:
    """The names of the columns, written downwards."""
    height = max(map(len, checks))
    return [(" " * 36 + "".join(c.rjust(height)[n] for c in checks)).rstrip() for n in range(height)]


def _rates(data: dict, counts: list[Count]) -> list[str]:
    order = [c for table in data["parts"].values() for c in table["checks"]]
    sums: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for count in counts:
        for name in (count.kind, f"{count.kind} {count.load}"):
            sums[count.check][name] = [a + b for a, b in zip(
                sums[count.check][name], (count.runs, count.wrong, count.lost))]
    lines = ["| check | clean idle | clean beside load | false | at most | own | missed | at most | not measured |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for check in sorted(sums, key=lambda c: (order.index(c) if c in order else len(order), c)):
        found = sums[check]
        clean, own = found["clean"], found["mutant"]
        lines.append("| " + " | ".join([
            check, str(found["clean idle"][0]), str(found["clean load"][0]), str(clean[1]), _bound(*clean[:2]),
            str(own[0]), str(own[1]), _bound(*own[:2]), str(clean[2] + own[2])]) + " |")
    return lines


def _bound(runs: int, wrong: int) -> str:
    return f"{100 * upper(wrong, runs):.1f} %" if runs else ""


def write(data: Optional[dict] = None) -> None:
    """Write RESULTS.md, and matrix.json when there is a new one. Raises OSError."""
    if data:
        write_text(MATRIX, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    write_text(RESULTS, render(json.loads(MATRIX.read_text("utf-8")), read(COUNTS)))


if __name__ == "__main__":
    try:
        write()
    except OSError as problem:
        sys.exit(f"results: {problem.filename}: {problem.strerror}; `make selftest FULL=1` makes it")

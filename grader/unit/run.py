"""Run a Criterion unit against a module, and say what it found.

    python3 -m grader.unit.run queue starter/pool/queue.c

A unit diagnoses and never decides: what it finds is a line of evidence under
a check. Criterion is watched closely, because its word alone proves little: a
test that leaves early passes, its reports may be missing or broken, and its
runner may hang.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Sequence

ROOT = Path(__file__).resolve().parents[2]
UNITS = Path(__file__).resolve().parent
GIVEN = "lab/net.c"     # a module may call net_refuse
FLAGS: list = []        # further ones for the compiler
SECONDS = 30.0          # for a whole unit, whatever its tests do
LEFT_EARLY = "it left before its last line: something in it ended the process"


@dataclass(frozen=True)
class UnitResult:
    """What one unit found. tests: each test's name, and "" or what went wrong
    in it. reason: why there is no result, or "" when there is one."""

    name: str
    passed: int = 0
    failed: int = 0
    tests: dict = field(default_factory=dict)
    reason: str = ""

    @property
    def good(self) -> bool:
        """True only if every test ran and passed."""
        return not self.reason and self.failed == 0 and self.passed > 0

    def lines(self) -> list:
        """Sentences for a report."""
        if self.reason:
            return [f"{self.name} alone: not measured: {self.reason}"]
        if self.good:
            return [f"{self.name} alone: all {self.passed} tests pass"]
        return [f"{self.name} alone: {test} failed: {why}"
                for test, why in self.tests.items() if why]


class NoResult(Exception):
    """The unit could not be measured; the text says why."""


def run_unit(name: str, sources: Sequence[Path], box_or_launcher=None,
             seconds: float = SECONDS) -> UnitResult:
    """Build grader/unit/NAME.c with `sources` and run it.

    The tests run in the given box, or in a process group of their own if
    there is none; either way nothing outlives `seconds`. Returns a result,
    also when there is nothing to measure with; raises nothing for that."""
    unit = UNITS / f"{name}.c"
    launch = (lambda *a: _in_box(box_or_launcher, *a)) if box_or_launcher else _in_group
    with tempfile.TemporaryDirectory(prefix="clk-unit-") as scratch:
        os.chmod(scratch, 0o755)
        try:
            program = _build(unit, sources, Path(scratch))
            report = launch(program, Path(scratch), seconds)
            return _judge(name, expected_tests(unit), report)
        except NoResult as no:
            return UnitResult(name, reason=str(no))


def expected_tests(unit: Path) -> list:
    """The names of a unit's tests, from its source: the report's own list
    would not miss a test that is missing."""
    return re.findall(r"^Test\(\s*\w+\s*,\s*(\w+)", unit.read_text("utf-8"), re.M)


def _build(unit: Path, sources: Sequence[Path], scratch: Path) -> Path:
    program = scratch / "unit"
    command = ["gcc", "@compile_flags.txt", *FLAGS, "-o", str(program), str(unit), GIVEN,
               *(str(Path(s).resolve()) for s in sources), "-lcriterion"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                              timeout=60, env={**os.environ, "LC_ALL": "C"})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoResult(f"the compiler could not be run: {error}") from error
    if done.returncode == 0:
        program.chmod(0o755)
        return program
    if "criterion.h: No such file" in done.stderr or "-lcriterion" in done.stderr:
        raise NoResult("libcriterion is not installed (libcriterion-dev)")
    told = next((l for l in done.stderr.splitlines() if re.search("error|undefined", l)),
                "the compiler said nothing")
    raise NoResult(f"it does not build: {told.strip()}")


def _environment() -> dict:
    """Without CRITERION_*, one of which makes every test succeed."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _arguments(program: Path, report: Path) -> list:
    return [str(program), "-j4", "--quiet", "--color=never", f"--xml={report}"]


def _in_group(program: Path, scratch: Path, seconds: float) -> bytes:
    """Run the tests in a group of their own, which is killed at the end.

    Returns the report. Raises NoResult if there is none."""
    report = scratch / "report.xml"
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(_arguments(program, report), cwd=scratch, env=_environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=told, start_new_session=True)
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NoResult(f"it did not end within {seconds:g} s") from None
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)    # tests that hang, and their children
            except ProcessLookupError:
                pass
            child.wait()
        told.seek(0)
        return _read(report, f"status {status}", told.read(1000))


def _in_box(box, program: Path, scratch: Path, seconds: float) -> bytes:
    """As _in_group, in a box of grader/box."""
    from grader.box.box import BoxError, Limits
    try:
        with box.workdir() as here:
            report = here / "report.xml"
            # Criterion maps large arenas, and each test is a process.
            done = box.run(_arguments(program, report), cwd=here, env=_environment(),
                           limits=Limits(memory=0, wall=seconds))
            if done.reason:
                raise NoResult(f"it did not end within the limit of {done.reason}")
            return _read(report, f"{done.status.kind} {done.status.value}", done.stderr)
    except BoxError as error:
        raise NoResult(f"the box could not run it: {error}") from error


def _read(report: Path, how: str, told: bytes) -> bytes:
    """The report, which the tests' own process wrote: no link, not too long."""
    try:
        fd = os.open(report, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(fd, "rb") as file:
            return file.read(1 << 20)
    except OSError:
        said = told.decode("ascii", "replace").strip().splitlines()
        last = f': "{said[-1][:100]}"' if said else ""
        raise NoResult(f"it ended ({how}) and left no report{last}") from None


def _judge(name: str, expected: list, report: bytes) -> UnitResult:
    """Hold the report to what the unit's source says."""
    try:
        cases = xml.fromstring(report).iter("testcase")
        tests = {c.get("name", ""): _verdict(c) for c in cases}
    except (xml.ParseError, ValueError) as error:
        raise NoResult(f"its report cannot be read: {error}") from error
    missing = [t for t in expected if t not in tests]
    if missing or len(tests) != len(expected):
        raise NoResult(f"it ran {len(tests)} tests, and the unit has {len(expected)}")
    failed = sum(bool(why) for why in tests.values())
    return UnitResult(name, len(tests) - failed, failed, {t: tests[t] for t in expected})


def _verdict(case: xml.Element) -> str:
    """"", or what went wrong in a test."""
    status = case.get("status")
    if status == "PASSED":
        return "" if int(case.get("assertions", "0")) > 0 else LEFT_EARLY
    error = case.find("error")
    if error is not None:
        return "it hangs" if error.get("type") == "timeout" else "it crashes"
    failure = case.find("failure")
    text = (failure.text or "") if failure is not None else ""
    first = re.sub(r"^\s*\S+\.c:\d+: ", "", text).strip().splitlines()
    return first[0] if first else LEFT_EARLY


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command: 0 if all tests pass, 1 if not, 3 without a result."""
    parser = argparse.ArgumentParser(prog="grader.unit.run", description=__doc__.splitlines()[0])
    parser.add_argument("unit", choices=sorted(p.stem for p in UNITS.glob("*.c")))
    parser.add_argument("source", nargs="+", type=Path)
    args = parser.parse_args(argv)
    result = run_unit(args.unit, args.source)
    print("\n".join(result.lines()))
    return 3 if result.reason else 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main())

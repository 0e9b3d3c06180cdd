"""1a.pace and 2d.pace: not slower than EchoCo's, slower, or not measured."""
import itertools
import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.bench import pace as bench
from grader.bench.compare import BUILT
from grader.bench.servers import ROOT, Server, build, part, serial
from grader.checks import timed
from grader.core import rubric
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Program
from grader.pace import pace
from grader.pace.pace import AGAIN, BASE, OWN, Pace, Rates
from grader.pace.tool import CannotMeasure, build_load
from grader.pace.verdict import LEAST, Verdict

RUBRIC = rubric.load(timing=True)


# ---- the verdict, from figures ----------------------------------------------


def rates(own: float, again: float = 1.0, noise: float = 0.03, n: int = pace.ROUNDS) -> Rates:
    """Of servers that are so many times as fast as the base."""
    source = random.Random(3)
    return Rates(*([speed * 390 * source.gauss(1, noise) for _ in range(n)] for speed in (own, 1.0, again)))


@pytest.mark.parametrize("own, verdict", [
    (1.0, Verdict.FASTER), (1.4, Verdict.FASTER), (0.9, Verdict.FASTER), (0.67, Verdict.SLOWER), (0.8, Verdict.UNCLEAR)])
def test_it_is_claimed_only_what_is_clear_of_the_factor(own, verdict):
    found = pace.compare(rates(own), 1.25)
    assert found.verdict is verdict
    assert f"{own:.2f}"[:3] in found.told and "EchoCo's beside itself: 1.0" in found.told


def test_the_factor_is_where_the_line_is():
    assert pace.compare(rates(0.8), 1.5).verdict is Verdict.FASTER
    assert pace.compare(rates(0.8), 1.1).verdict is Verdict.SLOWER


def test_on_a_noisy_machine_it_is_inconclusive_and_said_how_noisy_it_was():
    found = pace.compare(rates(0.9, noise=0.4), 1.25)
    assert found.verdict is Verdict.UNCLEAR
    assert found.told.startswith("inconclusive") and "0.80 lies in between" in found.told


@pytest.mark.parametrize("own", [1.0, 0.5])
def test_where_echocos_seems_to_differ_from_itself_nothing_is_claimed(own):
    found = pace.compare(rates(own, again=0.9), 1.25)
    assert found.verdict is Verdict.UNCLEAR and "too busy" in found.told and "beside itself: 0.9" in found.told


def test_a_few_rounds_are_no_ground_for_a_claim():
    found = pace.compare(rates(0.5, n=LEAST - 1), 1.25)
    assert found.verdict is Verdict.UNCLEAR and "too few" in found.told


# ---- the bursts, from a stub ------------------------------------------------


class Tool:
    """A load tool for which time passes by arithmetic: each server has so many
    ms for a request, and serves so many at once."""

    def __init__(self, **servers: tuple[float, int]):
        self.servers, self.asked = servers, []

    def __call__(self, load: Path, address: str, requests: int, wait: int, clients: int) -> dict:
        ms, at_once = self.servers[address]
        self.asked.append((address, requests))
        return {"rate": 1000 * min(at_once, clients) / ms}


def measured(monkeypatch, tool: Tool, rounds: int = pace.ROUNDS) -> Rates:
    monkeypatch.setattr(pace, "run_load", tool)
    return pace.measure(Path("load"), {name: name for name in (OWN, BASE, AGAIN)}, 7, rounds)


@pytest.mark.parametrize("own, at_once, verdict", [
    (20, 8, Verdict.FASTER), (30, 8, Verdict.SLOWER), (25, 8, Verdict.UNCLEAR), (20, 1, Verdict.SLOWER)])
def test_a_server_that_needs_longer_or_serves_fewer_at_once_is_slower(monkeypatch, own, at_once, verdict):
    found = measured(monkeypatch, Tool(own=(own, at_once), base=(20, 8), again=(20, 8)))
    assert pace.compare(found, 1.25).verdict is verdict


def test_every_round_has_a_counted_burst_of_each_in_shuffled_order(monkeypatch):
    tool = Tool(own=(20, 8), base=(20, 8), again=(20, 8))
    found = measured(monkeypatch, tool)
    assert len(found.own) == len(found.base) == len(found.again) == pace.ROUNDS
    assert [n for _, n in tool.asked] == [8] * 3 + [32] * 3 * pace.ROUNDS
    rounds = [tuple(name for name, _ in tool.asked[i:i + 3]) for i in range(3, len(tool.asked), 3)]
    assert all(sorted(r) == sorted((OWN, BASE, AGAIN)) for r in rounds) and len(set(rounds)) > 3


def test_a_server_whose_clients_wait_for_each_other_gets_shorter_bursts(monkeypatch):
    tool = Tool(own=(20, 1), base=(20, 8), again=(20, 8))
    measured(monkeypatch, tool)
    assert {name: max(n for other, n in tool.asked if other == name) for name in tool.servers} == \
        {OWN: 8, BASE: 32, AGAIN: 32}


# ---- the check --------------------------------------------------------------


class Running:
    """A server that is said to listen, and whether it was ended."""

    ports = itertools.count(4000)

    def __init__(self, said: dict):
        self.port, self.said = next(self.ports), said

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.said["ended"] += 1


@pytest.fixture
def check(monkeypatch):
    """check(rates) is what 2d.pace does with these, and what became of its servers."""
    said = {"started": [], "ended": 0}
    case = SimpleNamespace(
        seed=1, part=RUBRIC.parts["pool"], check=RUBRIC.checks["2d.pace"], program=lambda: Program(Path("theirs"), frozenset()),
        subject=SimpleNamespace(builder=SimpleNamespace(stage=Path("stage"))))
    case.server = lambda program, workers, capacity: said["started"].append((program.path.name, workers)) or Running(said)
    monkeypatch.setattr(timed, "reference", lambda case: Program(Path("ours"), frozenset()))
    monkeypatch.setattr(timed, "build_load", lambda stage: stage / "load")

    def run(found) -> str:
        def measure(load: Path, addresses: dict, seed: int) -> Rates:
            assert len(set(addresses.values())) == 3
            if isinstance(found, Exception):
                raise found
            return found
        monkeypatch.setattr(pace, "measure", measure)
        try:
            return timed.in_pace(case)
        finally:
            assert said["started"] == [("theirs", 8), ("ours", 8), ("ours", 8)] and said["ended"] == 3
    return run


def test_not_slower_passes_and_says_how_sure_that_is(check):
    assert "EchoCo's beside itself" in check(rates(1.0))


def test_clearly_slower_fails_with_a_cause_of_the_rubrics(check):
    with pytest.raises(Failed) as failed:
        check(rates(0.67))
    assert set(failed.value.causes) <= set(RUBRIC.causes) and failed.value.causes


@pytest.mark.parametrize("found, why", [
    (rates(0.8), "inconclusive"), (rates(1.0, again=0.9), "too busy"), (CannotMeasure("8 reset in 8 requests"), "8 reset")])
def test_what_cannot_be_told_is_not_measured(check, found, why):
    with pytest.raises(NotMeasured, match=why):
        check(found)


# ---- with real servers ------------------------------------------------------


def beside_ours(own: Path, name: str) -> Pace:
    """A server in the place of the student's, beside two of EchoCo's."""
    ours, load = build(part(ROOT / "solutions", name), BUILT), build_load(BUILT)
    options = "-w", "8", "-q", "16"
    with Server(own, options) as first, Server(ours, options) as base, Server(ours, options) as again:
        addresses = {OWN: first.address, BASE: base.address, AGAIN: again.address}
        return pace.compare(pace.measure(load, addresses, seed=1, rounds=LEAST), 1.25)


@pytest.mark.parametrize("name", ["fork", "pool"])
def test_the_serial_server_in_the_place_of_another_never_passes(name):
    found = beside_ours(build(serial(), BUILT), name)
    assert found.verdict is Verdict.SLOWER or "too busy" in found.told, found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name, never", [("reference", "fail"), ("slower", "pass")])
def test_graded_the_reference_never_fails_and_a_slower_one_never_passes(tmp_path, name, never):
    tree = ROOT / "solutions" if name == "reference" else bench.slower(ROOT / "solutions", tmp_path)
    subprocess.run(["grader/grade", "--out", tmp_path / "out", "--task", "1a.pace", "--task", "2d.pace", tree],
                   cwd=ROOT, stdin=subprocess.DEVNULL, check=True, timeout=200)
    found = json.loads((tmp_path / "out" / tree.name / "result.json").read_text())
    timed = {c["check"]: c for c in found["checks"] if c["check"].endswith(".pace")}
    assert len(timed) == 2 and found["complete"] and found["max"] == 0
    for record in timed.values():
        assert record["outcome"] not in (never, "blocked"), record["observed"]
        assert record["outcome"] != "not-measured" or "EchoCo's beside itself" in record["observed"]
        assert record["seconds"] < 20


# ---- the count --------------------------------------------------------------


def graded(outcome: str) -> dict:
    """A result of both checks, and of what they need first."""
    return {"checks": [{"check": check, "outcome": outcome, "observed": "0.81"} for check in bench.CHECKS]
            + [{"check": "1a.overlap", "outcome": "pass", "observed": ""}]}


@pytest.mark.parametrize("outcomes, wrong", [
    (("pass", "fail", "blocked"), []), (("pass", "fail", "pass"), ["serial"]), (("not-measured", "not-measured", "fail"), []), (("fail", "fail", "fail"), ["reference"]),
    (("pass", "pass", "blocked"), ["slower"]), (("blocked", "blocked", "blocked"), ["reference", "slower"])])
def test_a_wrong_outcome_is_counted_and_told(monkeypatch, outcomes, wrong):
    outcome = dict(zip(("reference", "slower", "serial"), outcomes))
    monkeypatch.setattr(bench, "grade", lambda tree, *words: graded(outcome[tree.name]))
    found, said = bench.count({name: Path(name) for name in outcome}, 2 * bench.EVERY)
    times = {"reference": 2 * bench.EVERY, "slower": 2, "serial": 2}
    assert all(found[name][check][o] == times[name] for name, o in outcome.items() for check in bench.CHECKS)
    assert Counter(line.split(":")[0] for line in said) == {name: 2 * times[name] for name in wrong}
    [row] = [r for r in bench.rows(found, "idle") if r["name"] == f"1a.pace of the slower, idle, {outcome['slower']}"]
    assert row["value"] == row["n"] == 2 and row["ratio"] == 1

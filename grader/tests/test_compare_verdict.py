"""Slower, faster, or nothing that can be told: how often that is so."""

import random

import pytest

from grader.bench.servers import ROOT
from grader.bench.twins import slower_echo
from grader.pace.verdict import LEAST, Verdict, judge


def ratios(source: random.Random, middle: float, n: int) -> list[float]:
    """As bursts on a noisy machine have them: now and then one is far off."""
    return [middle * source.gauss(1, 0.05) * (source.choice((0.3, 2.5)) if source.random() < 0.1 else 1)
            for _ in range(n)]


@pytest.mark.parametrize("n", [LEAST, 20])
def test_of_equals_it_is_hardly_ever_claimed_that_they_differ(n: int) -> None:
    source = random.Random(n)
    claims = sum(judge(ratios(source, 1.0, n)) is not Verdict.UNCLEAR for _ in range(300))
    assert claims <= 6


@pytest.mark.parametrize("middle, verdict", [(0.8, Verdict.SLOWER), (1.25, Verdict.FASTER)])
def test_a_quarter_is_seen_in_twenty_rounds(middle: float, verdict: Verdict) -> None:
    source = random.Random(5)
    found = [judge(ratios(source, middle, 20)) for _ in range(40)]
    assert found.count(verdict) >= 30 and set(found) <= {verdict, Verdict.UNCLEAR}


def test_a_factor_moves_the_line() -> None:
    there = [0.8] * 20
    assert judge(there, 0.7) is Verdict.FASTER and judge(there, 0.9) is Verdict.SLOWER
    assert judge(there, 0.8) is Verdict.UNCLEAR


def test_a_few_rounds_are_no_ground_for_a_claim() -> None:
    assert judge([0.5] * (LEAST - 1)) is Verdict.UNCLEAR and judge([]) is Verdict.UNCLEAR


def test_the_slower_copy_is_the_same_code_but_for_the_wait(tmp_path) -> None:
    made = slower_echo(tmp_path).read_text()
    assert made.replace("wait + wait / 4", "wait") == (ROOT / "lab/echo.c").read_text()

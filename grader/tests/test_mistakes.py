"""MISTAKES.md: what it says is what the corpus says."""

import json
import re
from dataclasses import replace

from grader import dist
from grader.corpus import mistakes, mutant, selftest

KNOWN = mutant.load_rubrics()
MUTANTS = {c.name: c for c in mutant.load_all(KNOWN)[0] if not c.design}
SEEN = json.loads(mistakes.SEEN.read_text("utf-8"))


def test_the_page_of_mistakes_is_what_the_corpus_says():
    assert mistakes.MISTAKES.read_text("utf-8") == mistakes.page(), "run make starter"


def test_every_mutant_stands_on_the_page_once_below_a_check_that_must_fail():
    check, found = "", {}
    for line in mistakes.page().splitlines():
        check = line.split()[1] if line.startswith("### ") else check
        if name := re.match(r"- .* `(\w+)`(?:, \d+ of 81)?$", line):
            assert found.setdefault(name[1], check) == check
    assert set(found) == set(MUTANTS)
    assert all(found[name] in case.must_fail for name, case in MUTANTS.items())


def test_what_was_seen_is_of_mutants_that_there_are_and_of_their_own_checks():
    assert {n for n in SEEN if n not in MUTANTS} == set()
    assert {n: own for n, own in SEEN.items() if not set(own) <= set(MUTANTS[n].must_fail)} == {}


def test_a_mistake_that_was_never_seen_has_no_words_for_it():
    case = MUTANTS["fork_single_wait"]
    blind = mistakes.render([case], KNOWN.values(), {})
    told = mistakes.render([case], KNOWN.values(), {case.name: {"1b.coalesced": "19 zombies stayed (SEED=1 FAIL=fork:3)"}})
    assert "Seen:" not in blind
    assert set(told.splitlines()) - set(blind.splitlines()) == {"  - Seen: 19 zombies stayed"}


def test_what_is_kept_of_a_run_is_what_failed_of_what_must():
    case = replace(MUTANTS["fork_single_wait"], must_fail=("1b.coalesced", "1b.reaped"))
    checks = [{"check": c, "outcome": o, "observed": c} for c, o in
              (("1b.coalesced", "fail"), ("1b.reaped", "not-measured"), ("1a.exit", "fail"))]
    assert mistakes.observed([(case, {"checks": checks}, True)]) == {case.name: {"1b.coalesced": "1b.coalesced"}}
    assert mistakes.observed([(case, {"error": "no result"}, False)]) == {}


def test_a_figure_counts_programs_and_the_page_has_it():
    figures = {n: c.found for n, c in MUTANTS.items() if c.found}
    assert {n: f for n, f in figures.items() if not re.fullmatch(r"[1-9]\d? of 81", f)} == {}
    page = mistakes.page()
    assert [n for n, f in figures.items() if f"`{n}`, {f}\n" not in page] == []
    assert [n for n in MUTANTS if n not in figures and f"`{n}`\n" not in page] == []


def test_the_page_of_mistakes_stays_with_the_instructor():
    packed = {str(p) for p in dist.files(mutant.ROOT)}
    assert "grader/MISTAKES.md" not in packed and "grader/rubric.toml" in packed


def test_a_full_selftest_leaves_what_it_saw(monkeypatch):
    kept = []
    monkeypatch.setattr(selftest.results, "write", lambda data: None)
    monkeypatch.setattr(selftest.mistakes, "write", kept.append)
    checks = [{"check": "1b.coalesced", "outcome": "fail", "observed": "19 zombies stayed", "causes": []}]
    done = [selftest.Outcome(MUTANTS["fork_single_wait"], "fork_single_wait", result={"checks": checks})]
    for write in False, True:
        selftest.report(done, [], write)
    assert kept == [{"fork_single_wait": {"1b.coalesced": "19 zombies stayed"}}]

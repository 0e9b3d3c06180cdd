"""make race-check: one record, whoever saw it, and what comes of it."""
import json
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from grader.core.build import ROOT
from grader.explore import cli, kept
from grader.tests.raced import ALL, FOUR, SERVED, STATS, changed, number, only, own_place, program, race, scratch
from grader.witness import explorer, hearing, outcome, searches
from grader.witness.finding import Finding, confirm, four_lines, merge
from grader.witness.hearing import Hearing, hear
from grader.witness.misfortune import Seen
from grader.witness.run import Program, Testimony


COUNTED = [race("all.served", lines=(20, 20)), race("all.bytes", lines=(21, 21)), race("all.active", lines=(22, 13)),
           race("all.peak", lines=(15, 15))]
PEAK = number("peak", "peak is 17, and at most 16 clients were there")
ATOMICS = """#include "stats.h"
#include <stdatomic.h>
static atomic_long served, bytes;
static atomic_int active, peak;
int stats_open(void) { return 0; }
void stats_begin(void) { atomic_store(&peak, atomic_fetch_add(&active, 1) + 1); }
void stats_end(long n) { served++; bytes += n; active--; }
void stats_read(struct stats *s) { *s = (struct stats){ served, bytes, active, peak }; }
"""


# -- a replay

def test_what_the_explorer_confirms_is_kept_and_make_replay_repeats_it(scratch, capsys):
    said = explorer.answer(program(ROOT / "starter", scratch), COUNTED)
    told = confirm(COUNTED, said.findings)
    ids = {f.replay for f in told}
    assert len(ids) == 1 and {f.variable for f in told} == FOUR
    id = ids.pop()
    assert told[0].verdict == f"no common lock; confirmed by replay: make replay ID={id}"
    assert f"make replay ID={id} STEP=1" in told[0].text
    assert cli.main(["replay", id]) == cli.FOUND
    again = capsys.readouterr().out
    assert "a wrong result" in again and "does not fail any more" not in again and "another build" not in again


def test_a_race_of_which_nothing_comes_is_repeated_as_a_race(scratch, changed, capsys):
    idle = changed(ROOT / "solutions", (ALL, f"{ALL}\nstatic long last;"),
                   ("void stats_end(long bytes)\n{", "void stats_end(long bytes)\n{\n    last = bytes;"))
    text = (idle / STATS).read_text().splitlines()
    accused = [race("last", lines=(text.index("    last = bytes;") + 1,) * 2)]
    (told,) = confirm(accused, explorer.answer(program(idle, scratch), accused).findings)
    assert told.replay and kept.load(told.replay).verdict == "data-race"
    assert cli.main(["replay", told.replay]) == cli.FOUND and "data race" in capsys.readouterr().out


def test_only_what_the_replay_shows_has_its_name(scratch):
    racy = program(ROOT / "starter", scratch)
    found = racy.searches[0].call()
    both = explorer.told(found, racy)
    again = racy.searches[0].again(found)
    few = again._replace(explored=replace(again.explored, races=again.explored.races[:1]))
    told = explorer._told_again(found, racy, replace(racy.searches[0], again=lambda _: few))
    assert {f.key for f in told} == {f.key for f in both} and 0 < sum(bool(f.replay) for f in told) < len(told)


def test_a_replay_is_named_where_its_run_shows_that_very_pair_of_lines():
    found = race(lines=(20, 27))
    named = lambda *others: confirm([found], others)[0]
    other = named(race(tool="explorer", lines=(20, 20), replay="stats-crowd-1"))
    assert other.confirmed_by == ["explorer"] and not other.replay and "replay" not in other.verdict
    assert not named(race("all.bytes", "explorer", (20, 27), replay="stats-crowd-1")).replay
    both = [race(tool="explorer", lines=(20, 20), replay="stats-crowd-1"),
            race(tool="explorer", lines=(27, 20), replay="stats-reader-1")]
    assert named(*both).replay == "stats-reader-1"


def test_a_pair_that_the_first_order_does_not_show_is_searched_on(scratch):
    accused = [race(), race(lines=(27, 20))]
    told = confirm(accused, explorer.answer(program(ROOT / "starter", scratch), accused).findings)
    crowd, reader = (kept.load(f.replay) for f in told)
    assert crowd.scenario == "stats-crowd" and "-DREADER" in reader.flags


def test_of_two_records_the_one_that_can_be_repeated_stands():
    many, again = race(tool="explorer"), race(tool="explorer", replay="stats-crowd-1")
    again.accesses[0] = replace(again.accesses[0], op="read")
    assert merge([many, again]) == merge([again, many]) == [again]


def test_an_order_that_fails_otherwise_the_second_time_is_not_kept(scratch, monkeypatch):
    racy = program(ROOT / "starter", scratch)
    found = racy.searches[0].call()
    otherwise = replace(found.explored, about="something else")
    monkeypatch.setattr(searches.scenarios, "run", lambda *_: otherwise)
    assert racy.searches[0].again(found) is None and not list(kept.KEPT.glob("*"))


def test_in_a_grade_nothing_is_kept_and_the_words_stay(scratch):
    said = explorer.answer(program(ROOT / "starter", scratch, keep=False), [race()])
    (told,) = confirm([race()], said.findings)
    assert told.verdict == "no common lock; confirmed by the explorer" and told.replay == ""
    assert "make explore SCENARIO=stats-crowd" in told.text and not kept.KEPT.exists()


def test_a_mended_build_is_searched_as_widely_as_make_explore_does(scratch):
    racy = program(ROOT / "starter", scratch)
    again = racy.searches[0].again(racy.searches[0].call())
    assert (kept.load(again.id).schedules, kept.load(again.id).exhaust) == (3000, 1)


# -- what a number that came out wrong confirms

def test_a_wrong_number_confirms_a_race_on_that_very_field():
    served, bytes_, both = confirm([race(), race("all.bytes"), race("all.bytes and all.served")], [SERVED])
    assert served.verdict == "no common lock; confirmed by chaos (served is 61 and must be 64)"
    assert both.confirmed_by == ["chaos"] and not bytes_.confirmed_by and not bytes_.outcome


def test_two_numbers_that_disagree_accuse_neither():
    torn = number("served and bytes", "a reading in between says served 3 and bytes 200, 100 each")
    assert not any(f.confirmed_by for f in confirm([race(), race("all.bytes")], [torn]))


@pytest.mark.parametrize("wrong, told", [
    (["a reading in between says served 6 and bytes 500, 100 each", "served is 38 and must be 64",
      "active is -2 and must be 0", "peak is 17, and at most 16 clients were there"], {"served", "active", "peak"}),
    (["a reading in between says active -1 and peak 3"], {"active and peak"}),
    (["2 zombies stay"], set()),
])
def test_each_number_that_was_wrong_is_a_finding(wrong, told):
    said = outcome._told([Seen(64, 0, [], threads=True), Seen(64, 0, wrong, threads=True)])
    assert {f.variable for f in said.findings} == told and said.measured == bool(told)
    assert all(f.outcome in wrong and f.kind == "wrong-number" for f in said.findings)


def test_rounds_in_which_nothing_is_wrong_are_a_measured_silence_and_speak_of_no_data_race():
    said = outcome._told([Seen(64, 0, [], threads=True)] * 3)
    assert said.measured and not said.findings and not said.speaks_of(race())
    idle = outcome._told([Seen(64, 0, [], missing=["no process was forked"], nothing=True)])
    assert not idle.measured and "no process was forked" in idle.reason


def test_bad_luck_alone_does_not_answer_an_accusation(monkeypatch):
    said = {"helgrind": Testimony([], True), "tsan": Testimony([], False, "no ThreadSanitizer"),
            "drd": Testimony([], True, races_in=()), "chaos": outcome._told([Seen(64, 0, [], threads=True)])}
    assert Hearing([race()], [], said).reason == "no ThreadSanitizer"


def test_a_wrong_number_has_the_order_that_ends_with_that_number_and_the_others_have_none(monkeypatch, scratch):
    only(monkeypatch)
    wrong = Testimony([SERVED, number("bytes", "bytes is 5900 and must be 6400"), PEAK], True, races_in=())
    racy = replace(program(ROOT / "starter", scratch), luck=lambda: wrong)
    found, others = hear(racy, scratch).alone
    first, said, verdict = four_lines(found)
    assert (first, said) == ("wrong number: bytes", "bytes is 5900 and must be 6400")
    assert verdict == f"a wrong number proves a race condition; confirmed by replay: make replay ID={found.replay}"
    assert kept.load(found.replay).about == "%ld of %d bytes are counted"
    assert four_lines(others)[:2] == ["wrong number: peak and served", f"{SERVED.outcome}; {PEAK.outcome}"]
    assert not others.replay and "no tool names two accesses" in others.verdict


def test_two_numbers_that_disagree_have_an_order_in_which_these_two_do(monkeypatch, scratch, tmp_path):
    monkeypatch.setattr(searches, "SCHEDULES", 1)       # which shows nothing, and is searched further
    shutil.copytree(ROOT / "solutions" / "pool", tmp_path / "pool")
    (tmp_path / STATS).write_text(ATOMICS)
    torn = number("served and bytes", "a reading in between says served 8 and bytes 700, 100 each")
    (found,) = hearing._numbers(program(tmp_path, scratch), [torn])
    assert kept.load(found.replay).about == "%ld requests were served, and %ld bytes of %d each"


def test_every_failure_of_the_numbers_says_which_they_are():
    words = re.findall(r'EXPECT\(.*?"(.*?)"', (ROOT / "grader/scenarios/stats.c").read_text(), re.DOTALL)
    assert {said: set(explorer._numbers(said)) for said in words} == {
        "%d are active, and %d were at most": {"active", "peak"}, "the peak of %d clients is %d": {"peak"},
        "%ld requests were served, and %ld bytes of %d each": {"served", "bytes"},
        "%ld of %d requests are counted": {"served"}, "%ld of %d bytes are counted": {"bytes"},
        "%d are active, and nobody is there": {"active"}, "stats_open failed": set()}


def test_without_such_an_order_it_still_says_that_the_number_is_wrong(monkeypatch, scratch):
    only(monkeypatch)
    (found,) = hear(Program(Path, (STATS,), luck=lambda: Testimony([SERVED], True, races_in=())), scratch).alone
    assert "no tool names two accesses" in found.verdict and "no points lost" not in found.verdict


# -- one record

def test_what_several_see_and_helgrind_does_not_is_one_record(monkeypatch, scratch):
    only(monkeypatch, tsan=[race(tool="tsan"), race("all.bytes", "tsan", (21, 21))],
         drd=[race(tool="drd", lines=(20, 27)), race("all.bytes and all.served", "drd", (29, 29))])
    agrees = Testimony([race(tool="explorer", replay="stats-crowd-1")], True, races_in=(STATS,))
    monkeypatch.setattr(explorer, "answer", lambda *_: agrees)
    served, bytes_ = hear(Program(Path, (STATS,), luck=lambda: Testimony([SERVED], True, races_in=())), scratch).alone
    assert (served.tool, served.confirmed_by) == ("explorer", ["chaos", "drd", "tsan"])
    assert served.verdict == ("no common lock; confirmed by replay: make replay ID=stats-crowd-1; also by "
                              "chaos (served is 61 and must be 64) and DRD and ThreadSanitizer")
    assert (bytes_.tool, bytes_.confirmed_by) == ("tsan", ["drd"])


def test_the_record_of_each_kind_is_what_the_report_knows():
    schema = json.loads((ROOT / "grader/report/result.schema.json").read_text())["$defs"]["finding"]["properties"]
    for found in race(replay="x-1"), SERVED, Finding("tsan", "fd", "a file descriptor", None):
        assert set(found.to_dict()) <= set(schema) and found.kind in schema["kind"]["enum"]


def test_a_program_that_two_witnesses_want_is_built_once():
    built, both = [], threading.Barrier(2)
    once = hearing._once(lambda flags: built.append(flags) or Path("server"))

    def ask(flags: tuple[str, ...]) -> Path:
        both.wait(10)
        return once(flags)
    with ThreadPoolExecutor(2) as room:
        assert list(room.map(ask, [(), ()])) == [Path("server")] * 2
    once(("-O0",))
    assert built == [(), ("-O0",)]

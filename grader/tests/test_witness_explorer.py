"""The explorer as a second witness: what it confirms, and when it is silent."""
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator

import pytest

from grader.box.box import Box
from grader.checks import testimony
from grader.core.build import ROOT, Builder
from grader.core.record import NotMeasured
from grader.core.rubric import load
from grader.core.subject import Case, Subject
from grader.explore import boxed
from grader.explore.boxed import Found
from grader.explore.finding import Access as Side
from grader.explore.finding import Race
from grader.witness import explorer, helgrind, race_check, searches, tsan
from grader.witness.finding import Access, Finding, confirm
from grader.witness.hearing import Hearing, hear
from grader.witness.run import Program, Search, Testimony

FOUR = {"all.served", "all.bytes", "all.active", "all.peak"}
STATS = "pool/stats.c"


def accusation(variable: str = "all.served", file: str = STATS, kind: str = "race", line: int = 999) -> Finding:
    return Finding("helgrind", kind, variable, None, [Access("write", "f", file, line, 2)], "Helgrind's words")


ALL = [accusation(name) for name in sorted(FOUR)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("searches")


def program(directory: Path, out: Path) -> Program:
    files = tuple(f"pool/{p.name}" for p in (directory / "pool").glob("*.[ch]"))
    return Program(lambda flags: Path("/no/server"), files, searches.here(directory, files, out))


@pytest.fixture
def changed(tmp_path, kept) -> Callable[..., Program]:
    """changed(before, after): the reference, whose stats.c is otherwise in one thing."""
    def make(before: str, after: str) -> Program:
        shutil.copytree(ROOT / "solutions" / "pool", tmp_path / "pool")
        source = tmp_path / STATS
        assert before in source.read_text()
        source.write_text(source.read_text().replace(before, after))
        return program(tmp_path, kept)
    return make


@pytest.fixture
def case() -> Iterator[Callable[[Path], Case]]:
    """case(directory): 2b.race-check of a submission, in the box."""
    box, rubric = Box.probe(), load()
    with tempfile.TemporaryDirectory(prefix="clk-witness-") as stage:
        Path(stage).chmod(0o755)
        yield lambda directory: Case(Subject(directory, rubric, box, Builder(box, Path(stage), directory), None, "kit"),
                                     rubric.checks["2b.race-check"])


def heard_in(case: Case) -> Hearing:
    case.subject.quick = True           # one run of each tool
    return testimony.heard(case, case.program())


# -- what it finds

def test_it_names_all_four_racing_numbers_as_the_other_witnesses_do(kept):
    said = explorer.answer(program(ROOT / "starter", kept), ALL)
    assert said.measured and {f.variable for f in said.findings} == FOUR
    assert all(f.confirmed_by == ["explorer"] for f in confirm(ALL, said.findings))
    sides = [a for f in said.findings for a in f.accesses]
    assert {(a.file, a.role) for a in sides} <= {(STATS, "worker"), (STATS, "reader")}
    assert {a.function for a in sides} >= {"stats_begin", "stats_end"}
    assert {f.declared for f in said.findings} == {f"{STATS}:4"}


def test_a_read_of_the_whole_struct_races_with_the_number_that_is_written(kept):
    searched = [s.call() for s in program(ROOT / "starter", kept).searches]
    reader = next(found for found in searched if found.scenario.name == "stats-reader")
    found = explorer.told(reader, program(ROOT / "starter", kept))
    wide = {f.variable for f in found if "stats_read" in {a.function for a in f.accesses}}
    assert "all.peak" in wide and wide <= FOUR


def test_locks_that_one_of_them_held_are_told(changed):
    racy = changed("    pthread_mutex_lock(&lock);\n    //@ end\n    all.active++;\n",
                   "    //@ end\n    all.active++;\n    pthread_mutex_lock(&lock);\n")
    said = explorer.answer(racy, [accusation("all.active")])
    locks = {(a.function, a.locks) for f in said.findings for a in f.accesses}
    assert ("stats_begin", ()) in locks and locks & {("stats_end", ("lock",)), ("stats_read", ("lock",))}


def test_a_block_of_the_heap_is_named_by_where_it_was_made(changed):
    racy = changed("static struct stats all;\n", "#include <stdlib.h>\nstatic struct stats all;\nstatic long *many;\n")
    source = Path(racy.searches[0].call.args[1]) / STATS
    source.write_text(source.read_text().replace("    return 0;", "    many = calloc(1, 8);\n    return 0;")
                      .replace("void stats_end(long bytes)\n{", "void stats_end(long bytes)\n{\n    ++*many;"))
    line = next(n for n, text in enumerate(source.read_text().splitlines(), 1) if "calloc" in text)
    said = explorer.answer(racy, [accusation("?")])
    assert {f.variable for f in said.findings} == {f"byte 0 of the block made in stats_open ({STATS}:{line})"}


def test_two_atomic_accesses_are_no_race(kept):
    racy = program(ROOT / "starter", kept)
    found = racy.searches[0].call()
    race = found.explored.races[0]

    def told(first: bool, second: bool) -> list[Finding]:
        one = Race(race.address, replace(race.first, atomic=first), replace(race.second, atomic=second))
        return explorer.told(Found(found.scenario, replace(found.explored, races=(one,)), found.symbols), racy)
    assert isinstance(race.first, Side) and told(False, False) and told(True, False) and not told(True, True)


def test_a_confirmed_finding_says_how_to_have_it_again(kept):
    said = explorer.answer(program(ROOT / "starter", kept), ALL)
    text = confirm(ALL, said.findings)[0].text
    assert text.startswith("Helgrind's words\n\nThe explorer agrees (stats-crowd:")
    assert "make explore SCENARIO=stats-crowd finds an order" in text and "make replay ID=" in text
    assert confirm(ALL, [accusation()])[0].text == "Helgrind's words"


# -- when it has nothing to say

@pytest.mark.parametrize("accusations", [[], [accusation(file="pool/serve.c")], [accusation(kind="lock-order")]])
def test_it_searches_only_what_is_accused(accusations):
    def never():
        raise AssertionError("a search for nothing")
    assert explorer.answer(Program(Path, (STATS,), (Search(STATS, never),)), accusations) is None


def test_it_searches_no_longer_than_until_all_is_confirmed(kept):
    racy, called = program(ROOT / "starter", kept), []

    def counted(search: Search) -> Search:
        return replace(search, call=lambda: called.append(search) or search.call())
    racy = replace(racy, searches=tuple(map(counted, racy.searches)))
    explorer.answer(racy, ALL)
    assert len(called) == 1
    explorer.answer(racy, [accusation("something.else")])
    assert len(called) == 1 + len(racy.searches) == 5


@pytest.mark.parametrize("design", ["solutions", "grader/corpus/correct/stats-seqlock",
                                    "grader/corpus/correct/stats-ticket-lock", "grader/corpus/correct/stats-one-thread"])
def test_a_right_design_is_met_with_measured_silence(kept, design):
    said = explorer.answer(program(ROOT / design, kept), ALL)
    assert said == Testimony([], True, "", (STATS,))


@pytest.mark.parametrize("call, why", [
    ("pthread_setschedprio(pthread_self(), 0);", "explore-cc: the explorer does not know pthread_setschedprio"),
    ("pthread_cancel(pthread_self());", "T0 calls pthread_cancel at stats.c:"),
    ("extern void given(struct stats); given(all);", " passes a struct by value"),
])
def test_what_it_does_not_know_it_does_not_testify_about(changed, call, why):
    odd = changed("    return 0;", f"    {call}\n    return 0;")
    said = explorer.answer(odd, ALL)
    assert not said.measured and said.reason.startswith("orders are not explored: ") and why in said.reason


def test_a_failure_that_comes_before_any_race_is_no_silence(changed):
    said = explorer.answer(changed("    all.bytes += bytes;", "    if (bytes >= 0) return;"), ALL)
    assert not said.measured and "stats-crowd: " in said.reason


@pytest.mark.parametrize("flag, verdict", [("-DTIMES=2", "fine"), ("-DLOCKED", "wrong-result")])
def test_a_canary_that_sings_wrongly_silences_it(tmp_path, monkeypatch, flag, verdict):
    monkeypatch.setattr(searches, "CANARIES", ((flag, verdict),))
    said = explorer.answer(program(ROOT / "starter", tmp_path), ALL)
    assert not said.measured and f"of a counter with {flag} it says: " in said.reason
    assert not list(tmp_path.glob("*.good"))


# -- what that is worth

def test_its_silence_means_something_only_for_races_in_files_it_searched():
    said = Testimony([], True, "", (STATS,))
    assert said.speaks_of(accusation())
    assert not said.speaks_of(accusation(file="pool/serve.c")) and not said.speaks_of(accusation(kind="lock-order"))
    assert not replace(said, measured=False).speaks_of(accusation())


@pytest.mark.parametrize("file, reason", [(STATS, ""), ("pool/serve.c", "no ThreadSanitizer")])
def test_without_another_witness_it_stands_for_what_it_can_see(file, reason):
    said = {"helgrind": Testimony([], True), "tsan": Testimony([], False, "no ThreadSanitizer"),
            "explorer": Testimony([], True, "", (STATS,))}
    assert Hearing([accusation(file=file)], [], said).reason == reason


def test_the_racy_starter_is_confirmed_by_both_in_the_box(case):
    said = heard_in(case(ROOT / "starter"))
    assert {f.variable for f in said.confirmed} == FOUR
    assert all(f.confirmed_by == ["explorer", "tsan"] for f in said.findings)


def test_where_thread_sanitizer_is_missing_the_explorer_confirms(case, monkeypatch):
    monkeypatch.setattr(tsan, "available", lambda: "no ThreadSanitizer")
    case = case(ROOT / "starter")
    said = heard_in(case)
    assert not said.reason and {f.variable for f in said.confirmed} == FOUR
    assert all(f.confirmed_by == ["explorer"] for f in said.findings)
    assert testimony.in_no_order(case, case.program(), said.findings) == said.findings


def test_where_the_explorer_is_broken_thread_sanitizer_confirms(case, monkeypatch):
    monkeypatch.setattr(boxed, "CANARIES", (("-DLOCKED", "wrong-result"),))
    said = heard_in(case(ROOT / "starter"))
    assert not said.testimonies["explorer"].measured and not said.reason
    assert all(f.confirmed_by == ["tsan"] for f in said.findings) and said.findings


def test_atomics_stay_helgrinds_word_alone(case):
    said = heard_in(case(ROOT / "grader" / "corpus" / "correct" / "stats-seqlock"))
    assert said.findings and not said.confirmed and not said.reason
    assert said.testimonies["explorer"].measured


def test_a_silent_helgrind_leaves_nobody_to_ask(case):
    said = heard_in(case(ROOT / "solutions"))
    assert said.findings == [] and set(said.testimonies) == {"helgrind"}


def test_what_was_built_for_another_check_is_not_built_again(case, monkeypatch):
    case = case(ROOT / "starter")
    asked = Program(Path, (STATS,), searches.in_box(case.subject.builder, (STATS,), 1))
    assert explorer.answer(asked, ALL).measured
    monkeypatch.setattr(boxed, "_build", lambda *_: pytest.fail("built again"))
    assert explorer.answer(asked, ALL).measured


def test_an_order_by_descriptors_is_thread_sanitizers_to_see(case, monkeypatch):
    case = case(ROOT / "starter")
    both = replace(accusation("all.served"), confirmed_by=["explorer", "tsan"])
    one = replace(accusation("all.bytes", line=2), confirmed_by=["explorer"])
    nobody = accusation("all.peak", line=3)
    given = [both, one, nobody]

    def asked(*findings: Finding, measured: bool = True) -> list[Finding]:
        monkeypatch.setattr(tsan, "testify", lambda *_: Testimony(list(findings), measured, "it fell over"))
        return testimony.in_no_order(case, case.program(), given)
    assert asked() == [replace(both, confirmed_by=[]), one, nobody]
    assert asked(replace(accusation("all.served"), tool="tsan")) == given
    with pytest.raises(NotMeasured, match="it fell over"):
        asked(measured=False)


# -- the command

def test_where_nothing_could_be_kept_the_command_says_how_to_find_it_again(monkeypatch, tmp_path, capsys):
    racy = race_check.program("pool", ROOT / "starter", tmp_path)
    racy = replace(racy, searches=program(ROOT / "starter", tmp_path / "explored").searches, luck=None)
    monkeypatch.setattr(helgrind, "testify", lambda *_: Testimony(ALL, True))
    monkeypatch.setattr(tsan, "testify", lambda *_: Testimony([], False, "no ThreadSanitizer"))
    assert race_check.tell(hear(racy, tmp_path), "mine") == 1
    told = capsys.readouterr().out
    assert "4 confirmed by a second witness" in told and "confirmed by the explorer" in told
    assert "make explore TASK=2b DIR=mine" in told

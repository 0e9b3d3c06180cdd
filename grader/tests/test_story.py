"""The story of a failing order: names, whole calls, who comes between, and its forms."""
import io
import json
import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Iterator

import pytest

from grader.explore.finding import Event, Explored
from grader.explore.scenarios import table
from grader.explore.symbols import Symbols
from grader.story import picture, terminal, ways
from grader.story.calls import Locks
from grader.story.story import MOST, Story, story
from grader.tests.explored import build, scenario
from grader.tests.test_explore_corpus import CONFIGURATIONS, MUTANTS, Module

QUICK = "queue_if_not_while queue", "pool_one_cond_signal queue", "queue_single_index queue", \
    "stats_peak_unlocked stats", "stats_two_orders stats"


def of_module(module: Module) -> tuple[Symbols, Explored]:
    """The first configuration that shows the mutant, searched as in a grade."""
    for configuration in CONFIGURATIONS[module.name]:
        program = module.program(configuration)
        found = program.search(*table()[configuration].budget)
        if found.failed:    # a program that was kept was built of files that are gone
            return Symbols(program.path, [module.source.parent]), found
    pytest.fail(f"{module} is not found")


def told(key: str) -> Story:
    symbols, found = of_module(MUTANTS[key])
    return story(found, symbols, "pool")


def of_counter() -> Story:
    program = scenario("counter")
    return story(program.search(), Symbols(program.path))


@pytest.mark.parametrize("key", QUICK)
def test_a_story_has_thirty_lines_at_most(key: str) -> None:
    assert 5 < len(terminal.text(told(key)).splitlines()) <= MOST


@pytest.mark.full
@pytest.mark.timeout(900)
def test_every_mutant_of_queue_and_numbers_has_a_short_story() -> None:
    long = {key: n for key in MUTANTS if (n := len(terminal.text(told(key)).splitlines())) > MOST}
    assert not long


def test_a_thread_that_nobody_has_named_is_called_by_what_it_began_with() -> None:
    program = build(str(Path(__file__).parent / "explore_cases" / "sem.c"), "-DMUTEX=2")
    assert story(program.search(), Symbols(program.path)).threads == {0: "main", 1: "add", 2: "add"}


def test_who_comes_between_a_reading_and_a_writing_is_told_with_the_values() -> None:
    lines = [(line.thread, line.does, line.mark) for line in of_counter().lines if line.function == "count"]
    between = next(i for i, line in enumerate(lines) if line[2] == "between")
    thread, does, _ = lines[between]
    assert re.fullmatch(r"reads counter = \d", does)
    again = next(i for i, line in enumerate(lines) if line[2] == "again")
    others = lines[between + 1:again]
    assert all(other != thread for other, _, _ in others) and others[-1][1].startswith("complete: counter = ")
    assert re.fullmatch(r"reads counter = \d; writes counter = \d", others[0][1])
    assert lines[again] == (thread, f"writes counter = {int(does[-1]) + 1}", "again")


def test_a_call_that_does_something_to_an_interrupted_one_says_where() -> None:
    peak = [line for line in told("stats_peak_unlocked stats").lines if "all.peak" in line.does and line.place]
    assert [line.mark for line in peak if "reads" in line.does] == ["between"]
    assert any(line.does.startswith("writes all.peak") and line.source == "all.peak = now;" for line in peak)
    woken = [line.does for line in told("pool_one_cond_signal queue").lines if "which wakes" in line.does]
    assert len(woken) == 2


def test_what_an_atomic_access_does_is_called_so() -> None:
    assert re.search(r"atomically reads all.bytes = \d+ .* others come between", terminal.text(told("stats_atomic_split stats")))


def test_what_lies_in_a_block_has_the_fields_name_and_what_is_global_the_members() -> None:
    text = terminal.text(told("queue_if_not_while queue"))
    assert "q->count = 0" in text and "waits at q->items" in text and "the block from" not in text
    assert re.search(r"q->conn\[\d\] = \d", text)
    assert "all.peak" in terminal.text(told("stats_peak_unlocked stats"))


def test_without_gdb_the_names_are_those_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    symbols, found = of_module(MUTANTS["queue_single_index queue"])
    monkeypatch.setattr("grader.story.fields.GDB", "no-gdb-here")
    text = terminal.text(story(found, symbols, "pool"))
    assert re.search(r"the block from queue.c:\d+\+\d+ = ", text)


def test_a_call_that_nobody_interrupts_is_one_line() -> None:
    whole = [line for line in told("queue_single_index queue").lines if "complete" in line.does]
    assert whole and all(line.function.startswith("queue_") and not line.place for line in whole)
    assert any(re.fullmatch(r"complete: q->conn\[\d\] = \d+, q->tail = \d", line.does) for line in whole)


def test_threads_are_called_by_their_roles() -> None:
    said = told("queue_if_not_while queue")
    assert said.threads[0] == "main" and set(said.threads.values()) == {"main", "producer", "consumer"}
    assert "T2 producer, T3 consumer" in terminal.text(said)


def test_who_waits_at_the_end_is_said_with_what_for() -> None:
    said = told("pool_one_cond_signal queue")
    assert said.kind == "a lost wake-up" and said.seen[0] == "nobody can go on:"
    assert any(re.search(r"waits at queue.c:\d+ for a signal on q->changed", line) for line in said.seen)
    assert any(line.mark == "waits" and "waits at q->changed" in line.does for line in said.lines)


def test_two_locks_in_two_orders_end_with_who_has_which() -> None:
    said = told("stats_two_orders stats")
    assert said.kind == "a deadlock" and any("circle: " in line for line in said.seen)
    last = said.lines[-2:]
    assert all(line.mark == "waits" and line.does.startswith("locks ") for line in last)
    assert {line.does for line in last} == {"locks first", "locks second"} or len({line.does for line in last}) == 2


def test_the_record_is_json_and_says_all_that_the_words_say() -> None:
    said = told("queue_single_index queue")
    record = json.loads(json.dumps(said.to_dict()))
    assert len(record["lines"]) == len(said.lines) and record["schedule"] == said.schedule
    for line in record["lines"]:
        assert line["does"] in terminal.text(said)


def test_the_picture_has_a_lane_for_each_thread_and_the_same_words() -> None:
    said = told("queue_single_index queue")
    drawn = xml.fromstring(picture.svg(said))
    space = "{http://www.w3.org/2000/svg}"
    assert drawn.find(f"{space}desc").text == terminal.text(said)
    lanes = {line.get("x1") for line in drawn.iter(f"{space}line")}
    assert len(lanes) == len({line.thread for line in said.lines})
    assert len(list(drawn.iter(f"{space}circle"))) == len(said.lines)
    words = [text.text for text in drawn.iter(f"{space}text")]
    assert all(terminal.words(line) in words for line in said.lines)
    marked = [path for path in drawn.iter(f"{space}path") if path.get("class") == "between"]
    assert len(marked) == sum(line.mark == "between" for line in said.lines) > 0


def step(thread: int, action: str, address: int = 0) -> Event:
    return Event(thread, action, 0, 1, address, 4, None, 0)


def test_who_has_a_mutex_is_known_though_it_is_recursive_or_somebody_sleeps() -> None:
    locks, m, cond = Locks(), 16, 32
    for event in step(1, "locks", m), step(1, "locks", m), step(1, "unlocks", m):
        locks.take(event)
    assert locks.of(1) == (m,) and locks.must_wait(step(2, "locks", m)) and not locks.must_wait(step(1, "locks", m))
    locks.take(step(1, "cond-wait", cond))
    assert locks.of(1) == () and not locks.must_wait(step(2, "locks", m))
    locks.take(step(1, "cond-woken", cond))
    assert locks.of(1) == (m,) and locks.must_wait(step(2, "locks", m))


def test_a_negative_number_is_no_pointer_and_a_pointer_that_is_written_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text('#include "explore/explore.h"\n#include <stdlib.h>\nlong balance; int *p;\n'
                                  'int main(void) {\n balance--;\n p = malloc(4);\n'
                                  ' EXPECT(balance == 0, "%ld", balance); return p == 0; }\n')
    program = build(str(tmp_path / "a.c"))
    said = terminal.text(story(program.search(), Symbols(program.path, [tmp_path])))
    assert "writes balance = -1" in said and "writes a pointer" in said and "reads a pointer" not in said


def test_a_text_of_a_students_cannot_leave_the_picture() -> None:
    said = of_counter()
    evil = Story("<script>", ("]]></svg>&",), said.threads, said.lines, 0, 0, said.schedule)
    assert xml.fromstring(picture.svg(evil)) is not None


def test_one_walks_through_it_step_by_step_and_stops_where_one_wants() -> None:
    program = scenario("counter")
    found, symbols = program.search(), Symbols(program.path)
    out, asked = io.StringIO(), iter([True, True, False])
    ways.walk(found, symbols, out, lambda: next(asked))
    assert len(re.findall(r"^ +\d+ T\d ", out.getvalue(), re.MULTILINE)) == 3
    out = io.StringIO()
    ways.walk(found, symbols, out, lambda: True)
    assert re.search(r"counter.c:\d+", out.getvalue()) and "a wrong result" in out.getvalue()


def keys(words: list[str]) -> Iterator[bool]:
    class Keys(io.StringIO):
        def isatty(self) -> bool:
            return True
    more = ways.by_key(Keys("".join(f"{word}\n" for word in words)), io.StringIO())
    return iter(more, None)


def test_enter_goes_on_and_q_stops() -> None:
    asked = keys(["", "", "q"])
    assert [next(asked) for _ in range(3)] == [True, True, False]


def test_gdb_stands_where_it_fails(capfd: pytest.CaptureFixture) -> None:
    program = scenario("counter")
    assert ways.in_gdb(Path(program.path), program.search().schedule) == 0
    said = capfd.readouterr().out
    assert "explore_wrong" in said and re.search(r"in main \(\) at .*counter.c:\d+", said)


def test_without_gdb_that_is_said(capfd: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.story.ways.shutil.which", lambda _: None)
    assert ways.in_gdb(Path("none"), "") == 3
    assert "no gdb" in capfd.readouterr().err


def test_what_is_kept_is_the_record_the_words_and_the_picture(tmp_path: Path) -> None:
    said = of_counter()
    ways.keep(said, tmp_path / "deep")
    assert json.loads((tmp_path / "deep/story.json").read_text())["kind"] == said.kind
    assert (tmp_path / "deep/story.txt").read_text() == terminal.text(said) + "\n"
    assert (tmp_path / "deep/story.svg").read_text() == picture.svg(said)

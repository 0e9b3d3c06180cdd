"""Stories of functions that call others: what has not returned is not
complete, and what a header's function does is its caller's."""
import io
import re
import xml.etree.ElementTree as xml
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from grader.explore import cli, scenarios
from grader.explore.finding import Event, Explored
from grader.explore.symbols import Symbols
from grader.story import picture, terminal, ways
from grader.story.calls import Places, calls
from grader.story.story import MOST, Line, Story, story
from grader.tests import explored, test_explore_serve as servers, test_locks_orders as locks

STARTER = explored.ROOT / "starter" / "locks"
RETURNED = re.compile(r"(?:(\d+) times )?(?:complete|comes to its end)")
Told = tuple[Story, Explored, Symbols]


def found_by(program: explored.Program, scenario: scenarios.Scenario, directory: Path) -> Told:
    found = program.search(*scenario.budget, "--seed", "1")
    symbols = Symbols(program.path, [directory])
    return ways.of(found, symbols, scenario), found, symbols


@lru_cache(maxsize=None)
def of_locks(name: str, scenario: str) -> Told:
    """A mutant of part 3, or its starter."""
    source = STARTER / f"{name}.c" if name in ("page", "credit") else locks.source_of(locks.MUTANTS[name])
    return found_by(locks.program(source, locks.TABLE[scenario]), locks.TABLE[scenario], source.parent)


@pytest.fixture(scope="module")
def of_server(tmp_path_factory: pytest.TempPathFactory):
    into = tmp_path_factory.mktemp("story-servers")

    @lru_cache(maxsize=None)
    def told(name: str, scenario: str) -> Told:
        program = servers.mutant(name, scenario, into)
        return found_by(program, servers.TABLE[scenario], into / name / "pool")
    return told


def lines(told: Told, function: str, thread: int) -> list[Line]:
    return [line for line in told[0].lines if (line.function, line.thread) == (function, thread)]


def entered(told: Told) -> Counter[str]:
    """How often each function was come into in all, by the explorer's record."""
    _, found, symbols = told
    return Counter(symbols.line(frame.inside).function for frame in found.frames)


def returned(told: Told) -> Counter[str]:
    """How often each is said to have come to its end."""
    said: Counter[str] = Counter()
    for line in told[0].lines:
        if ended := RETURNED.match(line.does):
            said[line.function] += int(ended[1] or 1)
    return said


@pytest.mark.parametrize("name", ["credit", "credit_held"])
def test_a_call_is_not_complete_before_what_it_has_called_returns(name: str) -> None:
    told = of_locks(name, "credit-together")
    spends = lines(told, "credit_spend", 1)
    assert not any(RETURNED.match(line.does) for line in spends)
    assert spends[-1].does == "calls work" and spends[-1].mark == "waits"
    assert "work(arg)" in spends[-1].source and re.fullmatch(r"credit\.c:\d+", spends[-1].place)


def test_what_was_read_before_calling_out_is_told_with_its_line_and_its_switch() -> None:
    told = of_locks("credit_gap", "credit")
    start = next(i for i, line in enumerate(told[0].lines) if line.does.startswith("reads left"))
    read, _, called = told[0].lines[start:start + 3]
    assert read.source == "bool some = left != 0;"
    assert (called.does, called.mark, called.source) == ("calls work", "between", "if (!work(arg))")
    other = next(line for line in told[0].lines[start + 3:] if line.thread != read.thread)
    assert other.does == f"begins: {read.does}; calls work", "the other one reads the same number"
    later = [line.mark for line in told[0].lines[start + 3:] if line.thread == read.thread]
    assert later[0] == "again"


@pytest.mark.parametrize("name, scenario", [
    ("stop_one_wakeup", "serve"), ("stop_one_wakeup", "serve-stopped"), ("stop_no_join", "serve-stopped")])
def test_no_more_calls_of_a_server_return_than_there_were(name: str, scenario: str, of_server) -> None:
    told = of_server(name, scenario)
    assert returned(told) <= entered(told) and sum(returned(told).values()) > 3
    assert len(terminal.text(told[0]).splitlines()) <= MOST
    assert not [line for line in told[0].lines if line.function == "work" and "complete" in line.does]


def test_no_more_calls_return_than_there_were() -> None:
    for key in ("credit_gap", "credit"), ("credit", "credit-together"), ("page", "page-writer"):
        assert returned(of_locks(*key)) <= entered(of_locks(*key))


def test_a_server_that_waits_at_last_is_not_complete(of_server) -> None:
    told = of_server("stop_one_wakeup", "serve")
    serves = lines(told, "serve", 0)
    assert serves[-1].does.startswith("joins T") and serves[-1].mark == "waits"
    assert not any(RETURNED.match(line.does) for line in serves)


@pytest.mark.parametrize("key", [("page", "page-writer"), ("page_writer_beside_readers", "page")])
def test_what_a_header_does_is_told_as_its_callers_with_the_line(key: tuple[str, str]) -> None:
    told = of_locks(*key)
    assert "?" not in terminal.text(told[0]) and "?" not in picture.svg(told[0]).replace("<?", "")
    posts = [line for line in told[0].lines if line.does.startswith(("posts ", "takes one from "))]
    assert posts and all(line.function.startswith("page_") for line in posts)
    for line in posts:
        semaphore = re.search(r"(?:posts|from) (\w+)", line.does)[1]
        assert f"(&{semaphore})" in line.source and line.place.startswith("page.c:")


@pytest.mark.parametrize("key, blocked", [(("credit", "credit-together"), 2)])
def test_who_only_waits_has_a_column_and_a_lane(key: tuple[str, str], blocked: int) -> None:
    said = of_locks(*key)[0]
    assert not [line for line in said.lines if line.thread == blocked]
    legend, columns = terminal.text(said).splitlines()[len(said.seen):][:2]
    assert f"T{blocked} worker" in legend and f"T{blocked}" in columns.split()
    drawn = xml.fromstring(picture.svg(said))
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert terminal.legend(said) in words and f"T{blocked}" in words


def test_a_step_has_the_fields_names_and_the_callers_line(of_server) -> None:
    _, found, symbols = of_server("stop_one_wakeup", "serve")
    out = io.StringIO()
    ways.walk(found, Symbols(symbols.program, symbols.sources), out, lambda: True)
    assert re.search(r"writes q->tail = 1 +queue\.c:\d+", out.getvalue())
    assert re.search(r"posts q->items: 1 now +queue\.c:\d+ +sem_up\(&q->items\)", out.getvalue())
    assert "the block from" not in out.getvalue() and "= a pointer" in out.getvalue()
    assert not re.search(r"= \d{10}", out.getvalue())


def test_all_of_it_step_by_step_has_the_fields_names(of_server, capsys: pytest.CaptureFixture) -> None:
    _, found, symbols = of_server("stop_one_wakeup", "serve")
    cli.tell_all(found, Symbols(symbols.program, symbols.sources))
    said = capsys.readouterr().out
    assert "writes q->tail = 1" in said and "the block from" not in said


def test_without_hooks_a_call_ends_where_another_function_begins() -> None:
    class Two(Places):
        def __init__(self) -> None:
            pass

        def function(self, event: Event) -> str:
            return "put" if event.pc == 1 else "get"
    events = [Event(1, "reads", n, pc, 16, 4, 0, 0) for n, pc in enumerate([1, 1, 2, 1])]
    of = calls(events, Two())
    assert of[0] is of[1] and len({id(call) for call in of.values()}) == 3


def test_a_call_whose_last_step_is_done_has_not_returned_from_what_it_calls(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(
        "#include <pthread.h>\n#include <semaphore.h>\nsem_t never; int x, y;\n"
        "static void inner(void) {\n y++;\n sem_wait(&never); }\n"
        "static void outer(void (*next)(void)) {\n x++;\n next(); }\n"
        "static void *run(void *arg) {\n outer(inner);\n return arg; }\n"
        "int main(void) {\n pthread_t t;\n sem_init(&never, 0, 0);\n"
        " pthread_create(&t, NULL, run, NULL);\n return pthread_join(t, NULL); }\n")
    program = explored.build(str(tmp_path / "a.c"))
    said = story(program.search(), Symbols(program.path, [tmp_path]))
    assert [line.does for line in said.lines if line.function == "outer"] == ["begins: x = 1; calls inner"]

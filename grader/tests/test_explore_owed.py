"""Whom a whole server owes an answer on stop, and when that is proved."""
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Iterator

import pytest

from grader.checks import orders
from grader.checks.stop_causes import of_stop
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case
from grader.corpus.mutant import ROOT
from grader.explore.boxed import Unknown, search
from grader.explore.finding import Explored
from grader.explore.scenarios import Scenario
from grader.tests.test_explore_serve import MUTANTS, TABLE, load, load_rubrics, make_tree, whole
from grader.tests.test_orders import case as cases

CORRECT = ROOT / "grader" / "corpus" / "correct"
REFUSES = CORRECT / "pool-refuses-the-backlog" / "pool"
COUNTS = CORRECT / "pool-counts-farewells" / "pool"
case = cases        # the fixture: a check of the reference, in which one thing is otherwise


def changed(part: Path, into: Path, before: str, after: str) -> Path:
    """The server in a directory, in which one thing is otherwise."""
    for file in part.glob("*.c"):
        (into / file.name).write_text(file.read_text())
    source = (into / "serve.c").read_text()
    assert before in source
    (into / "serve.c").write_text(source.replace(before, after))
    return into


def searched(part: Path, scenario: str = "serve-stopped") -> Explored:
    return whole(TABLE[scenario], part).search(*TABLE[scenario].budget)


@pytest.mark.parametrize("part", [REFUSES, COUNTS], ids=lambda p: p.parent.name)
@pytest.mark.parametrize("scenario", TABLE)
def test_a_right_stop_of_another_kind_is_right_in_all_orders(part: Path, scenario: str) -> None:
    found = searched(part, scenario)
    assert (found.verdict, found.runs) == ("fine", TABLE[scenario].schedules) and found.exhausted >= 1


def test_who_comes_too_late_may_be_closed_without_a_word(tmp_path: Path) -> None:
    assert searched(changed(REFUSES, tmp_path, "        net_refuse(conn);\n", "")).verdict == "fine"


def test_but_half_a_word_is_wrong(tmp_path: Path) -> None:
    part = changed(REFUSES, tmp_path, "net_refuse(conn);", 'send(conn, "HTTP/1.1 503 Ser", 16, MSG_NOSIGNAL);')
    found = searched(part)
    assert found.failed and "accepted after the order to stop, got half an answer" in found.about


def test_who_came_in_time_is_not_refused(tmp_path: Path) -> None:
    early = "if (first++ == 0) { net_refuse(conn); close(conn); } else queue_put(pool.queue, conn);"
    part = changed(REFUSES, tmp_path, "        queue_put(pool.queue, conn);", f"        {{ static int first; {early} }}")
    found = searched(part)
    assert found.failed and "got no whole answer" in found.about


def test_a_farewell_before_the_last_client_is_wrong(tmp_path: Path) -> None:
    part = changed(COUNTS, tmp_path, "        echo_client(conn, pool.options);",
                   "        sem_up(&pool.gone); echo_client(conn, pool.options);")
    found = searched(part)
    assert found.failed and "serve returns, and " in found.about


@pytest.fixture
def only_some(monkeypatch) -> Iterator[Callable[[str], None]]:
    """only_some(scenario): that one cannot be explored, and the others can."""
    def make(unknown: str) -> None:
        def some(builder, scenario: Scenario, *rest):
            return Unknown("it calls times") if scenario.name == unknown else search(builder, scenario, *rest)
        monkeypatch.setattr(orders, "search", some)
    yield make


@pytest.mark.parametrize("scenario", TABLE)
def test_what_was_not_explored_is_not_passed(case, only_some, scenario: str) -> None:
    only_some(scenario)
    with pytest.raises(NotMeasured, match="cannot all be explored: it calls times"):
        orders.in_all_scenarios(case("2e.exhausted"), of_stop)


def test_a_call_that_is_not_known_makes_it_not_measured(case) -> None:
    quits = "    struct tms used;\n    times(&used);\n    queue_free(pool.queue);"
    of = case("2e.exhausted", "serve.c", "    queue_free(pool.queue);", quits)
    file = of.subject.directory / "pool" / "serve.c"
    file.write_text("#include <sys/times.h>\n" + file.read_text())
    with pytest.raises(NotMeasured, match="T0 calls times at serve.c:"):
        orders.in_all_scenarios(of, of_stop)


def test_a_failure_counts_where_another_scenario_cannot_be_explored(case, only_some, tmp_path: Path) -> None:
    wrong = make_tree(load(MUTANTS / "stop_by_a_monitor", load_rubrics()), tmp_path / "wrong") / "pool" / "serve.c"
    of: Case = case("2e.exhausted")
    (of.subject.directory / "pool" / "serve.c").write_text(wrong.read_text())
    only_some("serve")
    with pytest.raises(Failed, match="nobody has answered client") as failed:
        orders.in_all_scenarios(of, of_stop)
    assert "stop-drops-between" in failed.value.causes


def test_a_quick_look_searches_every_scenario_too(case, tmp_path: Path) -> None:
    wrong = make_tree(load(MUTANTS / "stop_by_a_monitor", load_rubrics()), tmp_path / "wrong") / "pool" / "serve.c"
    of: Case = case("2e.exhausted")
    of.subject.quick = True
    (of.subject.directory / "pool" / "serve.c").write_text(wrong.read_text())
    with pytest.raises(Failed, match="told to stop at any moment"):
        orders.in_all_scenarios(of, of_stop)


@pytest.mark.parametrize("verdict, about, causes", [
    ("crash", "Segmentation fault", []), ("use-after-free", "use after free", ["stop-uses-what-is-gone"]),
    ("misuse", "use of a closed descriptor", ["stop-uses-what-is-gone"]), ("deadlock", "", ["stop-never-ends"])])
def test_a_crash_is_told_without_a_guess(verdict: str, about: str, causes: list) -> None:
    assert of_stop(SimpleNamespace(explored=SimpleNamespace(verdict=verdict, about=about))) == causes

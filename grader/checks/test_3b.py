"""3b: the patient writer. Fairness is not a property of the code alone: nobody
says whom a post wakes. So the explorer asks under a stated assumption, a fair
scheduler (explore_fair), and from outside it is only seen that the page works."""
from grader.box.box import BoxError
from grader.checks.common import attributed, check
from grader.checks.lock_causes import of_page
from grader.checks.orders import HARMLESS, failure_of
from grader.checks.paths import get
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case
from grader.explore import scenarios
from grader.explore.boxed import Broken, Found, Unknown, search

TEXT = b"two echoes: one cent\n"
ASSUMED = "where semaphores are handed over first come, first served, and nobody who can run is passed over for ever"


@check("3b.bounded")
def test_whoever_waits_is_overtaken_only_so_often(case: Case) -> str:
    _the_page_works(case)
    said = "readers are there together, and nobody waits longer than it takes the others to come once or twice"
    for scenario in scenarios.of_check(case.check.id):
        found = _searched(case, scenario)
        if found.explored.verdict in HARMLESS:
            continue
        if found.explored.failed:
            raise failure_of(case, found, of_page)
        if found.explored.verdict == "inconclusive" and "overtaken" in found.explored.about:
            seen = found.symbols.words(found.explored.text, found.explored)
            said = f"not starvation, and not quite fair: {scenario.about}; {seen}"
        elif found.explored.verdict != "fine":
            raise NotMeasured(f"{scenario.about}: {found.symbols.words(found.explored.text, found.explored)}")
    return f"{said} ({ASSUMED})"


def _searched(case: Case, scenario: scenarios.Scenario) -> Found:
    """Raises NotMeasured where nothing can be said."""
    case.program()          # Failed, where it does not compile
    try:
        found = search(case.subject.builder, scenario, case.seed % 1000000)
    except (BoxError, Broken, OSError) as error:
        raise NotMeasured(f"the explorer does not work here: {error}") from error
    if isinstance(found, Unknown):
        raise NotMeasured(f"{scenario.module} cannot be explored: {found.why}")
    return found


@attributed
def _the_page_works(case: Case) -> None:
    with case.server() as server:
        writer = server.client()
        writer.send(b"PUT /page HTTP/1.1\r\nHost: echo\r\nContent-Length: %d\r\n\r\n" % len(TEXT) + TEXT)
        server.until(lambda: writer.done)
        readers = [get(server, "/page") for _ in range(4)]
        server.all_done(readers)
        seen = [c.reply.body if c.reply else None for c in readers]
        if seen != [TEXT] * len(readers):
            wrong = next(body for body in seen if body != TEXT)
            said = f"said {wrong[:60]!r}" if wrong is not None else f"was not answered: {server.why}"
            raise Failed(f"after PUT /page a GET /page {said}", ["page-not-alone" if wrong is not None else "lock-kept"])

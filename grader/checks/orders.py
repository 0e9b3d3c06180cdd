"""What the explorer says of a module in a check: no order of steps breaks it,
or one does, and here it is."""
from typing import Callable, Iterator, Optional, Union

from grader.box.box import BoxError
from grader.checks.order_causes import UNLOCKED
from grader.core.record import Failed, NotMeasured, text_evidence
from grader.core.subject import Case
from grader.explore import scenarios, tell
from grader.explore.boxed import Broken, Found, Unknown, search
from grader.explore.finding import Explored
from grader.story import terminal, ways

MANY = 100          # scenarios: all
HARMLESS = "data-race",     # 2b's: a race without a consequence ends no search
Causes = Callable[[Found], list[str]]       # what an order that fails usually means


def and_in_all_orders(case: Case, measure: Callable[[Case], str], causes: Causes) -> str:
    """Measure from outside, and then search the orders of the module's steps.
    Either can fail the check. Where it has failed from outside, an order that
    fails is shown as well. Raises what measure raises, and Failed."""
    try:
        said = measure(case)
    except Failed as failed:
        order = None if case.subject.quick else first_failure(case, causes)
        if order:
            failed.evidence += order.evidence
            # What races is not kept apart: what else was seen may come of that.
            failed.causes = list(dict.fromkeys([c for c in order.causes if c == UNLOCKED] + failed.causes))
        raise
    return said + no_order_fails(case, causes)


def searched(case: Case, at_least: int = 1) -> Iterator[Union[Found, Unknown]]:
    """The scenarios of a check, one after the other; in a quick look only so
    many. Raises NotMeasured."""
    told = {cause for r in case.subject.records.values() if (r.part, r.outcome) == (case.part.id, "fail")
            for cause in r.causes}
    wanted = [s for s in scenarios.of_check(case.check.id) if s.unless not in told]
    for scenario in wanted[:case.times(MANY, at_least)]:
        try:
            yield search(case.subject.builder, scenario, case.seed % 1000000, frozenset(case.replaced()))
        except (BoxError, Broken, OSError) as error:
            raise NotMeasured(f"the explorer does not work here: {error}") from error


def no_order_fails(case: Case, causes: Causes) -> str:
    """Search all scenarios of a check. Returns what can be claimed, perhaps
    nothing. Raises Failed with the first order that fails."""
    return _claim(*explored(case, causes))


def in_all_scenarios(case: Case, causes: Causes) -> tuple[int, str]:
    """For a check that nothing else measures: how many runs were tried, and
    what of them is all there is, in words. Raises Failed as no_order_fails
    does, and NotMeasured unless every scenario was searched, in a quick look
    too: what was says nothing of the rest."""
    claims, unknown = explored(case, causes, MANY)
    if unknown:
        raise NotMeasured(f"the orders of this server's steps cannot all be explored: {unknown[0]}")
    return _tried(claims)


def explored(case: Case, causes: Causes, at_least: int = 1) -> tuple[list[Explored], list[str]]:
    """Search all scenarios of a check, in a quick look so many: what was
    searched, and why others could not be. Raises Failed with the first order
    that fails."""
    claims, unknown = [], []
    for found in searched(case, at_least):
        if isinstance(found, Unknown):
            unknown.append(found.why)
        elif found.explored.failed and found.explored.verdict not in HARMLESS:
            raise failure_of(case, found, causes)
        elif found.explored.verdict not in ("fine", *HARMLESS):
            unknown.append(found.symbols.words(found.explored.text, found.explored))
        else:
            claims.append(found.explored)
    return claims, unknown


def _tried(claims: list[Explored]) -> tuple[int, str]:
    runs, least = sum(c.runs for c in claims), min(c.exhausted for c in claims)
    return runs, "" if least < 0 else f", with all orders of at most {tell.preemptions(least)} among them"


def _claim(claims: list[Explored], unknown: list[str]) -> str:
    """"Exhausted" only as far as all of them are."""
    if not claims:
        return f"; orders are not explored: {unknown[0]}" if unknown else ""
    runs, every = _tried(claims)
    rest = f" (not explored: {unknown[0]})" if unknown else ""
    return f"; no order of steps fails in {runs} runs of the explorer{every}{rest}"


def first_failure(case: Case, causes: Causes) -> Optional[Failed]:
    """The order that fails, for a check that has failed already; or None."""
    try:
        no_order_fails(case, causes)
    except Failed as failed:
        return failed
    except NotMeasured:
        pass
    return None


def failure_of(case: Case, found: Found, causes: Causes) -> Failed:
    """What a check says of an order that fails."""
    explored, symbols = found.explored, found.symbols
    seen = symbols.words(explored.text, explored).strip().splitlines()
    return Failed(f"{found.scenario.about}: {seen[0].rstrip(':')} (in run {explored.runs} of a search of orders)",
                  causes(found), [order_evidence(found),
                                  text_evidence("the same again", f"make explore TASK={case.check.id.split('.')[0]}")])


def order_evidence(found: Found) -> dict:
    """The order as a story: its words, and the record that pictures are made of."""
    told = ways.of(found.explored, found.symbols, found.scenario)
    lines = f"{terminal.text(told)}\nschedule: {found.explored.schedule}"
    return {**text_evidence("an order of steps that fails", lines), "story": told.to_dict()}

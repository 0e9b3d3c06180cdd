"""What a student writes down for task 3a, held against what the untouched
journal does: who holds what and wants what, and an order that leads there."""
import re
from dataclasses import dataclass

from grader.checks.by_hand import Scene, answer, one_line
from grader.core.build import ROOT
from grader.core.record import Failed, NotMeasured, Passed, text_evidence
from grader.core.subject import Case
from grader.explore import scenarios
from grader.explore.finding import Explored
from grader.explore.schedule import of_any_build, outcome
from grader.explore.symbols import Symbols
from grader.explore.waits import STOPPED, circle, waits

MODULE = "locks/journal.c"
EDGE = re.compile(r"(\w+)\W+holds\W+(\w+)\W+(?:and\W+)?wants\W+(\w+)")


@dataclass(frozen=True)
class Edge:
    """Somebody in one of these functions holds a lock and wants another."""

    functions: frozenset[str]
    holds: str
    wants: str


def journal(case: Case) -> Scene:
    """The untouched one: in a student's kit it lies in lab/."""
    directory = ROOT / "lab" if (ROOT / "lab" / MODULE).is_file() else ROOT / "starter"
    return Scene(case, scenarios.find("journal"), directory, f"{case.check.id}-journal")


def edges(found: Explored, symbols: Symbols) -> set[Edge]:
    """Who holds what and wants what, in a run that stands still."""
    symbols.resolve(pc for w in waits(found) for pc in (w.pc, w.since))
    name = lambda lock: symbols.memory(lock, found)
    where = lambda *pcs: frozenset(symbols.line(pc).function for pc in pcs)
    return {Edge(where(mine.pc, other.since), name(other.lock), name(mine.lock))
            for mine, other in circle(found)}


def must_stand_still(scene: Scene) -> set[Edge]:
    """A canary: a search finds the circle. Returns its edges. Raises NotMeasured."""
    found = scene.explored("--schedules", "3000", "--seed", "1")
    made = edges(found, scene.symbols)
    if found.verdict != STOPPED or len(made) < 2:
        raise NotMeasured(f"the untouched journal does not stand still: {found.verdict}")
    return made


def cycle_is_right(case: Case) -> str:
    """The edges of the circle, each once and no other. Raises Failed."""
    text, _ = answer(case, "cycle", "")
    given = EDGE.findall(text)
    if not given:
        raise Failed(f"[3a] cycle = {text[:100]!r}: no \"... holds ... wants ...\" is in it", ["cycle-misread"])
    edges_there = must_stand_still(journal(case))
    right = [sum(f in e.functions and (h, w) == (e.holds, e.wants) for f, h, w in given) == 1 for e in edges_there]
    said = f"{sum(right)} of the {len(right)} who wait in a circle are told rightly, of {len(given)} that were written down"
    if not all(right) or len(given) != len(edges_there):
        raise Failed(said, ["cycle-misread"])
    return said


def schedule_stops_them(case: Case) -> None:
    """Run the line. Raises Passed, Failed, or NotMeasured."""
    text, _ = answer(case, "schedule", "")
    scene = journal(case)
    must_stand_still(scene)
    replayed = scene.replay(of_any_build(one_line(text)))
    told = [text_evidence("the schedule, step by step", "\n".join(scene.told(replayed)))]
    if replayed.found.verdict == STOPPED:
        raise Passed("two threads wait for each other, three times of three", told)
    said = outcome(replayed, scene.symbols)[0] if replayed.refused else "everybody comes to an end"
    raise Failed(said, ["schedule-impossible" if replayed.refused else "schedule-stops-nobody"], told)

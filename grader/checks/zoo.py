"""What a student says of the six counters of task 2b, held against the orders
of their steps.

A counter is right when a search loses no count, and wrong when one is lost;
for each that is called wrong, a line has to show it.
"""
import re
from dataclasses import dataclass
from typing import Optional

from grader.checks.by_hand import Scene, one_line, told
from grader.core.record import Failed, NotMeasured, Passed, text_evidence
from grader.core.subject import Case
from grader.explore import scenarios, zoo
from grader.explore.schedule import of_any_build, outcome

ENOUGH = 5              # of the six told rightly
WORDS = re.compile(r"right|wrong(?:\s*:|\s|$)\s*(.*)", re.IGNORECASE | re.DOTALL)
LOST, KEPT = "wrong-result", "fine"


@dataclass(frozen=True)
class Said:
    """What was written down of one counter. line: how it loses a count, None
    for one that is called right."""

    name: str
    line: Optional[str]


@dataclass(frozen=True)
class Judged:
    """What came of it. rightly: whether it was told rightly; shown: whether
    its line loses a count, or there is none to show. seen, cause: what the line
    does where it does not; steps: evidence."""

    name: str
    rightly: bool
    shown: bool = True
    seen: str = ""
    cause: str = ""
    steps: tuple[dict, ...] = ()


def zoo_is_told_rightly(case: Case) -> None:
    """Raises Passed, Failed, or NotMeasured."""
    said, student = what_is_said(case)
    files = zoo.put(student, case.subject.builder.stage / "zoo")
    scenes = {name: scenarios.find(str(file)) for name, file in files.items()}
    cages = {name: Scene(case, s, case.subject.directory, f"zoo-{name}") for name, s in scenes.items()}
    wrong = {name: loses(cages[name], s.budget) for name, s in scenes.items()}
    if len(set(wrong.values())) != 2:
        raise NotMeasured("the explorer finds nothing that tells one counter from another")
    verdict([judged(s, cages[s.name], wrong[s.name]) for s in said], student)


def what_is_said(case: Case) -> tuple[list[Said], str]:
    """Of each of the six, and by whom. Raises Failed."""
    texts = {name: told(case, name, "") for name in zoo.NAMES}
    missing = [name for name, (text, _) in texts.items() if not text]
    if missing:
        raise Failed(f"answers.toml: [{case.task}] has no {', '.join(missing)} yet", ["answer-missing"])
    return [_said(case, name, text) for name, (text, _) in texts.items()], texts[zoo.NAMES[0]][1]


def _said(case: Case, name: str, text: str) -> Said:
    words = WORDS.fullmatch(text)
    if not words:
        raise Failed(f"answers.toml: [{case.task}] {name} should be \"right\" or \"wrong: T1:1 T2:4 ...\", and is "
                     f"{text!r:.60}", ["answer-unreadable"])
    if words[1] == "":
        raise Failed(f"answers.toml: [{case.task}] {name} is called wrong, and no order stands behind it that shows it",
                     ["answer-missing"])
    return Said(name, words[1])


def loses(cage: Scene, budget: list[str]) -> bool:
    """Whether a search finds an order in which a count is lost. Raises NotMeasured."""
    found = cage.explored(*budget, "--seed", "1")
    if found.verdict not in (LOST, KEPT):
        raise NotMeasured(f"of {cage.about} the explorer says: {found.verdict}")
    return found.verdict == LOST


def judged(said: Said, cage: Scene, wrong: bool) -> Judged:
    """What is said of one, and what its line leads to."""
    rightly = wrong == (said.line is not None)
    if said.line is None:
        return Judged(said.name, rightly)
    try:
        replayed = cage.replay(of_any_build(one_line(said.line)))
    except Failed as failed:
        return Judged(said.name, rightly, False, failed.observed, failed.causes[0])
    steps = text_evidence(f"{said.name}: its order, step by step", "\n".join(cage.told(replayed))),
    if replayed.found.verdict == LOST:
        return Judged(said.name, rightly, steps=steps)
    if replayed.refused:
        return Judged(said.name, rightly, False, outcome(replayed, cage.symbols)[0], "schedule-impossible", steps)
    return Judged(said.name, rightly, False, "no count is lost in its order", "schedule-loses-nothing", steps)


def verdict(all_of_them: list[Judged], student: str) -> None:
    """Raises Passed or Failed. A counter that loses nothing and is called wrong
    can show nothing, so that costs no more than the one mistake that it is."""
    rightly = sum(j.rightly for j in all_of_them)
    whose = f"the zoo of '{student}'" if student else "nobody's zoo: answers.toml has no id"
    said = f"{rightly} of {len(all_of_them)} counters are told rightly ({whose})"
    if rightly >= ENOUGH and all(j.shown for j in all_of_them if j.rightly):
        raise Passed(f"{said}, and what is wrong and was called so loses a count as written down", _steps(all_of_them))
    unseen = [j for j in all_of_them if not j.shown]
    raise Failed("; ".join([said, *(f"{j.name}: {j.seen}" for j in unseen)]),
                 [*["zoo-misjudged"] * (rightly < ENOUGH), *dict.fromkeys(j.cause for j in unseen)], _steps(unseen))


def _steps(shown: list[Judged]) -> list[dict]:
    return [evidence for j in shown for evidence in j.steps]

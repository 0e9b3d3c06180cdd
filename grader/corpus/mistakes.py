"""MISTAKES.md: the corpus told to those who teach.

    python3 -m grader.corpus.mistakes

writes it from the cases, the rubrics and seen.json, which `make selftest
FULL=1` leaves here: what each mutant's own checks saw.
"""
import json
import re
import sys
from typing import Iterable, Optional

from grader.core.rubric import Check, Rubric
from grader.corpus.mutant import HERE, ROOT, Case, load_all, load_rubrics
from grader.report.files import write_text

Seen = dict[str, dict[str, str]]        # mutant -> check -> what it observed

SEEN, MISTAKES = HERE / "seen.json", ROOT / "grader" / "MISTAKES.md"
ASIDE = re.compile(r"; it printed: \".*?\"| \((?:[A-Z]+=\S+ ?)+\)")
LONGEST = 240       # characters of what was seen
FREQUENT = 5        # programs
HEAD = """# Mistakes, and who finds them

Written by `make starter` from the corpus; not to be edited.

Each of these {n} servers is right but for one mistake, and `make selftest` grades them all. A mistake stands under the
check that names it, below the sentence that students read: what is usually the matter, and never the repair. Mistakes
that look the same from outside share a sentence. *Wanted* is what the check expects. *Seen* is what it observed in
one run; numbers vary.

A figure such as 5 of 81 says how many public servers of students and tutorials had that mistake. 81 programs were
read: 26 with a thread for each client, 21 pools, 17 that fork, 10 with epoll, 3 that fork beforehand, and 4 others.
They are what a search finds, so the figure gives no more than an order of magnitude. Mistakes that the reading did not
tell apart have one figure together. Where no figure stands, nobody has counted. The most frequent:
"""
FOOT = """\
The code of a mistake is in `grader/corpus/mutants/NAME`; `python3 -m grader.corpus.selftest NAME` grades it.
"""
PARTS = {"program": "From outside: servers of anybody's (`grader/grade --program`)"}


def observed(graded: Iterable[tuple[Case, dict, bool]]) -> Seen:
    """What the checks that must fail saw of each mutant; results.matrix takes the same."""
    found: Seen = {}
    for case, result, _ in sorted(graded, key=lambda g: g[0].name):
        own = {c["check"]: c["observed"] for c in result.get("checks", [])
               if c["check"] in case.must_fail and c["outcome"] == "fail"}
        if own:
            found[case.name] = own
    return found


def namer(case: Case) -> Check:
    """The check that a mistake stands under: the first that carries points, if any does."""
    checks = [case.rubric.checks[id] for id in case.must_fail]
    return next((c for c in checks if not c.guard), checks[0])


def sentence(text: str) -> str:
    """What was seen, without the server's own words and the luck it had, and not endless."""
    short = ASIDE.sub("", " ".join(text.split()))
    return short if len(short) <= LONGEST else short[:LONGEST].rsplit(" ", 1)[0] + " ..."


def entry(case: Case, seen: dict[str, str]) -> list[str]:
    """The lines of one mistake."""
    check = namer(case)
    others = [f"`{c}`" for c in case.must_fail if c != check.id]
    lines = [f"- {case.about} `{case.name}`" + (f", {case.found}" if case.found else "")]
    if check.id in seen:
        lines.append(f"  - Seen: {sentence(seen[check.id])}")
    if others:
        lines.append(f"  - Fails too: {', '.join(others)}")
    return lines


def section(check: Check, cases: list[Case], seen: Seen) -> list[str]:
    """A check and the mistakes that it names, by what students read."""
    lines = [f"### {check.id} · {check.title}", "", f"Wanted: {check.expected}.", ""]
    for causes in dict.fromkeys(c.causes for c in cases):
        alike = [c for c in cases if c.causes == causes]
        lines += ["> " + " Or: ".join(alike[0].rubric.causes[c] for c in causes), ""]
        for case in alike:
            lines += entry(case, seen.get(case.name, {}))
        lines.append("")
    return lines


def frequent(cases: list[Case]) -> list[str]:
    """The mistakes by how often they were found, those of FREQUENT programs and more."""
    figures = sorted({c.found for c in cases if c.found}, key=lambda f: -int(f.split()[0]))
    lines = ["| found | mistakes |", "|--:|---|"]
    for figure in (f for f in figures if int(f.split()[0]) >= FREQUENT):
        lines.append(f"| {figure} | " + ", ".join(f"`{c.name}`" for c in cases if c.found == figure) + " |")
    return [*lines, ""]


def chapter(rubric: Rubric, part: str, cases: list[Case], seen: Seen) -> list[str]:
    """A part and its checks, as far as there are mistakes, in the order of the tasks."""
    lines = [f"## {PARTS.get(part, rubric.parts[part].title)}", ""]
    checks = [c for c in rubric.checks.values() if c.part == part]
    for check in sorted(checks, key=lambda c: c.task):
        own = [c for c in cases if namer(c).id == check.id]
        if own:
            lines += section(check, own, seen)
    return lines


def render(cases: Iterable[Case], rubrics: Iterable[Rubric], seen: Seen) -> str:
    """MISTAKES.md."""
    mutants = sorted((c for c in cases if not c.design), key=lambda c: c.name)
    lines = [HEAD.format(n=len(mutants)), *frequent(mutants), FOOT]
    for rubric in rubrics:
        for part in rubric.parts:
            own = [c for c in mutants if c.rubric is rubric and c.measured_part == part]
            lines += chapter(rubric, part, own, seen) if own else []
    return "\n".join(lines).rstrip() + "\n"


def page(seen: Optional[Seen] = None) -> str:
    """The page of this corpus; seen.json where nothing newer is given. Raises OSError."""
    rubrics = load_rubrics()
    cases, _ = load_all(rubrics)
    return render(cases, rubrics.values(), json.loads(SEEN.read_text("utf-8")) if seen is None else seen)


def write(seen: Optional[Seen] = None) -> None:
    """Write MISTAKES.md, and seen.json when there is a new one. Raises OSError."""
    if seen is not None:
        write_text(SEEN, json.dumps(seen, indent=1, ensure_ascii=False) + "\n")
    write_text(MISTAKES, page(seen))


if __name__ == "__main__":
    try:
        write()
    except OSError as problem:
        sys.exit(f"mistakes: {problem.filename}: {problem.strerror}")

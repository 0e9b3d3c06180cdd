"""Hold results against what each case.toml says of them.

    python3 -m grader.corpus.verify RESULTS [CLASS]

A case matches when every check of must_fail failed (blocked counts), nothing
outside must_fail and may_fail did, all was measured (but `unknown`),
and the planted cause is among those named by a failing check of
must_fail, or of may_fail where one of must_fail is blocked behind it. With
`also` nothing else is named there but what it lists. A check that is blocked
behind one that may fail, or fails because a guard that may fail is broken, needs
no mention. What has no points and guards nothing is left out.
"""
import json
import re
import sys
import tomllib
from pathlib import Path

CLASS = Path(__file__).parent / "class"
GUARD = re.compile(r"guard (\S+) is broken")


def behind(record: dict) -> set[str]:
    """The words of a record that is only a consequence: what it is behind is
    among them. Empty for one that says what it saw itself."""
    if record["outcome"] == "blocked":
        return {word.strip(".,:;()") for word in record.get("observed", "").split()}
    told = GUARD.match(record.get("observed", "")) if record["outcome"] == "fail" else None
    return {told[1]} if told else set()


def consequences(records: list[dict], roots: set[str]) -> set[str]:
    """The checks that are behind one of `roots`, however long the chain."""
    found: set[str] = set()
    while True:
        more = {r["check"] for r in records if behind(r) & (roots | found)} - roots
        if more <= found:
            return found
        found |= more


def named(case: dict, result: dict) -> set[str]:
    """The causes that the failing checks of must_fail name, and those behind
    which one of them is blocked: the student hears of it there."""
    must = set(case["must_fail"])
    before = {word for c in result["checks"] if c["check"] in must and c["outcome"] == "blocked" for word in behind(c)}
    speak = must | before & set(case.get("may_fail", []))
    return {cause for c in result["checks"] if c["check"] in speak and c["outcome"] == "fail" for cause in c["causes"]}


def mismatches(case: dict, result: dict) -> list[str]:
    """What the result says and the case does not, in words."""
    if "error" in result:
        return [result["error"]]
    outcome = {c["check"]: c["outcome"] for c in result["checks"] if c.get("guard") or c.get("max", 1)}
    must, may = set(case["must_fail"]), set(case.get("may_fail", []))
    failed = {c for c, o in outcome.items() if o in ("fail", "blocked")}
    excused = consequences(result["checks"], must | may)
    wrong = [f"{c} should fail and is {outcome.get(c, 'not there')}" for c in sorted(must - failed)]
    wrong += [f"{c} should pass and is {outcome[c]}" for c in sorted(failed - must - may - excused)]
    wrong += [f"{c} is {o}" for c, o in sorted(outcome.items())
              if o == "not-measured" and c not in case.get("unknown", [])]
    causes = named(case, result)
    if case.get("causes") and not causes & set(case["causes"]):
        wrong.append(f"none of {', '.join(case['causes'])} is named, but {', '.join(sorted(causes)) or 'nothing'}")
    others = causes - set(case.get("causes", [])) - set(case.get("also", causes))
    wrong += [f"another mistake is named, too: {cause}" for cause in sorted(others)]
    return wrong


def verify(results: Path, cases: Path = CLASS) -> dict[str, list[str]]:
    """name -> mismatches, for every case. Raises OSError for a missing result."""
    return {path.parent.name: mismatches(
                tomllib.loads(path.read_text("utf-8")),
                json.loads((results / path.parent.name / "result.json").read_text("utf-8")))
            for path in sorted(cases.glob("*/case.toml"))}


def main(args: list[str]) -> int:
    if not 1 <= len(args) <= 2:
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 2
    try:
        table = verify(*map(Path, args))
    except OSError as error:
        print(f"verify: {error}", file=sys.stderr)
        return 2
    for name, wrong in table.items():
        print(f"{name:24} {'as its case.toml says' if not wrong else wrong[0]}")
        for further in wrong[1:]:
            print(f"{'':24} {further}")
    good = sum(not wrong for wrong in table.values())
    print(f"{good} of {len(table)} match")
    return 0 if good == len(table) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Hold the results of a class against what each case.toml says of it.

    python3 -m grader.corpus.verify RESULTS [CLASS]

A case matches when every check of must_fail failed (blocked counts), nothing
outside must_fail and may_fail did, all was measured, and the planted cause is
among those named by a failing check of must_fail.
"""
import json
import sys
import tomllib
from pathlib import Path

CLASS = Path(__file__).parent / "class"


def mismatches(case: dict, result: dict) -> list[str]:
    """What the result says and the case does not, in words."""
    if "error" in result:
        return [result["error"]]
    outcome = {c["check"]: c["outcome"] for c in result["checks"]}
    must, may = set(case["must_fail"]), set(case.get("may_fail", []))
    failed = {c for c, o in outcome.items() if o in ("fail", "blocked")}
    wrong = [f"{c} should fail and is {outcome.get(c, 'not there')}" for c in sorted(must - failed)]
    wrong += [f"{c} should pass and is {outcome[c]}" for c in sorted(failed - must - may)]
    wrong += [f"{c} is {o}" for c, o in sorted(outcome.items()) if o == "not-measured"]
    named = {cause for c in result["checks"] if c["check"] in must and c["outcome"] == "fail"
             for cause in c["causes"]}
    if case.get("causes") and not named & set(case["causes"]):
        wrong.append(f"none of {', '.join(case['causes'])} is named, but {', '.join(sorted(named)) or 'nothing'}")
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

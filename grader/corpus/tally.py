"""What the results of cases add to the counts."""
from pathlib import Path
from typing import Iterable

from grader.corpus import counts as counting, verify
from grader.corpus.counts import CLEAN, IDLE, MUTANT, Count
from grader.corpus.made_of import hash_of
from grader.corpus.mutant import ROOT, Case, make_tree, tree_hash


def hashes(case: Case, scratch: Path, root: Path = ROOT) -> dict[str, str]:
    """check -> hash under which its runs on this case are counted. Raises
    Broken for a case that cannot be made."""
    code = tree_hash(make_tree(case, scratch, root))
    own = [c for c in case.checks() if c not in case.unknown] if case.design else case.must_fail
    return {check: hash_of(check, code, case.rubric) for check in own}


def counted(case: Case, result: dict, load: str, hash_: dict[str, str]) -> list[Count]:
    """What one result adds to the counts. hash_: check -> hash, of those to count."""
    expectation = case.expectation()
    told = case.design or bool(verify.named(expectation, result) & set(case.causes))
    right = "pass" if case.design else "fail"
    found = []
    for record in result.get("checks", []):
        check, outcome = record["check"], record["outcome"]
        if check not in hash_ or not (case.design or check in case.must_fail) or outcome == "blocked":
            continue
        lost = outcome == "not-measured"
        wrong = not lost and (outcome != right or not told)
        found.append(Count(check, CLEAN if case.design else MUTANT, load, case.name, hash_[check],
                           int(not lost), int(wrong), int(lost)))
    return found


def keep(results: Iterable[tuple[Case, dict]], scratch: Path, path: Path = counting.COUNTS) -> None:
    """Add results that were measured idle to the stored counts. What is stored
    of these cases and is about other files than there are now goes."""
    stands = [(case, result, hashes(case, scratch)) for case, result in results]
    found = [c for case, result, hash_ in stands for c in counted(case, result, IDLE, hash_)]
    known = {case.name: hash_ for case, _, hash_ in stands}
    old = [c for c in counting.read(path)
           if c.subject not in known or known[c.subject].get(c.check) == c.hash]
    counting.write(counting.add(old, found), path)

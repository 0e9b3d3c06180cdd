"""What an order that fails usually means in part 3."""
from grader.explore.boxed import Found

STANDS = "deadlock", "lost-wakeup"
TOGETHER = "page-together", "page-after-writer"


def of_journal(found: Found) -> list[str]:
    if found.explored.verdict in STANDS:
        return ["locks-in-two-orders" if "circle" in found.explored.about else "lock-kept"]
    if "nobody else is there" in found.explored.about:
        return ["journal-not-in-order"]
    return ["asks-in-vain" if found.explored.verdict == "no-progress" else "journal-inexact"]


def of_page(found: Found) -> list[str]:
    if found.explored.verdict == "bypassed":
        return ["writer-starves" if found.scenario.name == "page-writer" else "readers-starve"]
    if found.explored.verdict in STANDS:
        return ["readers-one-by-one" if found.scenario.name in TOGETHER else "lock-kept"]
    return ["page-not-alone"]


def of_credit(found: Found) -> list[str]:
    if found.explored.verdict in STANDS:
        return ["lock-kept"]
    return ["credit-lost" if "were lost" in found.explored.about else "credit-overdrawn"]

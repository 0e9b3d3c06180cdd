"""What an order that fails usually means in part 3."""
from grader.explore.boxed import Found

STANDS = "deadlock", "lost-wakeup"


def of_journal(found: Found) -> list[str]:
    if found.explored.verdict in STANDS:
        return ["locks-in-two-orders" if "circle" in found.explored.about else "lock-kept"]
    return ["asks-in-vain" if found.explored.verdict == "no-progress" else "journal-inexact"]


def of_page(found: Found) -> list[str]:
    if found.explored.verdict == "bypassed":
        return ["writer-starves" if found.scenario.name == "page-writer" else "readers-starve"]
    if found.explored.verdict in STANDS:
        return ["readers-one-by-one" if found.scenario.name == "page-together" else "lock-kept"]
    return ["page-not-alone"]


def of_credit(found: Found) -> list[str]:
    if found.explored.verdict in STANDS:
        return ["lock-kept"]
    return ["credit-lost" if "more were served" in found.explored.about and _fewer(found) else "credit-overdrawn"]


def _fewer(found: Found) -> bool:
    """Whether less was served than was paid for."""
    left, _, served = found.explored.text.partition(" credits were left")
    numbers = [int(w) for part in (left, served) for w in part.replace(",", " ").split() if w.isdigit()]
    return len(numbers) > 1 and numbers[1] < numbers[0]

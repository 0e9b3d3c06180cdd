"""What an order that fails usually means, by what it fails."""
from grader.explore.boxed import Found

UNLOCKED = "queue-unlocked"
# What the scenarios of stats.c say, and what each usually means.
NUMBERS = {"bytes of %d each": "stats-torn", "and %d were at most": "stats-peak-late", "the peak of": "stats-peak-late"}


def of_numbers(found: Found) -> list[str]:
    """Of four numbers under a lock."""
    explored = found.explored
    if explored.verdict in ("deadlock", "lost-wakeup"):
        return ["locks-in-two-orders" if "circle" in explored.about else "stats-lock-kept"]
    return [next((cause for words, cause in NUMBERS.items() if words in explored.about), "stats-lost-update")]


def of_queue(found: Found) -> list[str]:
    """Of a queue. Racing accesses are of threads that nothing keeps apart.
    Without them somebody slept on, or went on too early."""
    if found.explored.races:
        return [UNLOCKED]
    if found.explored.verdict == "lost-wakeup":
        return ["queue-loses-wake-up"]
    return ["queue-miscounts" if found.explored.verdict == "deadlock" else "queue-wakes-too-early"]

"""What an order of a whole server's steps that fails usually means."""
from grader.explore.boxed import Found

STANDS = "deadlock", "lost-wakeup", "no-progress"
GONE = "use-after-free", "double-free", "misuse"
# What the scenario says, and what it usually means.
SAID = {"nobody has answered": ["stop-drops-between", "stop-returns-at-once"],
        "is still being served": ["stop-returns-at-once"], "got no whole answer": ["stop-drops-between"],
        "got half an answer": ["stop-returns-at-once", "stop-uses-what-is-gone"],
        "was never accepted": ["stop-returns-at-once"], "serve says": ["stop-wrong-status"]}


def of_stop(found: Found) -> list[str]:
    """Nothing where it may come of anything, as a crash may."""
    explored = found.explored
    if explored.verdict in STANDS:
        return ["stop-never-ends"]
    if explored.verdict in GONE:
        return ["stop-uses-what-is-gone"]
    return next((causes for words, causes in SAID.items() if words in explored.about), [])

"""What an order of a whole server's steps that fails usually means."""
from grader.explore.boxed import Found

STANDS = "deadlock", "lost-wakeup", "no-progress"
# What the scenario says, and what it usually means.
SAID = {"nobody has answered": ["stop-drops-between", "stop-returns-at-once"],
        "is still being served": ["stop-returns-at-once"], "got no whole answer": ["stop-drops-between"],
        "got half an answer": ["stop-returns-at-once", "stop-uses-what-is-gone"],
        "was never accepted": ["stop-returns-at-once"], "serve says": ["stop-wrong-status"]}


def of_stop(found: Found) -> list[str]:
    explored = found.explored
    if explored.verdict in STANDS:
        return ["stop-never-ends"]
    return next((causes for words, causes in SAID.items() if words in explored.about), ["stop-uses-what-is-gone"])

"""A check to begin with: copy this file and rubric.toml, and make them yours.

It starts a server in the box, waits for a condition, and returns what it has
seen. Where the property does not hold it raises Failed, with what was seen and
the causes that it may have, of the list in the rubric.
"""
from grader.checks.common import check
from grader.core.record import Failed
from grader.core.subject import Case


@check("2d.silence")
def test_a_silent_client_is_let_go(case: Case) -> str:
    with case.server("-i", "100", workers=1) as server:
        client = server.client()
        # until gives up by itself, when it sees that the server gets nowhere.
        if not server.until(lambda: client.ended):
            raise Failed(f"a silent client is still held: {server.why}", ["impatience-forgotten"])
        # It is let go by a server that serves, and not by one that has ended.
        if not server.ask(case.bytes(100)).echoed:
            raise Failed(f"after a silent client nobody was served: {server.why}", ["client-lost"])
    return "a silent client was let go, and the next one served"

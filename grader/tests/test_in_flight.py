"""Clients in flight, where the machine is too slow to see them there."""
from types import SimpleNamespace
from typing import Optional

import pytest

from grader.checks.look import in_flight
from grader.core.record import Failed


class Client:
    """One that has its reply already, or never gets one."""

    def __init__(self, reply: Optional[bytes]):
        self.reply = reply

    def ask(self, *_: object) -> "Client":
        return self


def server(accepted: int, reply: Optional[bytes]) -> SimpleNamespace:
    """One that has answered everybody (its connections are gone), or nobody."""
    return SimpleNamespace(client=lambda: Client(reply), accepted=lambda: accepted, why="it stands still",
                           until=lambda condition: condition())


def test_who_was_answered_before_anybody_looked_was_not_lost() -> None:
    assert len(in_flight(None, server(0, b"200"), [b"a", b"b", b"c"], 250)) == 3


def test_who_is_in_service_is_seen_there() -> None:
    assert [c.reply for c in in_flight(None, server(3, None), [b"a", b"b", b"c"], 250)] == [None] * 3


def test_who_is_neither_accepted_nor_answered_is_lost() -> None:
    with pytest.raises(Failed, match="2 of 3 clients were accepted; it stands still"):
        in_flight(None, server(2, None), [b"a", b"b", b"c"], 250)

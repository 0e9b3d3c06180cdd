"""The paths that part 3 adds to the server, as its checks ask for them."""
import json
from typing import Optional

from grader.core.record import Failed
from grader.observe.client import Client
from grader.observe.server import Server


def get(server: Server, path: str) -> Client:
    """A client that asks for a path, and has not been answered yet."""
    client = server.client()
    client.send(f"GET {path} HTTP/1.1\r\nHost: echo\r\n\r\n".encode())
    return client


def status(client: Client) -> Optional[int]:
    return client.reply.status if client.reply else None


def journal(server: Server, causes: list[str]) -> dict:
    """What GET /journal says when nobody else asks. Raises Failed, with these
    causes where it is not answered."""
    client = get(server, "/journal")
    server.until(lambda: client.done)
    if client.reply is None:
        raise Failed(f"GET /journal was not answered: {server.why}", causes)
    try:
        said = json.loads(client.reply.body)
        return {"entries": int(said["entries"]), "bytes": int(said["bytes"]),
                "last": [(int(number), int(n)) for number, n in said["last"]]}
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"GET /journal was answered with {client.reply.body[:100]!r}", ["journal-inexact"]) from error

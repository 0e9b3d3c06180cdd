"""The end of a server is seen even where its clients see it first."""
import tempfile
import textwrap
from pathlib import Path

import pytest

from grader.observe.server import Server
from grader.tests import boxed

box = boxed.box

# It gives up its client, and the process ends a little later.
GIVES_UP = """\
    #!/usr/bin/python3
    import os, socket, time
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    listener.accept()[0].close()
    end = time.process_time() + {busy}
    while time.process_time() < end:
        pass
    os._exit({status})
"""


@pytest.fixture
def program():
    """Where the user of a box can come."""
    with tempfile.TemporaryDirectory(prefix="clk-test-") as directory:
        def made(**how) -> Path:
            path = Path(directory) / "server"
            path.write_text(textwrap.dedent(GIVES_UP.format(**how)))
            for place in path, path.parent:
                place.chmod(0o755)
            return path
        yield made


def test_a_server_that_gives_up_its_client_and_ends_later_has_ended(box, program):
    with Server(box, program(busy=0.2, status=7)) as server:
        client = server.ask(b"x")
        assert client.done and client.reply is None
        assert (server.status.kind, server.status.value) == ("exit", 7)

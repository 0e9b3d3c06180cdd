"""The executable under test, what was claimed of it, and what is known so far."""
import dataclasses
import hashlib
import json
import random
import shlex
from pathlib import Path
from typing import Optional

from grader.box.box import Box
from grader.core.luck import Luck
from grader.core.record import NotMeasured, Record
from grader.core.rubric import Check, Rubric
from grader.core.subject import Subject
from grader.observe.server import QUIET
from grader.program.protocol import Protocol, by_name
from grader.program.server import ForeignServer

MODELS = "fork", "thread", "pool", "reactor", "any"
LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"
PATIENCE = 60.0         # seconds that the clients of one batch may take


@dataclasses.dataclass(frozen=True)
class Claim:
    """What the instructor says of the program; 0 is what was not said."""

    words: tuple[str, ...]
    cwd: str
    protocol: str
    model: str = "any"
    workers: int = 0
    capacity: int = 0

    def program(self) -> str:
        """The command line of the program; {port} needs no quotation marks."""
        return " ".join(w if shlex.quote(w.replace("{port}", "0")) == w.replace("{port}", "0") else shlex.quote(w)
                        for w in self.words)

    def command(self, check: str) -> str:
        """The command line that measures one check again."""
        words = ["grader/grade", "--program", self.program(), "--protocol", self.protocol,
                 "--model", self.model]
        words += ["--workers", str(self.workers)] if self.workers else []
        words += ["--capacity", str(self.capacity)] if self.capacity else []
        return shlex.join([*words, "--task", check])

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Claim":
        table = json.loads(text)
        return cls(**{**table, "words": tuple(table["words"])})


class ProgramSubject(Subject):
    """In the place of a submission. protocol is the dialect that the program
    speaks, and latency what its first answer took, once a guard has found out."""

    def __init__(self, claim: Claim, rubric: Rubric, box: Box, luck: Luck, kit: str):
        super().__init__(Path(claim.cwd), rubric, box, None, luck, kit)
        self.claim = claim
        self.protocol: Protocol = by_name(claim.protocol)
        self.latency = 0.0
        self.many = False           # a connection carries more than one request


class ProgramCase:
    """What one check gets: servers, bodies, its own random numbers."""

    company = ""

    def __init__(self, subject: ProgramSubject, check: Check):
        self.subject, self.check = subject, check
        self.claim = subject.claim
        self.seed = int(hashlib.sha256(f"{subject.kit} {check.id}".encode()).hexdigest()[:8], 16)
        self.random = random.Random(self.seed)

    def accusation(self) -> str:
        return ""

    def hangs(self) -> list[Record]:
        return []

    @property
    def protocol(self) -> Protocol:
        return self.subject.protocol

    def server(self, luck: str = "", env: Optional[dict[str, str]] = None,
               protocol: Optional[Protocol] = None, quiet: float = 0) -> ForeignServer:
        """Start the program. Raises NotMeasured if lab/chaos is asked for and
        does not get into it."""
        shim = self.subject.luck.shim
        if luck:
            env = {**(env or {}), "LD_PRELOAD": str(shim), **dict(w.split("=", 1) for w in luck.split())}
        server = ForeignServer(self.subject.box, self.claim.words, Path(self.claim.cwd),
                               protocol or self.protocol, env,
                               quiet or QUIET + 3 * self.subject.latency)
        if luck and not server.has(shim):
            server.end()
            raise NotMeasured("bad luck cannot be put into this program: it is linked statically, "
                              "or runs as another user")
        return server

    def patience(self, clients: int) -> None:
        """Raises NotMeasured if so many, one after the other, take too long."""
        if clients * self.subject.latency > PATIENCE:
            raise NotMeasured(f"{clients} clients are needed, and one takes {self.subject.latency:.1f} s")

    def workers(self, server: ForeignServer) -> int:
        """How many workers a pool has: as it was said, or the threads or
        processes that wait before any client has come; 0 for no pool."""
        if self.claim.workers or self.claim.model not in ("pool", "any"):
            return self.claim.workers
        server.settle()
        return len(server.tasks()) - 1

    def body(self, size: int = 100) -> bytes:
        """A body of this check's own, of so many bytes."""
        if not self.protocol.text:
            return self.random.getrandbits(8 * size).to_bytes(size, "little") if size else b""
        return bytes(self.random.choices(LETTERS, k=size))

    def bodies(self, n: int, size: int = 100) -> list[bytes]:
        """n different bodies."""
        return [b"%06d" % i + self.body(size - 6) for i in range(n)]

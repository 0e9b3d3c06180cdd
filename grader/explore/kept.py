"""Findings that are kept, so that they can be repeated by a short name."""
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from grader.explore.finding import Explored
from grader.explore.scenarios import ROOT, Scenario

KEPT = ROOT / "report" / "explore"
ID = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True)
class Kept:
    """A failure: the scenario, whose modules it was built with, what was
    found (about), the order that leads there, and how it was searched."""

    id: str
    scenario: str
    file: str
    module: str
    flags: list[str]
    directory: str
    verdict: str
    about: str
    schedule: str
    schedules: int
    exhaust: int
    seed: int
    given: list[str] = field(default_factory=list)

    def as_scenario(self) -> Scenario:
        """What was searched, as it was then."""
        return Scenario(self.scenario, Path(self.file), module=self.module, given=tuple(self.given),
                        flags=tuple(self.flags), schedules=self.schedules, exhaust=self.exhaust)

    def same_failure(self, found: Explored) -> bool:
        return (found.verdict, found.about) == (self.verdict, self.about)


def keep(scenario: Scenario, directory: Path, found: Explored, seed: int) -> Kept:
    """Write a failure down. Raises OSError."""
    digest = hashlib.sha256(f"{scenario} {found.verdict} {found.about} {found.schedule}".encode()).hexdigest()
    name = re.sub(r"[^A-Za-z0-9_-]", "-", scenario.name)[:40]
    kept = Kept(f"{name}-{digest[:6]}", scenario.name, str(scenario.file), scenario.module, list(scenario.flags),
                str(directory), found.verdict, found.about, found.schedule, scenario.schedules, scenario.exhaust, seed,
                list(scenario.given))
    return write(kept)


def write(kept: Kept) -> Kept:
    """Raises OSError."""
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{kept.id}.json").write_text(json.dumps(asdict(kept), indent=1) + "\n", "utf-8")
    return kept


def again(kept: Kept, schedule: str) -> Kept:
    """The same failure with another build's line, kept under the same name."""
    return write(replace(kept, schedule=schedule))


def load(id: str) -> Kept:
    """Raises ValueError, which names those there are, for an unknown one."""
    path = KEPT / f"{id}.json"
    try:
        if ID.fullmatch(id):
            kept = Kept(**json.loads(path.read_text("utf-8")))
            if not isinstance(kept.flags, list) or not isinstance(kept.given, list):
                raise TypeError("flags and given should be lists")
            return kept
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    there = sorted(p.stem for p in KEPT.glob("*.json"))
    told = f"there are {', '.join(there)}" if there else "there is none yet: make explore looks for some"
    raise ValueError((f"there is no finding '{id}'; " if id else "say which with ID=; ") + told)

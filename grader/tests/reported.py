"""Results to report, and the reports of them, for the tests to read."""

from __future__ import annotations

import copy
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any, Callable

from grader.report import formats, terminal, view

DATA = Path(__file__).with_name("data")
SAMPLES = ["full", "half", "broken", "hostile", "ungradable"]
HUGE = "A" * 60_000


def sample(name: str) -> dict[str, Any]:
    """A result of data/; the hostile one gets its megabytes here."""
    result = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    if name == "hostile":
        find(result, "1a.overlap")["evidence"][0]["text"] += HUGE
        find(result, "1a.overlap")["observed"] += HUGE
    return result


def find(result: dict[str, Any], check: str) -> dict[str, Any]:
    return next(c for c in result["checks"] if c["check"] == check)


def fail(result: dict[str, Any], check: str) -> None:
    """Turn a pass into a failure and keep the sums right."""
    record = find(result, check)
    box = next(b for b in result["boxes"] if b["title"] == (
        "Processes work" if check[0] == "1" else
        "Race scenarios are resolved" if check[:2] == "2b" else
        "Threads work"))
    result["score"] -= record["points"]
    box["score"] -= record["points"]
    record.update(outcome="fail", points=0, observed="seen", expected="due")


SAID = {        # of 1b, 2a, 3b and q1: what comes, and what is said instead
    "1b": ["0", "20", "about 19", "0 zombies", "20.", "none"],
    "2a": ["2000, 90 %, 0, 0", "2,000, 50%, a few, 0", "1990; 100; 1000000; 0"],
    "3b": ["100 ms", "for ever", "as long as they go on"],
    "q1": ["64", "24", "25"],
}


def tell(result: dict[str, Any], n: int) -> None:
    """Let the n-th of a class say what was expected, and how long it took."""
    own = {"q1": {"clients": 64, "workers": 8, "capacity": 16}}
    result["predictions"] = {task: {"said": said[n % len(said)], "numbers": own.get(task, {})}
                             for task, said in SAID.items()}
    result["hours"] = {"1b": 1.0 + n % 4, "2a": 0.5 + n % 3 / 2}


def telling(n: int) -> list[dict[str, Any]]:
    """A class of n who all say something, and whose marks are full."""
    results = [{**sample("full"), "submission": f"student-{i}"} for i in range(n)]
    for i, result in enumerate(results):
        tell(result, i)
        result["checks"] += [{**find(result, "fork.echo"), "check": f"{task}.there"} for task in ("2a", "3b", "q1")]
    return results


def a_class() -> list[dict[str, Any]]:
    """Twelve submissions: ten grown from full, one half, one not gradable."""
    results = []
    for n, name in enumerate(("amber-otter brisk-wren calm-tern dusky-lynx "
                              "eager-mole fleet-ibis gentle-newt hardy-pika "
                              "idle-starter jolly-crane").split()):
        result = copy.deepcopy(sample("full"))
        result["submission"] = name
        tell(result, n)
        for i, check in enumerate(view.scored(result)):
            if n and (i * 7 + n) % (9 - n if n < 8 else 1 + n % 2) == 0:
                fail(result, check["check"])
        results.append(result)
    return results + [sample("half"), sample("ungradable")]


def report(result: Any, colour: bool = False,
           show: Callable[..., None] = terminal.print_result) -> str:
    stream = io.StringIO()
    show(result, stream, colour)
    return stream.getvalue()


def page(name: str, tmp_path: Path) -> str:
    formats.write_submission(sample(name), tmp_path)
    return (tmp_path / "index.html").read_text(encoding="utf-8")


VOID = {"meta", "link", "input", "br", "img"}


class Page(html.parser.HTMLParser):
    """What a browser would build: elements, and whether they nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.code: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.code.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for found, attrs in self.found if found == tag]


def words(source: str) -> str:
    """A page's text without its markup."""
    source = re.sub(r"<(style|script)>.*?</\1>", "", source, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", source))


def without_points(result: dict[str, Any], check: str) -> None:
    """Make a check what it is where only others were asked for: a guard."""
    record = find(result, check)
    result["max"] -= record["max"]
    result["measured_max"] -= record["max"]
    result["score"] -= record["points"]
    record.update(guard=True, max=0, points=0)

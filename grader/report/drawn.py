"""The picture of an order of steps, for a page: as an image of its own, in
which no name of a student's can reach the page around it."""
import base64
from typing import Any

from grader.story import picture
from grader.story.story import Line, Story


def of(evidence: dict[str, Any]) -> str:
    """The address of the image that goes with a text, or "" if none does."""
    told = evidence.get("story")
    if not told:
        return ""
    svg = picture.svg(_story(told))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _story(told: dict[str, Any]) -> Story:
    """From its record, which has been JSON: numbers of threads are texts there."""
    return Story(told["kind"], tuple(told["seen"]), {int(t): role for t, role in told["threads"].items()},
                 tuple(Line(**line) for line in told["lines"]), told["before"], told["after"], told["schedule"])

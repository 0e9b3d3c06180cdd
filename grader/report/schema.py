"""What a result must be: the published schema, and what no schema can say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("result.schema.json")


def validate(result: dict[str, Any]) -> None:
    """Return if result is a right result.json. Raises
    jsonschema.ValidationError with the place and the reason if not, and
    ImportError where python3-jsonschema is missing."""
    _against("", result)
    if "error" not in result:
        _sums(result)


def validate_check(record: dict[str, Any]) -> None:
    """The same for one line of the JSONL: one check's record."""
    _against("/$defs/check", record)
    _points(record)


def _against(pointer: str, value: Any) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads(PATH.read_text(encoding="utf-8"))
    if pointer:
        schema = {"$defs": schema["$defs"], "$ref": "#" + pointer}
    Draft202012Validator(schema).validate(value)


def _require(true: bool, text: str) -> None:
    from jsonschema import ValidationError

    if not true:
        raise ValidationError(text)


def _points(check: dict[str, Any]) -> None:
    _require(check["outcome"] != "pass" or check["points"] == check["max"],
             f"{check['check']}: a pass has all its points")


def _sums(result: dict[str, Any]) -> None:
    checks = result["checks"]
    ids = [c["check"] for c in checks]
    _require(len(ids) == len(set(ids)), "a check is there twice")
    for check in checks:
        _points(check)
        _require(set(check["causes"]) <= set(result["causes"]),
                 f"{check['check']}: a cause has no sentence")
    measured = [c for c in checks if c["outcome"] != "not-measured"]
    _same(result["score"], sum(c["points"] for c in checks), "score")
    _same(result["measured_max"], sum(c["max"] for c in measured),
          "measured_max")
    _same(result["max"], sum(c["max"] for c in checks), "max")
    _require(result["complete"] == (result["measured_max"] == result["max"]),
             "complete means that measured_max is max")
    for box in result["boxes"]:
        _require(box["score"] <= box["measured_max"] <= box["max"],
                 f"box {box['title']!r}: score <= measured_max <= max")


def _same(value: float, total: float, name: str) -> None:
    # Points that course.toml scales are fractions; sums of them round.
    _require(abs(value - total) < 1e-6,
             f"{name} is {value}, the checks add up to {total}")

"""The schema: what is a right result, and what is none."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from grader.report import schema
from grader.tests.reported import SAMPLES, a_class, find, sample


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_right_result(name: str) -> None:
    schema.validate(sample(name))


def test_every_submission_of_the_sample_class_is_a_right_result() -> None:
    for result in a_class():
        schema.validate(result)


def test_a_line_of_the_record_is_held_to_the_same_schema() -> None:
    record = sample("half")["checks"][1]
    schema.validate_check(record)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate_check({**record, "outcome": "skipped"})


WRONG = {
    "a field nobody knows": ("1a.exit", {"grade": 1}),
    "an outcome nobody knows": ("1a.exit", {"outcome": "error"}),
    "a pass with part of its points": ("1a.exit", {"points": 1}),
    "a failure without what was seen": ("1a.parent-fd", {"observed": ""}),
    "a failure without what was due": ("1a.parent-fd", {"expected": ""}),
    "a failure that earns points": ("1a.parent-fd", {"points": 1}),
    "a blocked check that earns points": ("2e.idle", {"points": 1}),
    "not measured without a reason": ("2c.waits", {"observed": ""}),
    "a guard with points": ("fork.echo", {"max": 1, "points": 1}),
    "a cause without a sentence": ("1a.parent-fd", {"causes": ["moon"]}),
    "four causes": ("1a.parent-fd", {"causes": ["a", "b", "c", "d"]}),
    "evidence of no kind": ("1a.exit", {"evidence": [{"text": "so"}]}),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_schema_refuses(what: str) -> None:
    check, change = WRONG[what]
    result = sample("half")
    find(result, check).update(change)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(result)


@pytest.mark.parametrize("change", [
    {"score": 30}, {"measured_max": 50}, {"complete": True}, {"schema": 2},
    {"error": "no"}, {"level": ""}, {"seed": None}, {"extra": 0}])
def test_the_schema_refuses_a_result_with(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({**sample("half"), **change})


def test_the_schema_refuses_a_check_that_is_there_twice() -> None:
    result = sample("full")
    result["checks"].append(copy.deepcopy(find(result, "fork.echo")))
    with pytest.raises(jsonschema.ValidationError, match="twice"):
        schema.validate(result)

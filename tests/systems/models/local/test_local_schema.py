from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.models.local.answer import Answer
from systems.models.local.schema import fill

SAID = Answer(
    "Standard shipping costs 4.90 EUR. It takes 2 days. [1]", "Standard shipping costs 4.90 EUR. It takes 2 days."
)
NOTHING = Answer("I do not know.")
LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from([{"type": "string"}, {"type": "boolean"}, {"type": "null"}, {"type": ["number", "null"]}]),
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    st.builds(
        lambda kind, low: {"type": kind, "minimum": low, "maximum": low + 5},
        st.sampled_from(["number", "integer"]),
        st.integers(-9, 9),
    ),
    st.lists(st.sampled_from(["yes", "no", 3, None, "free shipping"]), min_size=1, unique=True).map(
        lambda values: {"enum": values}
    ),
    st.integers(0, 3).map(
        lambda least: {"type": "array", "items": {"type": "string"}, "minItems": least, "maxItems": least + 1}
    ),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(st.text(max_size=5), inner, max_size=4).map(
            lambda parts: {
                "type": "object",
                "properties": parts,
                "required": list(parts),
                "additionalProperties": False,
            }
        ),
        inner.map(lambda items: {"type": "array", "items": items}),
        inner.map(lambda first: {"anyOf": [first, {"type": "null"}]}),
    ),
    max_leaves=6,
)


@given(SCHEMAS, st.one_of(st.just(SAID), st.just(NOTHING), st.builds(Answer, st.text(), st.text())))
def test_what_is_filled_in_is_valid_json_for_any_simple_schema(schema: dict[str, Any], answer: Answer) -> None:
    value = json.loads(json.dumps(fill(schema, answer), allow_nan=False))
    jsonschema.validate(value, schema)


def test_each_kind_of_value_is_taken_from_the_evidence_and_not_from_its_citation() -> None:
    kinds = {
        "answer": {"type": "string"},
        "price": {"type": "number"},
        "method": {"enum": ["express", "standard shipping"]},
        "true": {"type": "boolean"},
        "steps": {"type": "array", "items": {"type": "string"}},
    }
    assert fill({"type": "object", "properties": kinds}, SAID) == {
        "answer": SAID.text,
        "price": 4.9,
        "method": "standard shipping",
        "true": True,
        "steps": ["Standard shipping costs 4.90 EUR.", "It takes 2 days."],
    }


def test_without_evidence_a_number_is_null_where_that_is_allowed_and_else_0() -> None:
    assert fill({"type": ["number", "null"]}, NOTHING) is None
    assert fill({"type": "integer"}, NOTHING) == 0
    assert fill({"enum": ["a", None]}, NOTHING) is None
    assert fill({"type": "boolean"}, NOTHING) is False


@pytest.mark.parametrize("denial", ["We cannot do that.", "No returns.", "It isn't covered."])
def test_a_denial_is_false(denial: str) -> None:
    assert fill({"type": "boolean"}, Answer(denial, denial)) is False


def test_thousands_and_negative_numbers_are_read_as_people_write_them() -> None:
    assert fill({"type": "number"}, Answer("", "It costs 1,250.50 in all.")) == 1250.5
    assert fill({"type": "integer"}, Answer("", "down to -5 degrees, 10-20 hours")) == -5
    assert fill({"type": "integer"}, Answer("", "takes 10-20 hours")) == 10


@pytest.mark.parametrize("required", [[], ["parts"]])
def test_a_schema_that_refers_to_itself_ends(required: list[str]) -> None:
    reference = {"$ref": "#/$defs/node"}
    parts = {"name": {"type": "string"}, "next": reference, "parts": {"type": "array", "items": reference}}
    node = {"type": "object", "required": ["name", *required], "properties": parts}
    schema = {**reference, "$defs": {"node": node}}
    jsonschema.validate(fill(schema, SAID), schema)

"""What pydantic finds wrong, in our words: nothing that a client can send speaks of Python."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from db.limits import Name
from db.wording import OURS, worded
from resolvers.root import api

# What the inputs' types hold a value to; the wording knows a sentence for each.
WORDED = {
    ("str", "min_length"),
    ("str", "max_length"),
    ("int", "ge"),
    ("int", "le"),
    ("list", "min_length"),
    ("list", "max_length"),
}
LIMITS = {
    *("min_length", "max_length", "pattern", "ge", "gt", "le", "lt", "multiple_of"),
    *("max_digits", "decimal_places", "ascii_only", "now_op", "tz_constraint"),
}


def said_of(kind, value):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    [fault] = refused.value.errors()
    return worded(fault["type"], fault["msg"])


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Name, "", "must not be empty"),
        (Annotated[str, Field(min_length=3)], "ab", "must have at least 3 characters"),
        (Annotated[str, Field(max_length=12)], "a" * 13, "must have at most 12 characters"),
        (Name, "\ud800", "must be text, without halves of characters"),
        (Annotated[int, Field(ge=-3)], -4, "must be at least -3"),
        (Annotated[int, Field(le=10)], 11, "must be at most 10"),
        (Annotated[list[int], Field(min_length=1)], [], "must have at least one item"),
        (Annotated[list[int], Field(min_length=2)], [1], "must have at least 2 items"),
        (Annotated[list[int], Field(max_length=2)], [1, 2, 3], "must have at most 2 items"),
        (Name, None, "must not be null"),
        (bool, None, "must not be null"),
        (Name, "\0", "must not contain the character NUL"),
    ],
)
def test_each_fault_has_a_sentence_of_ours(kind, value, sentence):
    assert said_of(kind, value) == sentence


def test_what_is_not_known_keeps_its_words():
    assert worded("odd", "Something is odd") == "Something is odd"
    assert worded("value_error", f"{OURS}is odd") == "is odd"


def test_the_inputs_hold_values_to_nothing_that_has_no_sentence():
    held = set()
    for model in models():
        gather(model.__pydantic_core_schema__, held)

    assert held == WORDED


def models():
    kinds = api._schema.type_map.values()
    inputs = [kind.extensions.get("strawberry-definition") for kind in kinds]
    origins = [one.origin for one in inputs if getattr(one, "is_input", False)]
    return [origin for origin in origins if issubclass(origin, BaseModel)]


def gather(node: Any, held):
    """Every limit that stands anywhere in a core schema."""
    if isinstance(node, dict):
        held.update((node.get("type"), name) for name in LIMITS & node.keys())
        for part in node.values():
            gather(part, held)
    elif isinstance(node, list | tuple):
        for part in node:
            gather(part, held)

"""What a document may be made of: found before it is validated, and named."""

import pytest
from graphql import get_introspection_query, parse

from execution.documents import Documents
from execution.errors import QueryTooComplex
from execution.guard_rules import GuardRules
from execution.limits import (
    MOST_ALIASES,
    MOST_DEEP,
    MOST_DIRECTIVES,
    MOST_FIELDS,
    MOST_ROOT_FIELDS,
    MOST_SELECTIONS,
    must_be_within_limits,
)
from resolvers.root import api

# All that GraphiQL asks for: a schema's types around types, nine deep.
WHOLE_SCHEMA = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)


def fields(count, *, alias=False, below=""):
    return " ".join(f"{f'a{n}: ' if alias else ''}f{below}" for n in range(count))


def deep(levels, name="f"):
    return f"{name} {{ " * (levels - 1) + name + " }" * (levels - 1)


def doubling(levels, last, inside="...F{0} ...F{0}"):
    """Fragments of which each is spread twice in the one before."""
    fragments = [f"fragment F{n} on T {{ f {{ {inside.format(n + 1)} }} }}" for n in range(levels)]
    return " ".join([*fragments, f"fragment F{levels} on T {{ {last} }}"])


def refusal_of(text):
    with pytest.raises(QueryTooComplex) as refused:
        must_be_within_limits(parse(text))
    return str(refused.value), refused.value.details


WITHIN = {
    "depth": f"{{ {deep(MOST_DEEP)} }}",
    "root fields": f"{{ {fields(MOST_ROOT_FIELDS)} }}",
    "fields": f"{{ f {{ {fields(MOST_FIELDS)} }} }}",
    "aliases": f"{{ {fields(MOST_ALIASES, alias=True)} }}",
    "directives": f"{{ {fields(MOST_DIRECTIVES // 4, below=' @a' * 4)} }}",
    "selections": f"{{ f {{ {fields(24, below=f' {{ {fields(199)} }}')} }} }}",
    "introspection": WHOLE_SCHEMA,
    "operations are apart": f"query A {{ {fields(80)} }} query B {{ {fields(80)} }}",
    "nested": "{ " + "... { " * 99 + "f" + " }" * 100,
}
BEYOND = {
    "depth": (
        f"{{ {deep(MOST_DEEP + 1)} }}",
        f"{'.'.join('f' * 13)} comes to 13 levels; at most 12 fit.",
        ("levels", ".".join("f" * 13), 13, 12),
    ),
    "depth through a fragment": (
        "{ a { ...F } } fragment F on T { ... { b { " + deep(12) + " } } }",
        f"a.b.{'.'.join('f' * 11)} comes to 14 levels; at most 12 fit.",
        ("levels", f"a.b.{'.'.join('f' * 11)}", 14, 12),
    ),
    "depth through many fragments": (
        "{ ...F0 } " + doubling(12, "f", "...F{0}"),
        f"{'.'.join('f' * 13)} comes to 13 levels; at most 12 fit.",
        ("levels", ".".join("f" * 13), 13, 12),
    ),
    "introspection": (
        f"{{ __schema {{ {deep(15, 'types')} }} }}",
        f"__schema.{'.'.join(['types'] * 15)} comes to 16 levels; at most 15 fit.",
        ("levels", "__schema." + ".".join(["types"] * 15), 16, 15),
    ),
    "root fields": (
        f"{{ {fields(MOST_ROOT_FIELDS)} ...F }} fragment F on T {{ a b }}",
        "The operation (2 of them at ...F) comes to 102 fields; at most 100 fit.",
        ("fields", "...F", 102, 100),
    ),
    "fields": (
        f"{{ a {{ b {{ {fields(MOST_FIELDS + 1)} }} }} }}",
        "a.b comes to 201 fields in one selection; at most 200 fit.",
        ("fields in one selection", "a.b", 201, 200),
    ),
    "aliases": (
        f"{{ a {{ {fields(60, alias=True)} }} b {{ {fields(41, alias=True)} }} }}",
        "The operation (60 of them at a) comes to 101 aliases; at most 100 fit.",
        ("aliases", "a", 101, 100),
    ),
    "aliases by fragments": (
        f"{{ a {{ ...F }} b {{ ...F }} }} fragment F on T {{ {fields(51, alias=True)} }}",
        "The operation (51 of them at a) comes to 102 aliases; at most 100 fit.",
        ("aliases", "a", 102, 100),
    ),
    "directives at one place": (
        "{ a { ... @a @a @a @a @a { b } } }",
        "a.... comes to 5 directives at one place; at most 4 fit.",
        ("directives at one place", "a....", 5, 4),
    ),
    "directives": (
        f"{{ ... {{ {fields(51, below=' @a' * 4)} }} }}",
        "The operation (204 of them at ...) comes to 204 directives; at most 200 fit.",
        ("directives", "...", 204, 200),
    ),
    "selections": (
        f"{{ f {{ {fields(25, below=f' {{ {fields(200)} }}')} }} }}",
        "The operation (5026 of them at f) comes to 5026 selections; at most 5000 fit.",
        ("selections", "f", 5026, MOST_SELECTIONS),
    ),
    "selections that double": (
        "{ ...F0 } " + doubling(11, fields(8)),
        "The operation (22526 of them at ...F0) comes to 22526 selections; at most 5000 fit.",
        ("selections", "...F0", 22526, 5000),
    ),
}


@pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN)
def test_what_is_within_the_limits_is_let_through(text):
    must_be_within_limits(parse(text))


@pytest.mark.parametrize(("text", "message", "details"), BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_a_limit_is_told_with_its_field(text, message, details):
    limit, field, found, most = details
    assert refusal_of(text) == (
        message,
        {"limit": limit, "field": field, "found": found, "most": most},
    )


def test_selections_inside_selections_end_somewhere():
    message, details = refusal_of("{ " + "... { " * 101 + "f" + " }" * 102)

    assert (message, details) == ("Document repeats or nests its selections too often.", {})


@pytest.mark.parametrize(
    "text",
    [
        "{ ...F } fragment F on T { a { ...F } }",
        "{ ...F } fragment F on T { ...G } fragment G on T { ...F }",
        "{ ...F }",
        "fragment F on T { a }",
    ],
)
def test_fragments_that_are_missing_or_go_in_circles_are_left_to_the_validation(text):
    must_be_within_limits(parse(text))


def test_fragments_that_double_take_no_time():
    # Read one by one these would be more than the atoms of the earth.
    fragments = [f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(90)]
    text = " ".join(["{ ...F0 }", *fragments, "fragment F90 on T { a }"])

    message = "...F82 comes to 256 fields in one selection; at most 200 fit."
    assert refusal_of(text)[0] == message


def test_a_document_beyond_a_limit_is_neither_validated_nor_kept():
    documents = Documents(api._schema, GuardRules())
    with pytest.raises(QueryTooComplex, match=r"The operation .* comes to 101 fields"):
        documents.get("{ " + "unknown " * 101 + "}")

    assert len(documents._known) == 0


def test_fragments_that_no_operation_spreads_are_measured_by_the_validation():
    chain = [f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(300)]
    text = " ".join(["{ __typename }", *chain, "fragment F300 on Query { __typename }"])
    documents = Documents(api._schema, GuardRules())
    with pytest.raises(QueryTooComplex) as refused:
        documents.get(text)

    assert str(refused.value) == "Document repeats or nests its selections too often."

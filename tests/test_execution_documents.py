"""Documents are parsed, validated and planned once, within limits."""

from string import Template

import pytest

import execution.documents
from db.scope import Scope
from execution.documents import (
    MOST_CHARACTERS,
    MOST_ERRORS,
    MOST_LINES,
    MOST_TOKENS,
    Documents,
    NotValid,
)
from execution.errors import QueryTooComplex
from execution.guard_rules import GuardRules
from resolvers.root import api

TWO = "query One { products { totalCount } } query Two { invoices { totalCount } }"
TOO_DEEP = "Document is nested too deeply."
TOO_LONG = "Document has more than 100000 characters or 2000 lines."
LIST = Template("{ products(first: $value) { totalCount } }")


@pytest.fixture
def documents():
    return Documents(api._schema, GuardRules())


def text(number):
    return f"{{ a{number}: __typename }}"


def test_a_document_is_parsed_once(documents):
    assert documents.get(text(1)) is documents.get(text(1))
    assert documents.get(text(1)) is not documents.get(text(1) + " ")


def test_the_documents_used_last_are_kept(documents, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE", 2)
    one, two = documents.get(text(1)), documents.get(text(2))
    documents.get(text(1))
    three = documents.get(text(3))

    assert list(documents._known) == [text(1), text(3)]
    assert documents.get(text(1)) is one
    assert documents.get(text(3)) is three
    assert documents.get(text(2)) is not two
    assert documents._characters == sum(map(len, documents._known))


def test_a_document_in_use_is_kept_for_longer(documents, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE", 2)
    for number in (1, 2):
        documents.get(text(number))
    documents.touch(text(1))
    documents.get(text(3))
    documents.touch(text(2))

    assert list(documents._known) == [text(1), text(3)]


async def test_what_was_compiled_goes_with_its_document(documents, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE", 1)
    document = documents.get(text(1))
    documents.plan(document, None)
    program = documents.program(document, None)
    assert documents.program(document, None) is program
    await program.start({}, None).execute()
    [kept] = program._variants.values()
    assert list(kept.root._compiled) == [program.root]

    documents.get(text(2))

    assert program._variants == {}
    assert program.start({}, None) is None


def test_the_characters_of_all_documents_are_bounded(documents, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE_CHARACTERS", 3 * len(text(1)))
    for number in range(3):
        documents.get(text(number))
    assert list(documents._known) == [text(0), text(1), text(2)]

    longer = text(3) + " "
    documents.get(longer)

    assert list(documents._known) == [text(2), longer]
    assert documents._characters == len(text(2) + longer)


def test_a_document_over_the_whole_bound_is_not_kept(documents, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE_CHARACTERS", 4)

    assert documents.get(text(1)).text == text(1)
    assert (len(documents._known), documents._characters) == (0, 0)


def test_what_is_refused_is_not_kept(documents):
    for refused in ("{", "{ nothing }", "{a" * 1000):
        with pytest.raises((NotValid, QueryTooComplex)):
            documents.get(refused)

    assert (len(documents._known), documents._characters) == (0, 0)


def test_each_operation_is_planned_once(documents):
    document = documents.get(TWO)
    one, two = documents.plan(document, "One"), documents.plan(document, "Two")

    assert documents.plan(document, "One") is one
    assert one.required({}) == {Scope.PRODUCTS_READ}
    assert two.required({}) == {Scope.INVOICES_READ}
    assert document.plans == {"One": one, "Two": two}


@pytest.mark.parametrize("name", [None, "Three"])
def test_an_operation_that_can_not_be_told_is_refused(documents, name):
    document = documents.get(TWO)
    with pytest.raises(NotValid) as refused:
        documents.plan(document, name)

    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"
    assert len(refused.value.errors) == 1
    assert document.plans == {}


@pytest.mark.parametrize("wrong", ["", "{", "{ a(b: ) }", '{ a(b: "\\ud800") }', "\0", "query"])
def test_what_is_not_graphql_is_refused(documents, wrong):
    with pytest.raises(NotValid) as refused:
        documents.get(wrong)

    assert refused.value.code == "GRAPHQL_PARSE_FAILED"
    assert [error.message[:14] for error in refused.value.errors] == ["Syntax Error: "]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{ ...F } fragment F on Query { ...F }", "Cannot spread fragment 'F' within itself."),
        ("{ products(filter: {active: 1}) { totalCount } }", "Boolean cannot represent a non"),
        ("fragment F on Query { __typename }", "Fragment 'F' is never used."),
        (LIST.substitute(value="1" * 5000), "Expected value of type 'Int', but"),
        (LIST.substitute(value="[" * 150 + "]" * 150), "Int cannot represent non-integer value"),
    ],
)
def test_what_does_not_fit_the_schema_is_refused(documents, wrong, message):
    with pytest.raises(NotValid) as refused:
        documents.get(wrong)

    [error] = refused.value.errors
    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"
    assert error.message.startswith(message)
    assert not isinstance(error.original_error, ValueError)


def test_only_so_many_faults_are_told(documents):
    with pytest.raises(NotValid) as refused:
        documents.get("{ " + " ".join(f"a{number}" for number in range(100)) + " }")

    *told, last = refused.value.errors
    assert len(told) == MOST_ERRORS
    assert last.message.startswith("Too many validation errors")


@pytest.mark.parametrize(
    ("huge", "message"),
    [
        ("{a" * 50_000, TOO_DEEP),
        (LIST.substitute(value="[" * 99_000), TOO_DEEP),
        (LIST.substitute(value="{a:" * 33_000), TOO_DEEP),
        ("query ($x: " + "[" * 99_000, TOO_DEEP),
        ("{" + "..." + "{..." * 1000, TOO_DEEP),
        ("{ " + "a " * 49_000 + "}", f"Document contains more than {MOST_TOKENS} tokens."),
        ("{a" * 500_000, TOO_LONG),
        ("\n" * MOST_LINES, TOO_LONG),
        ("\r\n" * (MOST_LINES // 2), TOO_LONG),
    ],
)
def test_what_is_too_deep_or_too_long_is_refused(documents, huge, message):
    with pytest.raises(QueryTooComplex) as refused:
        documents.get(huge)

    assert str(refused.value) == message


def test_a_document_may_be_as_long_as_the_limits(documents):
    assert documents.get(text(1).ljust(MOST_CHARACTERS))
    assert documents.get(text(1) + "\n" * (MOST_LINES - 1))
    with pytest.raises(QueryTooComplex, match="Document has more than"):
        documents.get(text(1).ljust(MOST_CHARACTERS + 1))


@pytest.mark.parametrize("inside", ["", "... {" * 5, "... {" * 20])
@pytest.mark.parametrize("reverse", [False, True])
def test_fragments_that_nest_too_deeply_are_refused(documents, inside, reverse):
    fragments = [
        f"fragment F{number} on Query {{ {inside} ...F{number + 1} {'}' * inside.count('{')} }}"
        for number in range(1000 // (5 + 2 * len(inside) // 5))
    ]
    last = f"fragment F{len(fragments)} on Query {{ __typename }}"
    ordered = sorted(fragments, key=fragments.index, reverse=reverse)
    with pytest.raises(QueryTooComplex) as refused:
        documents.get("\n".join(["{ ...F0 }", *ordered, last]))

    assert str(refused.value) == "Document repeats or nests its selections too often."

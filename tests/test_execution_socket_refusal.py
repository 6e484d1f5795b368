"""An operation that is refused: an error message to it alone, while the socket stays."""

import pytest

import execution.gate
from db.scope import Scope
from execution.request import Sent
from execution.socket_operation import Operation
from tests.socket_parts import (
    COUNT,
    HEAR,
    connected,
    gate,
    opened,
)

NO_VALUE = (
    "Variable '$to' has invalid value: Expected a value of non-null type 'Int!' to be provided."
)
NO_CONDITION = (
    "Anonymous Subscription must not use `@skip` or `@include` directives in the top level "
    "selection."
)
NOTIFICATIONS = [Scope.NOTIFICATIONS_READ]


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


def error(code, message, **more):
    return {"message": message, "extensions": {"code": code, **more}}


async def answer(client, query, **variables):
    await client.subscribe("1", query, **variables)
    message = await client.receive()
    assert message["id"] == "1"
    return message["type"], message["payload"]


@pytest.mark.parametrize(
    ("query", "variables", "code", "message"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        (
            "{ nothing }",
            {},
            "GRAPHQL_VALIDATION_FAILED",
            "Cannot query field 'nothing' on type 'Query'.",
        ),
        (
            "subscription { heard { id } failing }",
            {},
            "GRAPHQL_VALIDATION_FAILED",
            "Anonymous Subscription must select only one top level field.",
        ),
        (
            COUNT,
            {},
            "GRAPHQL_VALIDATION_FAILED",
            NO_VALUE,
        ),
        (
            "{ long(length: $length) }",
            {},
            "GRAPHQL_VALIDATION_FAILED",
            "Variable '$length' is not defined.",
        ),
        (
            "query($length: Int!) { long(length: $length) }",
            {"length": "no"},
            "GRAPHQL_VALIDATION_FAILED",
            "Variable '$length' has invalid value: Int cannot represent non-integer value: 'no'",
        ),
        (
            "subscription($off: Boolean!) { heard @skip(if: $off) { id } }",
            {"off": True},
            "GRAPHQL_VALIDATION_FAILED",
            NO_CONDITION,
        ),
        (
            "query" + "{ caller }" * 3_000,
            {},
            "QUERY_TOO_COMPLEX",
            "Document contains more than 5000 tokens.",
        ),
    ],
)
async def test_what_is_no_operation_is_an_error(house, query, variables, code, message):
    key = await house.key()
    async with connected(house, key) as client:
        type_, [found, *more] = await answer(client, query, **variables)

        assert (type_, found["extensions"]["code"], found["message"]) == ("error", code, message)
        assert more == []
        await client.settled()


@pytest.mark.parametrize("query", [HEAR, "query($x: [Int!]) { caller @skip(if: false) }"])
async def test_lists_are_as_long_as_elsewhere(house, query):
    key = await house.key()
    async with connected(house, key) as client:
        message = "has 1001 items, no list may have more than 1000"
        fields = [{"path": "x", "message": message}]
        shown = error("INVALID_INPUT", f"x: {message}", fields=fields)
        query = query.replace("($x: [Int!])", "").replace("query", "query A")

        assert await answer(client, query, x=[0] * 1001) == ("error", [shown])


@pytest.mark.parametrize("query", [HEAR, COUNT, "subscription { failing }"])
async def test_a_subscription_needs_its_scope(house, query):
    key = await house.key(scopes=set(Scope) - {Scope.NOTIFICATIONS_READ})
    async with connected(house, key) as client:
        with house.counting() as statements:
            type_, [refused] = await answer(client, query, to=1)

        name = query.partition("{ ")[2].partition("(")[0].partition(" ")[0]
        scope = "notifications.read"
        message = f"Subscription.{name} needs the scope {scope}."
        shown = error("MISSING_SCOPE", message, required=[scope], missing=[scope])
        assert (type_, refused) == ("error", shown)
        await client.settled()
    assert (statements, gate.passed) == ([], [])


@pytest.mark.parametrize("query", [HEAR, COUNT, "subscription { failing }"])
async def test_without_the_plan_the_guard_refuses_before_the_source_begins(
    house, query, monkeypatch
):
    monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *_: None)
    key = await house.key(scopes=[Scope.PRODUCTS_READ])
    async with connected(house, key) as client:
        type_, [refused] = await answer(client, query, to=1)

        assert (type_, refused["extensions"]["code"]) == ("error", "MISSING_SCOPE")
        assert refused["extensions"]["missing"] == ["notifications.read"]
    assert gate.passed == []


async def test_what_an_event_leads_to_needs_its_scope_beforehand(house):
    key = await house.key(scopes=NOTIFICATIONS)
    async with connected(house, key) as client:
        type_, [refused] = await answer(client, "subscription { heard { id name } }")
        assert (type_, refused["extensions"]["missing"]) == ("error", ["products.read"])
    assert gate.passed == []


def test_an_operation_that_isnt_planned_yet_needs_nothing():
    operation = Operation("1", Sent(HEAR, {}, None), None, None)

    assert operation.must_be_allowed(None) is None

"""Who may read the schema from the server, and what is kept from the others."""

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema

from access.audience import Audience
from db.scope import Scope
from resolvers.root import api
from tests.socket_parts import connected

SCHEMA = "{ __schema { queryType { name } } }"
TYPE = '{ ...F } fragment F on Query { __type(name: "Product") { name } viewer { ip } }'
SKIPPED = "query($a: Boolean!) { __schema @skip(if: $a) { queryType { name } } }"
FILTER = "query($f: ProductFilter) { products(filter: $f) { totalCount } }"
AN_ERROR = "Cannot query field 'prodcts' on type 'Query'."
REFUSED = "This server doesn't show its schema to this API key."


@pytest.fixture
async def closed(closed_house):
    closed_house.audience = Audience.NOBODY
    return await closed_house.open()


async def test_every_key_may_read_the_whole_schema(house):
    key = await house.key(scopes=[Scope.PRODUCTS_READ])
    read = (await house.ask(key, get_introspection_query())).data

    assert print_schema(build_client_schema(read)).count("\ntype ") == str(api).count("\ntype ")


@pytest.mark.parametrize("query", [SCHEMA, TYPE])
async def test_only_keys_with_full_access_may_where_it_is_theirs(closed_house, query):
    closed_house.audience = Audience.FULL_ACCESS
    house = await closed_house.open()

    assert (await house.ask(await house.key(), query)).status == 200
    answer = await house.ask(await house.key(scopes=Scope), query)
    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    assert answer.error["message"] == REFUSED


@pytest.mark.parametrize("query", [SCHEMA, TYPE, SKIPPED])
async def test_nobody_may_where_it_is_nobodys(closed, query):
    answer = await closed.ask(await closed.key(), query, a=True)

    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    assert set(answer.body) == {"errors"}


async def test_the_name_of_a_type_is_no_introspection(closed):
    answer = await closed.ask(await closed.key(), "{ __typename viewer { __typename } }")

    assert answer.data == {"__typename": "Query", "viewer": {"__typename": "Viewer"}}


async def test_names_are_suggested_to_those_who_may_read_the_schema(house):
    answer = await house.ask(await house.key(), "{ prodcts { totalCount } }")

    assert answer.error["message"].startswith(f"{AN_ERROR} Did you mean 'products'")


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ("{ prodcts { totalCount } }", {}, AN_ERROR),
        (
            "{ products(filter: {actve: true}) { totalCount } }",
            {},
            (
                "Expected value of type 'ProductFilter' not to include unknown field 'actve'."
                " Found: { actve: true }."
            ),
        ),
        (
            "{ products(orderBy: {by: NAM}) { totalCount } }",
            {},
            "Value 'NAM' does not exist in 'ProductSort' enum.",
        ),
        (
            FILTER,
            {"f": {"actve": True}},
            (
                "Variable '$f' has invalid value:"
                " Expected value of type 'ProductFilter' not to include unknown field 'actve'."
                " Found: {'actve': True}."
            ),
        ),
    ],
)
async def test_nothing_is_suggested_to_others(closed, query, variables, message):
    key = await closed.key()
    answer = await closed.ask(key, query, **variables)

    assert "Did you mean" not in str(answer.body)
    assert answer.error["message"] == message
    async with connected(closed, key) as client:
        await client.subscribe("1", query, **variables)
        refused = await client.receive()
    assert [error["message"] for error in refused["payload"]] == [message]


async def test_a_socket_shows_the_schema_to_the_same_callers(closed):
    async with connected(closed, await closed.key()) as client:
        await client.subscribe("1", SCHEMA)
        refused = await client.receive()

    assert refused["payload"] == [{"message": REFUSED, "extensions": {"code": "FORBIDDEN"}}]

"""The checks of graphql-cop and of GraphQL Armor, each as an attack that comes to nothing."""

import orjson
import pytest

from access.audience import Audience
from execution.negotiate import JSON
from tests.shop import TEA, written

NAME = "{ __typename }"
CIRCULAR = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
FRAGMENTS = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
DELETE = 'mutation { deleteProduct(input: {id: "%s"}) { deletedProductId } }'


@pytest.fixture
async def key(house):
    return await house.key()


async def sent(house, key, body, content_type=JSON):
    headers = {"Authorization": f"Bearer {key.token}", "Content-Type": content_type}
    return await house.send("POST", data=body, headers=headers)


def must_be_too_complex(answer, limit):
    assert (answer.status, answer.codes) == (400, ["QUERY_TOO_COMPLEX"])
    assert set(answer.body) == {"errors"}
    assert answer.error["extensions"]["limit"] == limit


async def test_alias_overloading(house, key):
    text = " ".join(f"alias{n}: __typename" for n in range(101))

    must_be_too_complex(await house.ask(key, f"query cop {{ {text} }}"), "fields")
    answer = await house.ask(key, f"{{ viewer {{ {text} }} }}")
    must_be_too_complex(answer, "aliases")


@pytest.mark.parametrize("count", [1, 10])
async def test_array_based_batches(house, key, count):
    body = b"[" + b",".join([b'{"query": "query cop { __typename }"}'] * count) + b"]"
    answer = await sent(house, key, body)

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


async def test_directive_overloading(house, key):
    answer = await house.ask(key, "query cop { __typename " + "@aa" * 10 + " }")

    must_be_too_complex(answer, "directives at one place")


async def test_circular_introspection(house, key):
    answer = await house.ask(key, CIRCULAR)

    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert answer.error["message"] == "Maximum introspection depth exceeded"


async def test_introspection_where_it_is_off(closed_house):
    closed_house.audience = Audience.NOBODY
    house = await closed_house.open()
    answer = await house.ask(await house.key(), "query cop { __schema { types { name } } }")

    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])


async def test_introspection_by_strangers(house):
    assert (await house.ask(None, "query cop { __schema { types { name } } }")).status == 401


async def test_circular_fragments(house, key):
    answer = await house.ask(key, FRAGMENTS)

    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_field_duplication(house, key):
    must_be_too_complex(await house.ask(key, "query cop { " + "__typename " * 500 + "}"), "fields")
    below = "query cop { viewer { " + "ip " * 500 + "} }"
    must_be_too_complex(await house.ask(key, below), "fields in one selection")


async def test_field_suggestions_where_introspection_is_off(closed_house):
    closed_house.audience = Audience.NOBODY
    house = await closed_house.open()
    answer = await house.ask(await house.key(), "query cop { __schema { directive } viewr { ip } }")

    assert "Did you mean" not in str(answer.body)
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"] * 2


async def test_probing_a_schema_by_suggestions_finds_only_what_was_guessed(closed_house):
    closed_house.audience = Audience.NOBODY
    house = await closed_house.open()
    key = await house.key()
    names = {"product", "invoice", "webhook", "apiKey", "viewer", "organization"}
    for name in names:
        answer = await house.ask(key, f"{{ {name[:-1]} }}")
        assert not names & set(answer.error["message"].replace("'", " ").split())


async def test_mutations_by_get(house, key):
    before = await written(house, key.organization)
    headers = {"Authorization": f"Bearer {key.token}"}
    text = (
        "mutation($input: CreateProductInput!) { createProduct(input: $input) { product { id } } }"
    )
    variables = orjson.dumps(TEA).decode()
    answer = await house.send(
        "GET", params={"query": text, "variables": f'{{"input": {variables}}}'}, headers=headers
    )

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert await written(house, key.organization) == before


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"query=query+cop+%7B__typename%7D", "application/x-www-form-urlencoded"),
        (b'{"query": "{ __typename }"}', "text/plain"),
        (b"--b\r\n\r\n--b--", "multipart/form-data; boundary=b"),
    ],
)
async def test_what_a_page_can_send_without_asking(house, key, body, content_type):
    answer = await sent(house, key, body, content_type)

    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


async def test_queries_by_get_need_a_header_that_no_form_sends(house):
    answer = await house.send("GET", params={"query": NAME})

    assert answer.status == 401


async def test_tracing_is_not_there(house, key):
    answer = await house.ask(key, NAME, headers={"X-Apollo-Tracing": "1", "Apollo-Tracing": "1"})

    assert answer.body == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("body", [b"qwerty cop {abc}", b'{"query": "qwerty cop {abc}"}'])
async def test_errors_tell_nothing_of_the_inside(house, key, body):
    answer = await sent(house, key, body)

    assert {*answer.body} == {"errors"}
    assert {*answer.error} <= {"message", "extensions", "locations"}
    assert {*answer.error["extensions"]} == {"code"}
    assert not {"exception", "stacktrace", "Traceback"} & set(str(answer.body).split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ " + "a " * 5_001 + "}", "Document contains more than 5000 tokens."),
        ("{ a }" + " " * 100_000, "Document has more than 100000 characters or 2000 lines."),
        ("{a" * 1_000, "Document is nested too deeply."),
    ],
)
async def test_what_takes_long_to_read(house, key, text, message):
    answer = await house.ask(key, text)

    assert (answer.status, answer.codes) == (400, ["QUERY_TOO_COMPLEX"])
    assert answer.error["message"] == message


async def test_depth(house, key):
    text = '{ node(id: "a") { ' + "... { id " * 3 + "a { " * 12 + "id" + " }" * 17

    must_be_too_complex(await house.ask(key, text), "levels")


async def test_cost(house, key):
    whole = "totalCount nodes { id } edges { node { id } }"
    pages = " ".join(f"p{n}: products(first: 100) {{ {whole} }}" for n in range(100))

    must_be_too_complex(await house.ask(key, f"{{ {pages} }}"), "cost")


async def test_many_mutations_in_one_request_cost_as_much_as_apart(house, key):
    product = await house.ask(
        key,
        "mutation($input: CreateProductInput!) { createProduct(input: $input) { product { id } } }",
        input=TEA,
    )
    id = product.data["createProduct"]["product"]["id"]
    text = " ".join(f"d{n}: {DELETE[11:-2] % id}" for n in range(100))
    answer = await house.ask(key, f"mutation {{ {text} }}", headers={"Tollhouse-Cost": "1"})

    assert answer.body["extensions"]["cost"]["requested"] == 5000
    assert answer.codes == ["NOT_FOUND"] * 99

"""A change with an Idempotency-Key: what is the same request, whose it is, and what is kept."""

import asyncio
from datetime import timedelta

import pytest

from access.encryption import Undecipherable
from db.idempotency import KEPT
from db.scope import Scope
from schema.once import OTHER, RUNNING
from tests.repeats import count, created, keyed, neighbor, written
from tests.shop import CREATE_PRODUCT, DELETE_PRODUCT, TEA

TWO = """mutation($a: CreateProductInput!, $b: CreateProductInput!) {
  first: createProduct(input: $a) { product { id name } }
  second: createProduct(input: $b) { product { id name } } }"""
CREATE_KEY = """mutation($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { token apiKey { id } } }"""
DELETE_KEY = "mutation($id: ID!) { deleteApiKey(input: {id: $id}) { apiKey { status } } }"
RECORD = "SELECT {} FROM idempotency_record WHERE organization_id = $1"


@pytest.fixture
async def other_house(house):
    other = await neighbor(house).open()
    yield other
    await other.close()


@pytest.fixture
async def key(house):
    return await house.key()


async def value(house, key, expression):
    async with house.database.reading() as connection:
        return await connection.fetchval(RECORD.format(expression), key.organization)


async def test_another_request_with_the_same_key_is_refused_and_changes_nothing(house, key):
    await created(house, key)

    answer = await created(house, key, name="Coffee")

    assert (answer.status, answer.body["data"]) == (200, {"createProduct": None})
    assert answer.error["extensions"] == {"code": "IDEMPOTENCY_MISMATCH"}
    assert (answer.error["message"], answer.error["path"]) == (OTHER, ["createProduct"])
    assert await count(house, key.organization) == 1


async def test_an_alias_makes_another_request(house, key):
    await created(house, key)

    text = CREATE_PRODUCT.replace("createProduct(", "other: createProduct(")
    answer = await house.ask(key, text, keyed(), input=TEA)

    assert answer.codes == ["IDEMPOTENCY_MISMATCH"]
    assert await count(house, key.organization) == 1


async def test_another_key_makes_the_change_again(house, key):
    answers = [await created(house, key, name) for name in ("one", "two", '"two"')]

    assert len({written(answer) for answer in answers}) == 2
    assert await count(house, key.organization) == 2


async def test_a_key_says_nothing_to_another_api_key(house, key):
    sibling, stranger = await house.key(key.organization), await house.key()
    answers = [await created(house, caller) for caller in (key, sibling, stranger)]

    assert len({written(answer) for answer in answers}) == 3
    assert await count(house, key.organization) == 2
    assert await count(house, stranger.organization) == 1


async def test_each_field_has_a_record_of_its_own(house, key):
    taken = {**TEA, "sku": "tea"}
    await house.ask(key, CREATE_PRODUCT, input=taken)
    names = {"a": {**TEA, "name": "First"}, "b": {**taken, "name": "Second"}}

    half = await house.ask(key, TWO, keyed(), **names)
    assert (half.body["data"]["second"], half.codes) == (None, ["CONFLICT"])
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE product SET sku = NULL WHERE organization_id = $1", key.organization
        )
    whole = await house.ask(key, TWO, keyed(), **names)

    assert whole.data["first"] == half.body["data"]["first"]
    assert whole.data["second"]["product"]["name"] == "Second"
    assert await count(house, key.organization) == 3


async def test_a_refusal_is_not_kept(house, key):
    gone = (await created(house, key)).data["createProduct"]["product"]["id"]
    await house.ask(key, DELETE_PRODUCT, input={"id": gone})

    for _ in range(2):
        answer = await house.ask(key, DELETE_PRODUCT, keyed("two"), input={"id": gone})
        assert answer.codes == ["NOT_FOUND"]
    assert await count(house, key.organization, "idempotency_record") == 1


async def test_after_a_day_the_key_is_new(house, key):
    first = await created(house, key)
    house.clock.advance(seconds=KEPT.total_seconds() - 10)
    assert written(await created(house, key)) == written(first)
    house.clock.advance(seconds=10)

    again = await created(house, key)

    assert written(again) != written(first)
    assert await count(house, key.organization) == 2


async def test_on_queries_it_is_ignored(house, key):
    for malformed in ("one", "é", ""):
        answer = await house.ask(key, "{ __typename }", keyed(malformed))
        assert answer.data == {"__typename": "Query"}
    assert await count(house, key.organization, "idempotency_record") == 0


@pytest.mark.parametrize("malformed", ["", '"one', "x" * 256])
async def test_a_malformed_key_refuses_the_whole_request(house, key, malformed):
    answer = await created(house, key, malformed)

    assert (answer.status, answer.codes) == (400, ["INVALID_INPUT"])
    assert list(answer.fields) == ["Idempotency-Key"]
    assert "data" not in answer.body
    assert await count(house, key.organization) == 0


async def test_the_scope_is_needed_for_what_is_answered_again(house):
    key = await house.key(scopes=[Scope.PRODUCTS_CREATE])
    await created(house, key)
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE api_key SET granted = $2 WHERE organization_id = $1",
            key.organization,
            [Scope.PRODUCTS_READ],
        )
    house.cache.clear()

    answer = await created(house, key)

    assert (answer.status, answer.codes) == (403, ["MISSING_SCOPE"])


async def test_the_address_must_be_allowed_for_what_is_answered_again(house):
    key = await house.key(ips=["127.0.0.1"])
    await created(house, key)
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE api_key SET rules = jsonb_set(rules, '{0,cidr}', '\"192.0.2.1/32\"')"
            " WHERE organization_id = $1",
            key.organization,
        )
    house.cache.clear()

    assert (await created(house, key)).codes == ["IP_NOT_ALLOWED"]


async def test_a_token_is_kept_sealed_and_bound_to_its_record(house, key):
    answer = await house.ask(key, CREATE_KEY, keyed(), input={"name": "Shop"})
    token = answer.data["createApiKey"]["token"]
    again = await house.ask(key, CREATE_KEY, keyed(), input={"name": "Shop"})

    assert again.data["createApiKey"]["token"] == token
    sealed = await value(house, key, "answer")
    assert token.encode() not in sealed
    own = [await value(house, key, name) for name in ("key", "path", "fingerprint")]
    bound = b"".join([key.organization.bytes, key.uuid.bytes, *own])
    assert token.encode() in house.encryption.decrypt(sealed, bound)
    with pytest.raises(Undecipherable):
        house.encryption.decrypt(sealed, bound[::-1])


async def test_a_record_put_in_the_place_of_another_shows_nothing(house, key):
    await created(house, key, "one")
    await created(house, key, "two", name="Coffee")
    async with house.database.transaction() as connection:
        await connection.execute(
            """UPDATE idempotency_record SET answer = (SELECT other.answer
              FROM idempotency_record AS other WHERE other.key <> idempotency_record.key
              AND other.organization_id = $1) WHERE organization_id = $1""",
            key.organization,
        )

    answer = await created(house, key, "one")

    assert answer.codes == ["INTERNAL"]
    assert "Coffee" not in str(answer.body)


async def test_a_revoked_key_is_forgotten_once_its_change_is_committed(house, key):
    other = await house.key(key.organization)
    await house.ask(other, "{ __typename }")

    await house.ask(key, DELETE_KEY, keyed(), id=other.id)

    assert (await house.ask(other, "{ __typename }")).status == 401


async def test_what_was_kept_is_answered_by_another_process(house, other_house, key):
    first = await created(house, key)

    again = await created(other_house, key)

    assert written(again) == written(first)


async def test_many_at_once_make_one_change(house, other_house, key):
    asked = [created(place, key) for place in (house, other_house) for _ in range(10)]

    answers = await asyncio.gather(*asked)

    made = {written(answer) for answer in answers if "errors" not in answer.body}
    assert len(made) == 1
    busy = [answer for answer in answers if "errors" in answer.body]
    assert [answer.error["message"] for answer in busy] == [RUNNING] * len(busy)
    assert await count(house, key.organization) == 1


async def test_the_day_of_a_record_is_that_of_the_request(house, key):
    await created(house, key)

    made = await value(house, key, "created_at")
    assert timedelta(0) < house.clock() - made < timedelta(seconds=60)

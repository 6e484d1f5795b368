"""Products, from the client's side: what works, what is refused, what is written down."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.shop import (
    ALL_STATED,
    CREATE_PRODUCT,
    DELETE_PRODUCT,
    MADE_UP,
    READ_PRODUCT,
    TEA,
    UPDATE_PRODUCT,
    created,
    entries,
    opened_still,
    read,
    sell,
    shown,
    updated,
    written,
)


async def test_create_then_read(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()
    product = await created(house, key)
    now = shown(house.clock.now)

    assert product == {
        "id": product["id"],
        "name": "Tea",
        "description": None,
        "sku": None,
        "price": {"amount": "2.50", "currency": "EUR"},
        "active": True,
        "imageUrl": None,
        "metadata": {},
        "createdAt": now,
        "updatedAt": now,
    }
    assert product["id"].startswith("prod_")
    assert await read(house, key, product["id"]) == product


async def test_a_product_by_itself_is_shown_as_when_it_was_made(house):
    key = await house.key()
    product = await created(house, key)

    assert [await read(house, key, product["id"]) for _ in range(3)] == [product] * 3


async def test_create_keeps_all_that_is_stated(house):
    key = await house.key()
    product = await created(house, key, **ALL_STATED)

    assert await read(house, key, product["id"]) == {
        **product,
        **ALL_STATED,
        "name": "Зелёный чай 100 %_\\",
        "sku": "tea-1",
        "price": {"amount": "19.90", "currency": "EUR"},
    }


@pytest.mark.parametrize("name", ["active", "description", "imageUrl", "metadata", "sku"])
async def test_create_takes_null_for_what_may_be_left_out(house, name):
    key = await house.key()
    product = await created(house, key)

    again = await created(house, key, **{name: None})

    assert {**again, "id": "", "createdAt": "", "updatedAt": ""} == {
        **product,
        "id": "",
        "createdAt": "",
        "updatedAt": "",
    }


async def test_delete_takes_it_from_finders_and_lists(house):
    key = await house.key()
    product = await created(house, key)

    answer = await house.ask(key, DELETE_PRODUCT, input={"id": product["id"]})

    assert answer.data == {"deleteProduct": {"deletedProductId": product["id"]}}
    assert await read(house, key, product["id"]) is None
    assert (await house.ask(key, "{ products { totalCount nodes { id } } }")).data == {
        "products": {"totalCount": 0, "nodes": []}
    }


@pytest.mark.parametrize("mutation", [UPDATE_PRODUCT, DELETE_PRODUCT])
async def test_what_is_deleted_is_not_there_any_more(house, mutation):
    key = await house.key()
    product = await created(house, key)
    await house.ask(key, DELETE_PRODUCT, input={"id": product["id"]})
    before = await written(house, key.organization)

    answer = await house.ask(key, mutation, input={"id": product["id"]})

    assert (answer.status, answer.codes) == (200, ["NOT_FOUND"])
    assert await written(house, key.organization) == before


async def test_another_organization_sees_nothing_and_changes_nothing(house):
    key, other = await house.key(), await house.key()
    product = (await sell(house, key.organization, "Tea", sku="tea-1")).typeid
    before = await written(house, key.organization), await written(house, other.organization)

    assert await read(house, other, product) is None
    for mutation, stated in ((UPDATE_PRODUCT, {"name": "Mine"}), (DELETE_PRODUCT, {})):
        answer = await house.ask(other, mutation, input={"id": product, **stated})
        assert answer.error["message"] == "There is no such product."
        assert answer.codes == ["NOT_FOUND"]
        assert set(answer.body["data"].values()) == {None}
    listed = await house.ask(other, "{ products { totalCount nodes { id } } }")
    assert listed.data == {"products": {"totalCount": 0, "nodes": []}}
    after = await written(house, key.organization), await written(house, other.organization)
    assert after == before


@pytest.mark.parametrize(
    "id",
    ["", "prod_", "prod", f"inv_{MADE_UP}", f"PROD_{MADE_UP}", f"prod_{MADE_UP}0", MADE_UP, "a\0"],
)
async def test_ids_of_anything_else_are_refused(house, id):
    key = await house.key()

    for operation, path, variables in (
        (READ_PRODUCT, "id", {"id": id}),
        (UPDATE_PRODUCT, "input.id", {"input": {"id": id, "name": "Tea"}}),
        (DELETE_PRODUCT, "input.id", {"input": {"id": id}}),
    ):
        answer = await house.ask(key, operation, **variables)
        assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"])
        assert answer.fields == {path: "must be prod_ and 26 letters or digits"}


async def test_an_id_that_was_made_up_is_not_found(house):
    key = await house.key()
    id = f"prod_{MADE_UP}"

    assert await read(house, key, id) is None
    for mutation in (UPDATE_PRODUCT, DELETE_PRODUCT):
        assert (await house.ask(key, mutation, input={"id": id})).codes == ["NOT_FOUND"]


async def test_a_sku_is_taken_once_in_each_organization(house):
    key, other = await house.key(), await house.key()
    await created(house, key, sku="tea-1")
    second = await created(house, key, sku="TEA-1")
    await created(house, other, sku="tea-1")
    before = await written(house, key.organization)

    for operation, stated in (
        (CREATE_PRODUCT, {**TEA, "sku": "tea-1"}),
        (UPDATE_PRODUCT, {"id": second["id"], "sku": " tea-1"}),
    ):
        answer = await house.ask(key, operation, input=stated)
        assert (answer.status, answer.codes) == (200, ["CONFLICT"])
        assert answer.error["message"] == "Another product has the sku tea-1."
        assert answer.fields == {"input.sku": "is another product's already"}
    assert await written(house, key.organization) == before


async def test_a_product_keeps_its_own_sku(house):
    key = await house.key()
    product = await created(house, key, sku="tea-1")

    assert (await updated(house, key, product["id"], sku="tea-1"))["sku"] == "tea-1"


async def test_of_two_creations_at_once_with_one_sku_one_wins(house):
    key = await house.key()

    answers = await asyncio.gather(
        *[house.ask(key, CREATE_PRODUCT, input={**TEA, "sku": "tea-1"}) for _ in range(2)]
    )

    assert sorted("errors" in answer.body for answer in answers) == [False, True]
    [refused] = [answer for answer in answers if "errors" in answer.body]
    assert refused.codes == ["CONFLICT"]
    listed = await house.ask(key, "{ products { totalCount nodes { sku } } }")
    assert listed.data == {"products": {"totalCount": 1, "nodes": [{"sku": "tea-1"}]}}


async def test_delete_frees_the_sku(house):
    key = await house.key()
    first = await created(house, key, sku="tea-1")
    await house.ask(key, DELETE_PRODUCT, input={"id": first["id"]})

    second = await created(house, key, sku="tea-1")

    assert second["sku"] == "tea-1"
    assert second["id"] != first["id"]


async def test_siblings_of_a_failed_mutation_keep_what_they_did(house):
    key = await house.key()
    both = """mutation($good: CreateProductInput!, $bad: CreateProductInput!) {
      a: createProduct(input: $bad) { product { id } }
      b: createProduct(input: $good) { product { name } } }"""

    answer = await house.ask(key, both, good=TEA, bad={**TEA, "name": ""})

    assert answer.codes == ["INVALID_INPUT"]
    assert answer.error["path"] == ["a"]
    assert answer.body["data"] == {"a": None, "b": {"product": {"name": "Tea"}}}


async def test_what_was_done_is_recorded_with_who_did_it_and_from_where(house):
    key = await house.key(name="Till 4")
    headers = {"X-Request-Id": "request-7"}
    answer = await house.ask(key, CREATE_PRODUCT, headers, input=TEA)
    id = answer.data["createProduct"]["product"]["id"]
    stated = {"price": {"amount": "3", "currency": "USD"}, "metadata": {}}
    await house.ask(key, UPDATE_PRODUCT, headers, input={"id": id, **stated})
    await house.ask(key, DELETE_PRODUCT, headers, input={"id": id})

    who = ("API_KEY", key.id, "Till 4", "127.0.0.1", "request-7", id)
    columns = ["actor_kind", "actor_id", "actor_name", "host(address)", "request_id", "subject_id"]
    assert await entries(house, key.organization, *columns, "action", "changes") == [
        (*who, "product.created", {}),
        (*who, "product.updated", {"fields": ["labels", "price_amount", "price_currency"]}),
        (*who, "product.deleted", {}),
    ]


async def test_times_are_those_of_the_request(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()
    house.clock.now = datetime(2031, 5, 6, 7, 8, 9, 125_999, tzinfo=UTC)

    product = await created(house, key)
    house.clock.advance(seconds=0.874001)
    await updated(house, key, product["id"], name="Coffee")
    house.clock.advance(seconds=1)
    after = await read(house, key, product["id"])

    assert product["createdAt"] == product["updatedAt"] == "2031-05-06T07:08:09.125999Z"
    assert after["createdAt"] == "2031-05-06T07:08:09.125999Z"
    assert after["updatedAt"] == "2031-05-06T07:08:10Z"

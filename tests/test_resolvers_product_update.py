"""Updates of products change what is stated, and nothing else."""

import pytest

from tests.shop import ALL_STATED, created, entries, opened_still, read, shown, updated

CHANGES = {
    "name": "Coffee",
    "description": "Beans",
    "sku": "coffee-1",
    "price": {"amount": "1", "currency": "JPY"},
    "active": False,
    "imageUrl": "https://pictures.test/coffee.png",
    "metadata": {"shelf": "9"},
}


@pytest.mark.parametrize("name", CHANGES)
async def test_update_changes_what_is_stated_and_nothing_else(closed_house, name):
    house = await opened_still(closed_house)
    key = await house.key()
    before = await created(house, key, **ALL_STATED)

    house.clock.advance(hours=1)
    after = await updated(house, key, before["id"], **{name: CHANGES[name]})

    assert after == {**before, name: CHANGES[name], "updatedAt": shown(house.clock.now)}
    assert await read(house, key, before["id"]) == after


@pytest.mark.parametrize(
    ("name", "value"), [("description", None), ("sku", None), ("imageUrl", None), ("metadata", {})]
)
async def test_update_to_null_empties_what_can_be_empty(house, name, value):
    key = await house.key()
    before = await created(house, key, **ALL_STATED)

    after = await updated(house, key, before["id"], **{name: None})

    assert after == {**before, name: value, "updatedAt": after["updatedAt"]}


async def test_update_that_states_nothing_leaves_all_as_it_was(house):
    key = await house.key()
    before = await created(house, key, **ALL_STATED)

    after = await updated(house, key, before["id"])

    assert after == {**before, "updatedAt": after["updatedAt"]}
    assert [row[1] for row in await entries(house, key.organization, "action", "changes")] == [
        {},
        {"fields": []},
    ]

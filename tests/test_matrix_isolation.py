"""Two organizations never see each other, over every field that takes or returns an id."""

import re
from typing import Any, NamedTuple
from unittest.mock import ANY
from uuid import UUID

import orjson
import pytest

from db import ids
from db.scope import Scope
from tests.field_inputs import ENDED, SCHEMA
from tests.fields import FIELDS
from tests.furnished import all_of, furnished
from tests.house import Key

ID = re.compile(r"\b[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
# For who reads the text of an operation: what stands where an id is wanted.
NAMED = {
    type_.name: f"<{type_.name}>" for type_ in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])
}
NAMED |= {"Member": "<Member>", ENDED: "<WebhookDelivery>"}
TAKING = {
    name: target for name, target in FIELDS.items() if "<" in str(target.asked(NAMED).variables)
}
LISTS = [name for name, target in FIELDS.items() if target.noun.endswith("Connection")]
# What isn't there is passed over.
PASSED_OVER = {"Mutation.markNotificationsRead": {"updated": 0, "unreadCount": ANY}}
WITHOUT_IDS = {
    "Mutation.markAllNotificationsRead",
    "Mutation.markNotificationsRead",
    "Mutation.retryFailedWebhookDeliveries",
    "Mutation.updateNotificationSettings",
    "Query.node(Member)",
    "Query.notificationSettings",
    "Query.scopes",
}
PAGE = """query($after: String) {{ {name}(after: $after) {{
  nodes {{ id }} pageInfo {{ endCursor }} totalCount }} }}"""


class Side(NamedTuple):
    owner: UUID
    key: Key
    ids: dict[str, str]


@pytest.fixture
async def ours(house):
    return await side(house)


@pytest.fixture
async def theirs(house):
    return await side(house)


async def side(house: Any) -> Side:
    owner = await house.organization()
    key = await house.key(owner)
    return Side(owner, key, await furnished(house, owner, Scope.PRODUCTS_READ))


def uuids_in(answer: Any) -> set[str]:
    found = ID.findall(orjson.dumps(answer.data).decode())
    return {str(ids.parsed(ids.prefix_of(id), id)) for id in found}


@pytest.mark.parametrize("name", TAKING)
async def test_an_id_of_the_other_organization_leads_nowhere(house, ours, theirs, name):
    target = TAKING[name]
    asked = target.asked(theirs.ids)
    before = [await all_of(house, side.owner) for side in (ours, theirs)]

    answer = await house.ask(ours.key, asked.text, **asked.variables)

    assert answer.status == 200
    empty = {"edges": [], "nodes": [], "pageInfo": ANY, "totalCount": 0}
    shown = empty if target.noun.endswith("Connection") else PASSED_OVER.get(name)
    assert answer.body["data"] == {target.path[0]: shown}
    codes = [error["extensions"]["code"] for error in answer.body.get("errors", [])]
    assert codes == (["NOT_FOUND"] if target.is_mutation and shown is None else [])
    assert [await all_of(house, side.owner) for side in (ours, theirs)] == before


def test_the_fields_that_take_ids_are_found():
    expected = {"Mutation.createInvoice", "Query.node(Member)", "Query.node(Organization)"}

    assert expected <= set(TAKING)


@pytest.mark.parametrize("name", FIELDS)
async def test_each_field_shows_own_objects_alone(house, ours, theirs, name):
    asked = FIELDS[name].asked(ours.ids)
    before = await all_of(house, theirs.owner)

    shown = uuids_in(await house.ask(ours.key, asked.text, **asked.variables))

    own, strange = str(await all_of(house, ours.owner)), await all_of(house, theirs.owner)
    assert {id for id in shown if id not in own} == set()
    assert {id for id in shown if id in str(strange)} == set()
    assert bool(shown) is (name not in WITHOUT_IDS)
    assert strange == before


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_of_the_other_organization_opens_nothing(house, ours, theirs, name):
    text = PAGE.format(name=FIELDS[name].path[0])
    own, other = [(await house.ask(side.key, text)).data for side in (ours, theirs)]
    [cursor] = [page["pageInfo"]["endCursor"] for page in other.values()]

    answer = await house.ask(ours.key, text, after=cursor)

    assert answer.codes == ["INVALID_INPUT"]
    [page] = own.values()
    assert page["totalCount"] == len(page["nodes"])


async def test_no_line_of_an_invoice_shows_a_product_of_the_other(house, ours, theirs):
    """Not even where the database itself were wrong about the line."""
    product = ids.parsed("prod", theirs.ids["Product"])
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE invoice_line SET product_id = $1 WHERE organization_id = $2",
            product,
            ours.owner,
        )
    text = "query($id: ID!) { invoice(id: $id) { lines { product { id name } } } }"

    answer = await house.ask(ours.key, text, id=ours.ids["Invoice"])

    assert answer.data == {"invoice": {"lines": [{"product": None}]}}

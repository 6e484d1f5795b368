"""Webhooks through the API: what works, who may, and what is refused."""

import pytest

from db.scope import Scope
from tests.hooks import (
    CREATE,
    DELETE,
    LIST,
    MADE_UP,
    READ,
    ROTATE,
    TEST,
    UPDATE,
    URL,
    actions,
    change,
    changed,
    happen,
    hook,
    read,
    rows,
)
from tests.shop import opened_still, shown

OF_ONE = {
    UPDATE: {"url": "https://other.test/"},
    ROTATE: {},
    TEST: {},
    DELETE: {},
}
NEEDED = {
    CREATE: Scope.WEBHOOKS_CREATE,
    UPDATE: Scope.WEBHOOKS_UPDATE,
    ROTATE: Scope.WEBHOOKS_UPDATE,
    TEST: Scope.WEBHOOKS_UPDATE,
    DELETE: Scope.WEBHOOKS_DELETE,
}
KEPT = "SELECT to_jsonb(w)::text FROM webhook w WHERE organization_id = $1 ORDER BY 1"


@pytest.fixture
async def key(house):
    return await house.key()


async def test_create_keeps_what_is_stated(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()

    made = await hook(
        house, key, description=" Tills ", eventTypes=["PRODUCT_UPDATED", "INVOICE_PAID"] * 2
    )

    now = shown(house.clock.now)
    assert made == {
        "id": made["id"],
        "url": URL,
        "description": " Tills ",
        "eventTypes": ["INVOICE_PAID", "PRODUCT_UPDATED"],
        "status": "ENABLED",
        "createdAt": now,
        "updatedAt": now,
        "createdBy": {"kind": "API_KEY", "id": key.id, "name": "Test key"},
        "previousSecretExpiresAt": None,
    }
    assert await read(house, key, READ, id=made["id"]) == made


async def test_no_types_are_all_types(house, key):
    for types in ({}, {"eventTypes": None}, {"eventTypes": []}):
        assert (await hook(house, key, **types))["eventTypes"] == []


async def test_the_list_goes_from_the_newest_and_counts(house, key):
    made = [(await hook(house, key))["id"] for _ in range(3)]
    await changed(house, key, DELETE, id=made[1])

    page = await read(house, key, LIST, first=1)
    rest = await read(house, key, LIST, after=page["pageInfo"]["endCursor"])

    assert [node["id"] for node in page["nodes"] + rest["nodes"]] == [made[2], made[0]]
    assert page["pageInfo"]["hasNextPage"] is True
    assert (page["totalCount"], rest["pageInfo"]["hasNextPage"]) == (2, False)


async def test_update_changes_what_is_stated_alone(house, key):
    made = await hook(house, key, description="Tills", eventTypes=["PRODUCT_CREATED"])

    same = (await changed(house, key, UPDATE, id=made["id"]))["webhook"]
    stated = {"url": "https://other.test/", "description": None, "eventTypes": None}
    after = (await changed(house, key, UPDATE, id=made["id"], enabled=False, **stated))["webhook"]

    assert same == {**made, "updatedAt": same["updatedAt"]}
    stated = {**stated, "eventTypes": [], "status": "DISABLED", "updatedAt": after["updatedAt"]}
    assert after == {**made, **stated}
    assert made["updatedAt"] < same["updatedAt"] < after["updatedAt"]
    assert await read(house, key, READ, id=made["id"]) == after


@pytest.mark.parametrize(("status", "afresh"), [("FAILING_DISABLED", True), ("ENABLED", False)])
async def test_enabling_starts_afresh(house, key, status, afresh):
    made = await hook(house, key)
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE webhook SET status = $2, failing_since = $3, failing_told = true"
            " WHERE organization_id = $1",
            key.organization,
            status,
            house.clock(),
        )

    after = (await changed(house, key, UPDATE, id=made["id"], enabled=True))["webhook"]

    assert after["status"] == "ENABLED"
    [row] = await rows(
        house,
        key.organization,
        "SELECT failing_since IS NULL, failing_told FROM webhook WHERE organization_id = $1",
    )
    assert tuple(row) == (afresh, not afresh)


async def test_delete_takes_it_from_every_list(house, key):
    made = await hook(house, key)

    assert await changed(house, key, DELETE, id=made["id"]) == {"deletedWebhookId": made["id"]}

    assert await read(house, key, READ, id=made["id"]) is None
    assert (await read(house, key, LIST))["totalCount"] == 0
    for operation, stated in OF_ONE.items():
        answer = await change(house, key, operation, id=made["id"], **stated)
        assert answer.codes == ["NOT_FOUND"]
        assert answer.error["message"] == "There is no such webhook."


@pytest.mark.parametrize("operation", NEEDED)
@pytest.mark.parametrize("caller", ["nobody", "wrong scope"])
async def test_a_change_needs_its_scope(house, operation, caller):
    owner = await house.organization()
    made = await hook(house, await house.key(owner))
    wrong = [scope for scope in Scope if scope != NEEDED[operation]]
    key = None if caller == "nobody" else await house.key(owner, wrong)
    before = await rows(house, owner, KEPT)
    stated = {"url": URL} if operation == CREATE else {"id": made["id"], **OF_ONE[operation]}

    answer = await change(house, key, operation, **stated)

    expected = (401, ["UNAUTHENTICATED"]) if key is None else (403, ["MISSING_SCOPE"])
    assert (answer.status, answer.codes) == expected
    assert await rows(house, owner, KEPT) == before


@pytest.mark.parametrize("operation", OF_ONE)
async def test_another_organization_changes_nothing(house, key, operation):
    made = await hook(house, key)
    before = await rows(house, key.organization, KEPT)
    other = await house.key()

    answer = await change(house, other, operation, id=made["id"], **OF_ONE[operation])

    assert answer.codes == ["NOT_FOUND"]
    assert await rows(house, key.organization, KEPT) == before
    assert await read(house, other, READ, id=made["id"]) is None
    assert (await read(house, other, LIST))["nodes"] == []


@pytest.mark.parametrize(
    ("stated", "path"),
    [
        ({"url": "http://hooks.test/"}, "input.url"),
        ({"url": "https://127.0.0.1/"}, "input.url"),
        ({"url": "https://hooks.test/" + "a" * 1982}, "input.url"),
        ({"url": ""}, "input.url"),
        ({"url": "https://hooks.test/\0"}, "input.url"),
        ({"url": 7}, "input.url"),
        ({"description": "a" * 2001}, "input.description"),
    ],
)
async def test_bad_input_is_named(house, key, stated, path):
    made = await hook(house, key)
    for operation, given in ((CREATE, {"url": URL}), (UPDATE, {"id": made["id"]})):
        answer = await change(house, key, operation, **{**given, **stated})
        assert (answer.codes, list(answer.fields)) == (["INVALID_INPUT"], [path])
    assert (await read(house, key, LIST))["nodes"] == [made]


async def test_all_that_no_webhook_could_be_is_told_at_once(house, key):
    stated = {"id": "prod_1", "url": "hooks.test", "description": "a" * 2001, "enabled": None}

    nulled = await change(house, key, UPDATE, **{**stated, "url": None})
    answer = await change(house, key, UPDATE, **stated)

    assert nulled.fields["input.url"] == "must not be null"

    assert answer.fields == {
        "input.id": "must be whk_ and 26 letters or digits",
        "input.url": "It must start with https://.",
        "input.description": "must have at most 2000 characters",
        "input.enabled": "must not be null",
    }


async def test_a_url_of_2000_characters_is_kept(house, key):
    url = "https://hooks.test/" + "a" * 1981
    assert (await hook(house, key, url=url))["url"] == url


@pytest.mark.parametrize("operation", OF_ONE)
async def test_an_id_of_another_kind_is_named(house, key, operation):
    answer = await change(house, key, operation, id=f"prod_{MADE_UP}", **OF_ONE[operation])

    assert answer.fields == {"input.id": "must be whk_ and 26 letters or digits"}


async def test_what_was_done_is_recorded(house, key):
    secret = {"eventTypes": ["WEBHOOK_TEST"]}
    id = (await hook(house, key, **secret))["id"]
    await changed(house, key, UPDATE, id=id, enabled=False, description="Tills")
    await changed(house, key, UPDATE, id=id, enabled=True, eventTypes=[])
    await changed(house, key, ROTATE, id=id, overlapSeconds=0)
    await changed(house, key, TEST, id=id)
    await changed(house, key, DELETE, id=id)

    assert await actions(house, key.organization) == [
        ("webhook.created", id, {"event_types": ["webhook.test"]}),
        ("webhook.updated", id, {"fields": ["description", "status"], "status": "DISABLED"}),
        (
            "webhook.updated",
            id,
            {"fields": ["event_types", "status"], "event_types": [], "status": "ENABLED"},
        ),
        ("webhook.secret_rotated", id, {"previous_secret_ends_at": None}),
        ("webhook.tested", id, {}),
        ("webhook.deleted", id, {}),
    ]


async def test_what_is_off_has_its_events_kept(house, key):
    id = (await hook(house, key))["id"]
    await changed(house, key, UPDATE, id=id, enabled=False)
    await happen(house, key.organization, id)

    query = "SELECT status, attempt_count FROM webhook_delivery WHERE organization_id = $1"
    assert [tuple(row) for row in await rows(house, key.organization, query)] == [("FAILED", 0)]

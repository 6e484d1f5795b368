"""How an organization wants to be told: what holds unless it says so, and what it may say."""

import asyncio

import pytest

from db.scope import Scope
from tests.told import READ_SETTINGS, UPDATE_SETTINGS

DEFAULTS = [
    {"category": "INVOICES", "inApp": True, "email": False},
    {"category": "PRODUCTS", "inApp": True, "email": False},
    {"category": "API_KEYS", "inApp": True, "email": True},
    {"category": "WEBHOOKS", "inApp": True, "email": True},
    {"category": "SECURITY", "inApp": True, "email": True},
    {"category": "SYSTEM", "inApp": True, "email": True},
]
ENTRIES = """SELECT actor_id, subject_id, changes FROM audit_entry
    WHERE organization_id = $1 AND action = 'notification_settings.updated' ORDER BY id"""


def preferences(**changed):
    """The defaults, with what is changed for some categories."""
    return [{**one, **changed.get(one["category"], {})} for one in DEFAULTS]


async def read(house, key):
    return (await house.ask(key, READ_SETTINGS)).data["notificationSettings"]


async def update(house, key, **input):
    return await house.ask(key, UPDATE_SETTINGS, input=input)


async def updated(house, key, **input):
    return (await update(house, key, **input)).data["updateNotificationSettings"]["settings"]


async def recorded(house, key):
    async with house.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(ENTRIES, key.organization)]


async def test_the_defaults_hold_where_nothing_was_chosen(house):
    assert await read(house, await house.key()) == {"preferences": DEFAULTS, "emails": []}


async def test_each_change_is_merged_with_what_was_chosen_before(house):
    key, other = await house.key(), await house.key()
    steps = [
        {"preferences": [{"category": "INVOICES", "email": True}], "emails": ["a@shop.test"]},
        {"preferences": [{"category": "INVOICES", "inApp": False}]},
        {"preferences": [{"category": "SECURITY", "inApp": True, "email": False}]},
        {"emails": ["b@shop.test"], "preferences": None},
        {"preferences": [{"category": "INVOICES", "inApp": None}], "emails": None},
    ]

    for step in steps:
        settings = await updated(house, key, **step)
        assert await read(house, key) == settings

    assert settings == {
        "preferences": preferences(
            INVOICES={"inApp": False, "email": True}, SECURITY={"email": False}
        ),
        "emails": ["b@shop.test"],
    }
    assert await read(house, other) == {"preferences": DEFAULTS, "emails": []}


async def test_every_change_is_recorded(house):
    key = await house.key()
    chosen = [{"category": "PRODUCTS", "inApp": False}]

    await updated(house, key, preferences=chosen)
    await updated(house, key, emails=["a@shop.test"])
    await updated(house, key)

    organization = (await house.ask(key, "{ organization { id } }")).data["organization"]["id"]
    assert await recorded(house, key) == [
        (key.id, organization, {"preferences": {"PRODUCTS": {"in_app": False}}}),
        (key.id, organization, {"emails": ["a@shop.test"]}),
        (key.id, organization, {}),
    ]


async def test_addresses_are_replaced_and_folded(house):
    key = await house.key()
    twenty = [f"{place}@shop.test" for place in range(20)]

    folded = await updated(house, key, emails=["Ann@Shop.test", " ann@shop.TEST ", "bo@shop.test"])
    most = await updated(house, key, emails=twenty)
    none = await updated(house, key, emails=[])

    assert folded["emails"] == ["Ann@Shop.test", "bo@shop.test"]
    assert (most["emails"], none["emails"]) == (twenty, [])


@pytest.mark.parametrize(
    ("input", "faults"),
    [
        (
            {"preferences": [{"category": "API_KEYS"}, {"category": "SECURITY", "inApp": False}]},
            {
                "input.preferences.1.inApp": "SECURITY can't be switched off in the app; leave"
                " inApp out, or switch off its e-mail alone"
            },
        ),
        (
            {"preferences": [{"category": "SYSTEM"}, {"category": "SYSTEM", "email": True}]},
            {"input.preferences.1.category": "SYSTEM is there already"},
        ),
        (
            {"emails": ["no"], "preferences": [{"category": "SECURITY", "inApp": False}]},
            {
                "input.preferences.0.inApp": "SECURITY can't be switched off in the app; leave"
                " inApp out, or switch off its e-mail alone",
                "input.emails.0": "must be an e-mail address, such as name@shop.example",
            },
        ),
        (
            {"emails": ["a@shop.test", "shop.test"]},
            {"input.emails.1": "must be an e-mail address, such as name@shop.example"},
        ),
        (
            {"emails": [f"{place}@shop.test" for place in range(21)]},
            {"input.emails": "must have at most 20 items"},
        ),
        *(
            (
                {"emails": [address]},
                {"input.emails.0": "must be one e-mail address alone, such as name@shop.example"},
            )
            for address in ("a@b.test,c", "<a@b.test>", '"a"@b.test', "a\x1b@b.test", "a@b;c")
        ),
    ],
)
async def test_what_cannot_be_is_named_and_changes_nothing(house, input, faults):
    key = await house.key()
    before = await updated(house, key, emails=["kept@shop.test"])

    answer = await update(house, key, **input)

    assert answer.body["data"] == {"updateNotificationSettings": None}
    assert answer.fields == faults
    assert await read(house, key) == before
    assert len(await recorded(house, key)) == 1


async def test_of_two_changes_at_once_neither_is_lost(house):
    key = await house.key()
    stated = [
        {"preferences": [{"category": "INVOICES", "email": True}]},
        {"preferences": [{"category": "PRODUCTS", "email": True}]},
        {"preferences": [{"category": "INVOICES", "inApp": False}]},
        {"emails": ["a@shop.test"]},
    ]

    await asyncio.gather(*(updated(house, key, **one) for one in stated))

    assert await read(house, key) == {
        "preferences": preferences(
            INVOICES={"inApp": False, "email": True}, PRODUCTS={"email": True}
        ),
        "emails": ["a@shop.test"],
    }
    assert len(await rows_of_settings(house, key)) == 1


async def rows_of_settings(house, key):
    async with house.database.reading() as connection:
        return await connection.fetch(
            "SELECT * FROM notification_settings WHERE organization_id = $1", key.organization
        )


async def test_each_operation_needs_its_scope_and_a_refusal_changes_nothing(house):
    owner = await house.organization()
    reader = await house.key(owner, [Scope.NOTIFICATIONS_SETTINGS_READ])
    writer = await house.key(owner, [Scope.NOTIFICATIONS_SETTINGS_UPDATE])

    refused = [
        await house.ask(writer, READ_SETTINGS),
        await update(house, reader, emails=["a@shop.test"]),
    ]

    assert [answer.error["extensions"]["missing"] for answer in refused] == [
        ["notifications_settings.read"],
        ["notifications_settings.update"],
    ]
    assert await read(house, reader) == {"preferences": DEFAULTS, "emails": []}
    assert await rows_of_settings(house, reader) == []

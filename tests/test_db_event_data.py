"""Events say of an object what the API shows of it: field by field, byte by byte."""

from base64 import b64encode
from datetime import timedelta
from ipaddress import ip_address

import orjson
import pytest

import db.api_key
import db.invoice
import db.invoice_line
import db.product
import db.webhook
from db import api_key_usage, event_data, ids
from db.event_type import EventType
from db.scope import Scope
from db.token import Use
from tests.event_parts import SECRET, events, subscribe
from tests.field_inputs import SCHEMA
from tests.fields import selected
from tests.shop import ALL_STATED, LINE, bill, created

LATER = "2999-01-01T00:00:00Z"
RULES = [
    {"cidr": "192.0.2.7", "note": "The office, Нск"},
    {"cidr": "198.51.100.0/24", "note": None},
    {"cidr": "2001:db8::/32", "note": "IPv6"},
]
CREATE_KEY = """mutation($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { token apiKey { id } } }"""
UPDATE_KEY = """mutation($input: UpdateApiKeyInput!) {
  updateApiKey(input: $input) { apiKey { id } } }"""
ROTATE_KEY = """mutation($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) { token apiKey { id } } }"""
REVOKE_KEY = """mutation($id: ID!) { deleteApiKey(input: {id: $id}) { apiKey { id } } }"""


async def shown(house, key, field, id):
    """All that the API shows of an object to who may read it and nothing else."""
    fields = selected(SCHEMA.query_type.fields[field])
    return (await house.ask(key, f"query($id: ID!) {{ {field}(id: $id){fields} }}", id=id)).data[
        field
    ]


async def data_of(house, key):
    """What the newest event says."""
    newest = (await events(house.database, key.organization))[-1]
    return orjson.loads(newest["payload"])["data"]


def lacking(data):
    return {name for name, value in data.items() if value is None}


async def test_a_product(house):
    key = await house.key()
    for stated, unset in (({}, {"description", "sku", "imageUrl"}), (ALL_STATED, set())):
        product = await created(house, key, **stated)
        data = await data_of(house, key)

        assert data == await shown(house, key, "product", product["id"])
        assert lacking(data) == unset
    assert data["metadata"] == ALL_STATED["metadata"]


@pytest.mark.parametrize(
    ("currency", "amount", "total"),
    [
        ("EUR", "19.90", "39.80"),
        ("JPY", "1200", "2400"),
        ("ETH", "0.000000000000000001", "0.000000000000000002"),
        ("KWD", "999999999999.999", "1999999999999.998"),
    ],
)
async def test_an_invoice(house, currency, amount, total):
    key = await house.key()
    price = {"amount": amount, "currency": currency}
    tea = await created(house, key, price=price)
    lines = [{"productId": tea["id"], "quantity": 2}, {**LINE, "unitPrice": price}]
    stated = {"customerName": "Ян", "customerEmail": "y@shop.test", "memo": "a\nb"}
    more = {**stated, "expiresAt": "2999-01-01T00:00:00.000001Z", "metadata": {"k": "v"}}
    optional = {"customerName", "customerEmail", "memo", "expiresAt"}
    for given, unset in (({}, optional), (more, set())):
        invoice = await bill(house, key, *lines, **given)
        data = await data_of(house, key)

        assert data == await shown(house, key, "invoice", invoice["id"])
        assert lacking(data) == unset | {"paidAt"}
    assert [line["total"]["amount"] for line in data["lines"]] == [total, amount]


async def test_an_invoice_with_many_lines_has_them_in_their_order(house):
    key = await house.key()
    lines = [{**LINE, "description": f"Advice {place}"} for place in range(100)]
    await bill(house, key, *lines)

    data = await data_of(house, key)
    assert [line["description"] for line in data["lines"]] == [x["description"] for x in lines]


async def test_an_invoice_that_was_paid_late(house):
    key = await house.key()
    invoice = await bill(house, key, expiresAt="2999-01-01T00:00:00Z")
    owner, id, now = key.organization, ids.parsed("inv", invoice["id"]), house.clock()
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE invoice SET state = 'PAID', paid_at = $3, paid_late = true"
            " WHERE organization_id = $1 AND id = $2",
            *(owner, id, now),
        )
        row = await db.invoice.find(connection, owner, id, now)
        lines = await db.invoice_line.lines_by_ids(connection, owner, [id])

    data = written(event_data.invoice(row.typeid, row, event_data.invoice_lines(lines[id])))
    assert data == await shown(house, key, "invoice", invoice["id"])
    assert (data["status"], data["paidLate"], data["paidAt"] is None) == ("PAID", True, False)


def written(data):
    return orjson.loads(orjson.dumps(data, option=orjson.OPT_UTC_Z))


async def test_an_api_key(house):
    key = await house.key()
    bare = (await house.ask(key, CREATE_KEY, input={"name": "Bare"})).data["createApiKey"]
    data = await data_of(house, key)
    assert data == await shown(house, key, "apiKey", bare["apiKey"]["id"])
    assert data["scopes"] == [scope.name for scope in Scope]
    assert lacking(data) == {
        *("description", "environment", "expiresAt", "revokedAt"),
        *("lastUsedAt", "lastUsedIp", "previousTokenExpiresAt"),
    }

    stated = {"name": "Ключ", "description": "a\nb", "environment": "ci", "ipRules": RULES}
    more = {**stated, "scopes": ["WEBHOOKS_QUEUE_READ", "API_KEYS_READ"], "expiresAt": LATER}
    full = (await house.ask(key, CREATE_KEY, input=more)).data["createApiKey"]["apiKey"]
    use = Use(key.organization, ids.parsed("key", full["id"]), house.clock(), ip_address("::1"))
    async with house.database.transaction() as connection:
        await api_key_usage.write(connection, [use])
    await house.ask(key, ROTATE_KEY, input={"id": full["id"], "overlapSeconds": 60})
    data = await data_of(house, key)
    assert data == await shown(house, key, "apiKey", full["id"])
    assert (lacking(data), data["lastUsedIp"]) == ({"revokedAt"}, "::1")
    assert [(rule["cidr"], rule["note"]) for rule in data["ipRules"]] == [
        (rule["cidr"], rule["note"]) for rule in RULES
    ]

    await house.ask(key, REVOKE_KEY, id=full["id"])
    data = await data_of(house, key)
    assert data == await shown(house, key, "apiKey", full["id"])
    assert (lacking(data), data["status"]) == ({"previousTokenExpiresAt"}, "REVOKED")


async def test_a_webhook(house):
    key = await house.key()
    now = house.clock()
    overlap = {"previous_secret": b"before", "previous_secret_ends_at": now + timedelta(hours=1)}
    stated = {"description": "Чеки", "status": db.webhook.WebhookStatus.FAILING_DISABLED}
    for given, unset in (
        (stated | overlap, set()),
        ({}, {"description", "previousSecretExpiresAt"}),
    ):
        id = await subscribe(house.database, key.organization, now, *EventType, **given)
        async with house.database.reading() as connection:
            row = await db.webhook.find(connection, key.organization, id, now)

        data = written(event_data.webhook(row))
        assert data == await shown(house, key, "webhook", row.typeid)
        assert data["eventTypes"] == [type_.name for type_ in EventType]
        assert lacking(data) == unset


async def test_no_secret_digest_or_token_is_in_any_of_them(house):
    key = await house.key()
    await created(house, key, **ALL_STATED)
    await bill(house, key)
    made = (await house.ask(key, CREATE_KEY, input={"name": "Robot"})).data["createApiKey"]
    id = made["apiKey"]["id"]
    await house.ask(key, UPDATE_KEY, input={"id": id, "name": "Mill"})
    rotated = (await house.ask(key, ROTATE_KEY, input={"id": id})).data["rotateApiKey"]
    row = await house.find(rotated["token"].split("_")[1])
    await house.ask(key, REVOKE_KEY, id=id)
    hook = await subscribe(house.database, key.organization, house.clock())
    async with house.database.reading() as connection:
        webhook = await db.webhook.find(connection, key.organization, hook, house.clock())

    said = [event["payload"] for event in await events(house.database, key.organization)]
    text = " ".join([*said, str(written(event_data.webhook(webhook)))])
    assert len(said) == 7
    hidden = [token.split("_")[2] for token in (made["token"], rotated["token"])]
    for digest in (row.digest, row.previous_digest, SECRET):
        hidden += [digest.hex(), b64encode(digest).decode()]
    assert len(hidden) == 8
    assert [secret for secret in hidden if secret in text] == []
    assert SECRET.decode() not in text
    assert "secret" not in text.lower().replace("previoussecretexpiresat", "")

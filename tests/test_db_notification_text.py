"""What notifications say of events, and that nothing a client typed breaks out of its place."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from db.actor import OPERATOR, Actor, ActorKind, Origin
from db.event_type import EventType, Happened
from db.notification_text import WRITERS, one_line, quoted, text_of

NOW = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
HERE = ip_address("192.0.2.7")
BY_KEY = Origin(Actor(ActorKind.API_KEY, "key_1", "Deploy"), NOW, HERE)
BY_MEMBER = Origin(Actor(ActorKind.MEMBER, "mem_1", "Ann"), NOW, HERE)
BY_OPERATOR = Origin(OPERATOR, NOW)
BY_CLOCK = Origin(Actor(ActorKind.SYSTEM, "system", "Expiry"), NOW)
INVOICE = {
    "number": "INV-000007",
    "total": {"amount": "12.50", "currency": "EUR"},
    "customerName": "Ann\r\nBcc: x",
    "customerEmail": "ann@shop.test",
    "paidLate": False,
}
KEY = {
    "id": "key_1",
    "name": "Till",
    "fullAccess": False,
    "scopes": ["INVOICES_READ", "PRODUCTS_READ"],
    "previousTokenExpiresAt": None,
}
WEBHOOK = {"id": "whk_1", "url": "https://shop.test/hook?token=s3cret", "status": "DISABLED"}
OFF = (
    "Its events are recorded. Enable it once the endpoint answers, and send again what it missed"
    " by retryFailedWebhookDeliveries."
)
DENY = "If none of you did this, revoke the key at once."
TOLD = [
    (
        "invoice.paid",
        INVOICE,
        BY_CLOCK,
        "INVOICES",
        "Invoice INV-000007 was paid",
        (
            'Invoice INV-000007 for "Ann Bcc: x" over 12.50 EUR was paid. You can deliver what was'
            " ordered."
        ),
    ),
    (
        "invoice.paid",
        {**INVOICE, "paidLate": True, "customerName": None},
        BY_MEMBER,
        "INVOICES",
        "Invoice INV-000007 was paid",
        (
            'Invoice INV-000007 for "ann@shop.test" over 12.50 EUR was marked as paid by "Ann" from'
            " 192.0.2.7, after it had expired. You can deliver what was ordered."
        ),
    ),
    (
        "invoice.expired",
        {**INVOICE, "customerName": None, "customerEmail": None},
        BY_CLOCK,
        "INVOICES",
        "Invoice INV-000007 has expired",
        (
            "Invoice INV-000007 over 12.50 EUR was not paid in time, and has expired. Create"
            " another one if it is still wanted."
        ),
    ),
    (
        "api_key.created",
        KEY,
        BY_KEY,
        "API_KEYS",
        'API key "Till" was created',
        (
            'The API key "Till" (key_1) was created by the API key "Deploy" from 192.0.2.7, with'
            f" the scopes invoices.read, products.read. {DENY}"
        ),
    ),
    (
        "api_key.created",
        {**KEY, "fullAccess": True},
        BY_OPERATOR,
        "API_KEYS",
        'API key "Till" was created',
        (
            'The API key "Till" (key_1) was created by the operator of the server, with full'
            f" access. {DENY}"
        ),
    ),
    (
        "api_key.rotated",
        {**KEY, "previousTokenExpiresAt": NOW},
        BY_KEY._replace(address=None),
        "API_KEYS",
        'API key "Till" was rotated',
        (
            'The API key "Till" (key_1) was given another token by the API key "Deploy". The one'
            f" before works until 2026-11-25 03:30 UTC. {DENY}"
        ),
    ),
    (
        "api_key.rotated",
        KEY,
        BY_CLOCK,
        "API_KEYS",
        'API key "Till" was rotated',
        (
            'The API key "Till" (key_1) was given another token. The one before no longer works.'
            f" {DENY}"
        ),
    ),
    (
        "api_key.revoked",
        KEY,
        BY_MEMBER,
        "API_KEYS",
        'API key "Till" was revoked',
        (
            'The API key "Till" (key_1) was revoked by "Ann" from 192.0.2.7: its tokens no longer'
            " work. If that was a mistake, create another key, for a revoked one can't come back."
        ),
    ),
    (
        "webhook.disabled",
        {**WEBHOOK, "status": "FAILING_DISABLED"},
        BY_CLOCK,
        "WEBHOOKS",
        "The webhook to shop.test was switched off",
        (
            "The webhook to shop.test (whk_1) was switched off, for its endpoint kept failing or"
            f" said that it is gone. {OFF}"
        ),
    ),
    (
        "webhook.disabled",
        WEBHOOK,
        BY_MEMBER,
        "WEBHOOKS",
        "The webhook to shop.test was switched off",
        f'The webhook to shop.test (whk_1) was switched off by "Ann" from 192.0.2.7. {OFF}',
    ),
]


@pytest.mark.parametrize(("type_", "data", "origin", "category", "title", "body"), TOLD)
def test_an_event_is_told_in_these_words(type_, data, origin, category, title, body):
    assert text_of(Happened(EventType(type_), "any", data), origin) == (category, title, body)


def test_six_events_are_told_of_and_no_other():
    assert {type_ for type_, *_ in TOLD} == set(WRITERS)
    for type_ in set(EventType) - set(WRITERS):
        assert text_of(Happened(type_, "any", {}), BY_KEY) is None


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("Till", "Till"),
        (" a\r\n\tb\x0b\x85c\u2028d\u2029e ", "a b c d e"),
        ("safe\u202egpj.exe\x1b[2J\0", "safe gpj.exe [2J"),
        ("Зелёный 茶 🍵", "Зелёный 茶 🍵"),
        ("\n", ""),
    ],
)
def test_a_line_stays_one_line(typed, line):
    assert one_line(typed) == line
    assert quoted(typed) == f'"{line}"'


def test_a_long_name_is_cut_short():
    assert quoted("x" * 80) == f'"{"x" * 80}"'
    assert quoted("x" * 81) == f'"{"x" * 79}…"'

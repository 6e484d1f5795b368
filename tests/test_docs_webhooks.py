"""What documents say of webhooks is so: their events, examples, operations and verifying."""

import re
import time
from datetime import UTC, datetime
from textwrap import dedent
from typing import Any

import pytest
from graphql import parse, validate
from standardwebhooks import WebhookVerificationError

from access.webhook_secret import new_secret, shown_secret
from cli.settings import SETTINGS
from db.event_type import EventType
from delivery.schedule import WAITS
from delivery.signing import headers_for
from tests.event_examples import examples
from tests.field_inputs import SCHEMA
from tests.test_docs import ROOT

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
EVENTS = (ROOT / "docs" / "webhook-events.md").read_text()
WITH_PAYMENTS = {
    EventType.INVOICE_PAID,
    EventType.INVOICE_VOIDED,
    EventType.PAYMENT_FAILED,
    EventType.PAYMENT_UNRESOLVED,
}
BODY = '{"type":"product.created","data":{"name":"Чай"}}'.encode()


def snippets() -> dict[str, Any]:
    """What the page's code defines, by name."""
    defined: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "docs/webhooks.md", "exec"), defined)
    return defined


def signed(*secrets: bytes, age_seconds: float = 0) -> dict[str, str]:
    now = datetime.fromtimestamp(time.time() - age_seconds, UTC)
    return headers_for(secrets, "evt_1", now, BODY)


async def test_examples_are_what_the_house_makes(closed_house):
    made = await examples(closed_house)
    sections = dict(re.findall(r"## (\S+)\n\n(?:.+\n)+\n((?:    .*\n)+)", EVENTS))

    assert {type_: dedent(text).rstrip() for type_, text in sections.items()} == made
    assert set(made) == set(EventType) - WITH_PAYMENTS


def test_every_event_is_in_the_table_with_its_scope():
    rows = [row.split("|") for row in PAGE.splitlines() if re.match(r"\| \[?`[a-z_]+\.", row)]
    said = {
        name: re.sub("[ `]", "", scope)
        for _, names, _, scope, _ in rows
        for name in re.findall(r"`([a-z_.]+)`", names)
    }

    assert said == {type_.value: str(type_.read_scope or "none") for type_ in EventType}
    later = {name for row in rows if "payments" in row[2] for name in re.findall("`(.+?)`", row[1])}
    assert later == {type_.value for type_ in WITH_PAYMENTS}


def test_links_to_examples_lead_to_headings():
    anchors = {title.replace(".", "") for title in re.findall(r"^## (\S+)$", EVENTS, re.MULTILINE)}
    linked = re.findall(r"webhook-events\.md#(\w+)", PAGE)

    assert sorted(linked) == sorted(anchors)


def test_operations_are_valid():
    blocks = [dedent(text) for text in re.findall(r"\n\n((?:    .*\n)+)", PAGE)]

    assert len(blocks) == 2
    for block in blocks:
        assert validate(SCHEMA, parse(block)) == []


def test_settings_are_there():
    named = set(re.findall(r"TOLLHOUSE_[A-Z_]+", PAGE + EVENTS))

    assert named <= {setting.name for setting in SETTINGS}
    assert len(named) == 3


def test_the_waits_are_those_of_the_schedule():
    said = (
        "5 seconds later, then after 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours and 10 hours"
    )
    units = {"seconds": 1, "minutes": 60, "hours": 3600}

    assert said in PAGE.replace("\n", " ")
    assert [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (\w+)", said)] == list(
        WAITS
    )


@pytest.mark.parametrize("name", ["received", "is_genuine"])
def test_verifying_takes_what_is_sent_and_nothing_else(name):
    secret, other = new_secret(), new_secret()
    verify = snippets()[name]

    def accepts(shown: bytes, headers: dict[str, str], body: bytes = BODY) -> bool:
        try:
            return verify(shown_secret(shown), headers, body) is not False
        except WebhookVerificationError:
            return False

    headers = signed(secret)
    assert accepts(secret, headers)
    # During a rotation either secret will do.
    assert [accepts(each, signed(secret, other)) for each in (secret, other)] == [True, True]
    assert not accepts(other, headers)
    assert not accepts(secret, headers, BODY + b" ")
    assert not accepts(secret, {**headers, "webhook-id": "evt_2"})
    assert not accepts(secret, signed(secret, age_seconds=301))
    assert not accepts(secret, signed(secret, age_seconds=-310))
    assert accepts(secret, signed(secret, age_seconds=290))

"""Signatures, checked by the library that customers use."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from access.webhook_secret import new_secret, shown_secret
from delivery.signing import headers_for

BODY = json.dumps({"name": "Зелёный чай"}, ensure_ascii=False).encode()


def now():
    return datetime.now(UTC)


def test_a_signature_is_what_the_specification_says():
    headers = headers_for(
        [b"\0" * 32], "msg_1", datetime(2026, 11, 25, 12, 0, 0, 999_999, UTC), b'{"a":1}'
    )

    assert headers == {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795608000",
        "webhook-signature": "v1,i/GipDMkgiTgK9T2mXOUX7l1xaRH/qpZzAIo7N+ICko=",
    }


def test_the_library_verifies_with_the_secret_that_was_shown():
    secret = new_secret()
    headers = headers_for([secret], "msg_1", now(), BODY)

    assert Webhook(shown_secret(secret)).verify(BODY, headers) == {"name": "Зелёный чай"}


@pytest.mark.parametrize("place", [0, 1])
def test_each_secret_of_a_rotation_verifies(place):
    secrets = [new_secret(), new_secret()]
    headers = headers_for(secrets, "msg_1", now(), BODY)

    assert Webhook(secrets[place]).verify(BODY, headers) == {"name": "Зелёный чай"}


def test_another_secret_does_not_verify():
    headers = headers_for([new_secret(), new_secret()], "msg_1", now(), BODY)

    with pytest.raises(WebhookVerificationError, match="No matching signature found"):
        Webhook(new_secret()).verify(BODY, headers)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp"])
def test_what_was_changed_does_not_verify(changed):
    secret, moment = new_secret(), now()
    headers = headers_for([secret], "msg_1", moment, BODY)
    headers |= {"webhook-id": "msg_2", "webhook-timestamp": str(int(moment.timestamp()) + 1)}
    headers |= {
        name: value
        for name, value in headers_for([secret], "msg_1", moment, BODY).items()
        if name != changed
    }

    with pytest.raises(WebhookVerificationError, match="No matching signature found"):
        Webhook(secret).verify(BODY, headers)


def test_any_zone_gives_the_same_signature():
    moment = now()
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert headers_for([b"k"], "m", moment, b"") == headers_for([b"k"], "m", elsewhere, b"")


def test_nothing_is_sent_unsigned():
    with pytest.raises(ValueError, match="at least one secret"):
        headers_for([], "msg_1", now(), BODY)


def test_secrets_have_32_bytes_and_none_comes_twice():
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {32}
    assert shown_secret(b"\1" * 32) == "whsec_" + b64encode(b"\1" * 32).decode()

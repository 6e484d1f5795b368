"""What notifications say: what happened to what, by whom and from where, and what to do."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from db.actor import OPERATOR, ActorKind, Origin
from db.event_type import EventType, Happened
from db.notification import NotificationCategory
from db.scope import Scope
from db.webhook import WebhookStatus

LONGEST_NAME: Final = 80
DENY: Final = "If none of you did this, revoke the key at once."


class Telling(NamedTuple):
    category: NotificationCategory
    title: str
    body: str


def one_line(text: str) -> str:
    """The text without line breaks and whatever else could change how its surroundings read."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(name: str) -> str:
    """What a client typed, as a part of a sentence."""
    line = one_line(name)
    short = line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
    return f'"{short}"'


def host_of(url: str) -> str:
    """A receiver as it is named to people: its path may be a secret, and mail is read by many."""
    return urlsplit(url).hostname or url


def text_of(happened: Happened, origin: Origin) -> Telling | None:
    """What is told of an event; None where such events aren't told of."""
    write = WRITERS.get(happened.type)
    return write(happened.data, origin) if write else None


def _paid(data: Mapping[str, Any], origin: Origin) -> Telling:
    by_hand = origin.actor.kind is ActorKind.MEMBER
    how = f"was marked as paid{_by(origin)}" if by_hand else "was paid"
    late = ", after it had expired" if data["paidLate"] else ""
    body = f"{_invoice(data)} {how}{late}. You can deliver what was ordered."
    return Telling(NotificationCategory.INVOICES, f"Invoice {data['number']} was paid", body)


def _expired(data: Mapping[str, Any], _origin: Origin) -> Telling:
    body = (
        f"{_invoice(data)} was not paid in time, and has expired."
        " Create another one if it is still wanted."
    )
    return Telling(NotificationCategory.INVOICES, f"Invoice {data['number']} has expired", body)


def _created(data: Mapping[str, Any], origin: Origin) -> Telling:
    scopes = ", ".join(Scope[name] for name in data["scopes"])
    powers = "full access" if data["fullAccess"] else f"the scopes {scopes}"
    return _of_key(data, f"was created{_by(origin)}, with {powers}. {DENY}", "was created")


def _rotated(data: Mapping[str, Any], origin: Origin) -> Telling:
    ends = data["previousTokenExpiresAt"]
    old = f"works until {ends:%Y-%m-%d %H:%M} UTC" if ends else "no longer works"
    body = f"was given another token{_by(origin)}. The one before {old}. {DENY}"
    return _of_key(data, body, "was rotated")


def _revoked(data: Mapping[str, Any], origin: Origin) -> Telling:
    body = (
        f"was revoked{_by(origin)}: its tokens no longer work. If that was a mistake, create"
        " another key, for a revoked one can't come back."
    )
    return _of_key(data, body, "was revoked")


def _of_key(data: Mapping[str, Any], body: str, title: str) -> Telling:
    name = quoted(data["name"])
    return Telling(
        NotificationCategory.API_KEYS,
        f"API key {name} {title}",
        f"The API key {name} ({data['id']}) {body}",
    )


def _switched_off(data: Mapping[str, Any], origin: Origin) -> Telling:
    host = host_of(data["url"])
    failed = data["status"] == WebhookStatus.FAILING_DISABLED
    why = ", for its endpoint kept failing or said that it is gone" if failed else _by(origin)
    body = (
        f"The webhook to {host} ({data['id']}) was switched off{why}. Its events are recorded."
        " Enable it once the endpoint answers, and send again what it missed by"
        " retryFailedWebhookDeliveries."
    )
    return Telling(NotificationCategory.WEBHOOKS, f"The webhook to {host} was switched off", body)


def _invoice(data: Mapping[str, Any]) -> str:
    total, customer = data["total"], data["customerName"] or data["customerEmail"]
    named = f" for {quoted(customer)}" if customer else ""
    return f"Invoice {data['number']}{named} over {total['amount']} {total['currency']}"


def _by(origin: Origin) -> str:
    actor, where = origin.actor, f" from {origin.address}" if origin.address else ""
    if actor.kind is ActorKind.API_KEY:
        return f" by the API key {quoted(actor.name)}{where}"
    if actor.kind is ActorKind.MEMBER:
        return f" by {quoted(actor.name)}{where}"
    return " by the operator of the server" if actor == OPERATOR else ""


WRITERS: Mapping[EventType, Callable[[Mapping[str, Any], Origin], Telling]] = {
    EventType.INVOICE_PAID: _paid,
    EventType.INVOICE_EXPIRED: _expired,
    EventType.API_KEY_CREATED: _created,
    EventType.API_KEY_ROTATED: _rotated,
    EventType.API_KEY_REVOKED: _revoked,
    EventType.WEBHOOK_DISABLED: _switched_off,
}

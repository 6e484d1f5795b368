"""What a caller needs to have events sent: a webhook is a way to read."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from access.caller import KnownKey
from access.grant import Beyond
from access.networks import Rules
from access.reach_out import url_fault
from db.errors import Conflict, InvalidInput
from db.event_type import EventType
from db.scope import Scope
from db.webhook import Webhook
from resolvers.giving import must_be_within

EVERY = frozenset(EventType)
Types = Collection[str]
# A transaction that has seen the types of a webhook before they were changed has ended by then.
SETTLED_AFTER: Final = timedelta(minutes=1)


def must_read(types: Collection[EventType], own: KnownKey) -> None:
    """Forbidden, naming what is missing, where the key may not read all that would be sent."""
    must_be_within(Beyond(scopes=_unreadable(types, own)))


def _unreadable(types: Collection[EventType], own: KnownKey) -> tuple[Scope, ...]:
    needed = {type_.read_scope for type_ in types} - own.scopes
    return tuple(scope for scope in Scope if scope in needed)


def sent(types: Types) -> frozenset[EventType]:
    """What a webhook with these types is sent: all where none is named."""
    return frozenset(map(EventType, types)) or EVERY


def newly_sent(before: Webhook, stated: dict[str, Any]) -> frozenset[EventType]:
    """What a change has sent that wasn't sent before, or not to there."""
    types: Types = stated.get("event_types", before.event_types)
    if leads_elsewhere(before, stated):
        return sent(types) | sent(before.event_types)
    if not types and before.event_types:
        # Types of later releases too, so not even one who has named all of today's has that.
        return EVERY
    return sent(types) - sent(before.event_types)


def leads_elsewhere(before: Webhook, stated: dict[str, Any]) -> bool:
    """Whether a change has something sent to where it wasn't sent before.

    That is not only what will happen: what waits, or has failed, goes there too, and was meant for
    the webhook when it may have had other types.
    """
    return stated.get("url", before.url) != before.url


def must_be_settled(before: Webhook, own: KnownKey, now: datetime) -> None:
    """Conflict where something the key may not read could be on its way to the webhook unseen."""
    is_fresh = before.created_at < before.updated_at and now < before.updated_at + SETTLED_AFTER
    if is_fresh and _unreadable(EVERY, own):
        raise Conflict(
            "This webhook was changed a moment ago, and events that your key may not read could"
            " still be on their way to it. Change the url in a minute."
        )


def must_be_callable(url: str, networks: Rules) -> None:
    fault = url_fault(url, networks)
    if fault:
        raise InvalidInput.at("input.url", fault)

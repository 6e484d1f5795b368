"""What a caller needs to have events sent: a webhook is a way to read."""

from collections.abc import Collection
from typing import Any

from access.caller import KnownKey
from access.grant import Beyond
from access.networks import Rules
from access.reach_out import url_fault
from db.errors import InvalidInput
from db.event_type import EventType
from db.scope import Scope
from db.webhook import Webhook
from resolvers.giving import must_be_within

EVERY = frozenset(EventType)
Types = Collection[str]


def must_read(types: Collection[EventType], own: KnownKey) -> None:
    """Forbidden, naming what is missing, where the key may not read all that would be sent."""
    needed = {type_.read_scope for type_ in types} - own.scopes
    must_be_within(Beyond(scopes=tuple(scope for scope in Scope if scope in needed)))


def sent(types: Types) -> frozenset[EventType]:
    """What a webhook with these types is sent: all where none is named."""
    return frozenset(map(EventType, types)) or EVERY


def newly_sent(before: Webhook, stated: dict[str, Any]) -> frozenset[EventType]:
    """What a change has sent that wasn't sent before, or not to there."""
    types: Types = stated.get("event_types", before.event_types)
    if stated.get("url", before.url) != before.url:
        return sent(types)
    if not types and before.event_types:
        # Types of later releases too, so not even one who has named all of today's has that.
        return EVERY
    return sent(types) - sent(before.event_types)


def must_be_callable(url: str, networks: Rules) -> None:
    fault = url_fault(url, networks)
    if fault:
        raise InvalidInput.at("input.url", fault)

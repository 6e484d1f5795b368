"""Who did something: written down as they were called then, so that it outlives them."""

from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple


class ActorKind(StrEnum):
    API_KEY = "API_KEY"
    MEMBER = "MEMBER"
    SYSTEM = "SYSTEM"


class Actor(NamedTuple):
    kind: ActorKind
    id: str
    name: str


OPERATOR = Actor(ActorKind.SYSTEM, "system", "Operator")


class Origin(NamedTuple):
    """Where a change comes from; `now` is the one reading of the clock for its transaction."""

    actor: Actor
    now: datetime
    address: IPv4Address | IPv6Address | None = None
    request_id: str | None = None

"""A key that was used from an address that its rules don't allow."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from uuid import UUID


class Refusal(NamedTuple):
    organization_id: UUID
    api_key_id: UUID
    api_key_name: str
    address: IPv4Address | IPv6Address
    at: datetime

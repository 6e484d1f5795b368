"""What is kept of a token, and of its use."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NamedTuple
from uuid import UUID


class NewToken(NamedTuple):
    """What is kept of a token: enough to know it again, nothing to make it from."""

    id: str
    hint: str
    pepper_version: int
    digest: bytes

    def columns(self, now: datetime) -> dict[str, Any]:
        return {
            "token_hint": self.hint,
            "pepper_version": self.pepper_version,
            "digest": self.digest,
            "token_issued_at": now,
        }


class Use(NamedTuple):
    """When and from where a key was used last."""

    organization_id: UUID
    api_key_id: UUID
    last_used_at: datetime
    last_used_ip: IPv4Address | IPv6Address | None

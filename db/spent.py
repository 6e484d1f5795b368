"""What a key spent of its rate limit."""

from typing import NamedTuple
from uuid import UUID


class Spent(NamedTuple):
    """Kept as the seconds that it takes to pay it back."""

    organization_id: UUID
    api_key_id: UUID
    seconds: float

"""Slows callers who keep failing to prove who they are, by where they call from."""

from ipaddress import IPv4Address
from typing import Final

from access.networks import Address

# The version of the address, and what it is counted under; unknown ones have neither.
Source = tuple[int, int]
UNKNOWN: Final = (0, 0)

LONGEST_WAIT_SECONDS = 60.0


class Throttle:
    """A token bucket for each IPv4 address or IPv6 /64; all unknown addresses share one.

    Times are seconds of one clock, handed in. Only failures are remembered, each bucket
    as the time when it will be full again. Asking changes nothing.

    When the table is full, the tenth that owes least is forgotten: full buckets first, which
    loses nothing, then those nearest to full. Forgetting whoever was silent longest would be
    wrong, for that is who is being kept waiting. So a flood of new sources pushes out its own
    small entries. To get an empty bucket forgotten, nine tenths of the table must be others as
    empty: whoever commands so many sources has `burst` attempts from each, and needs no more.
    """

    def __init__(self, burst: int = 20, per_second: float = 0.5, size: int = 10_000) -> None:
        self._interval = 1 / per_second
        self._slack = (burst - 1) * self._interval
        self._size = size
        self._full_at: dict[Source, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_seconds(self, address: Address | None, now: float) -> float:
        """How long until an attempt may go on: 0 where it may now."""
        full_at = self._full_at.get(source_of(address), now)
        wait = full_at - now - self._slack
        # A longer one was written before the clock was set back.
        return wait if 0 < wait <= LONGEST_WAIT_SECONDS else 0.0

    def failed(self, address: Address | None, now: float) -> None:
        """Take a token for an attempt that failed.

        Attempts that were under way at once are all counted, so a wait can outgrow one token's;
        it ends at a minute, for honest callers may share the address.
        """
        self.count(source_of(address), 1, now)

    def count(self, source: Source, failures: int, now: float) -> None:
        if source not in self._full_at and len(self._full_at) >= self._size:
            self._forget()
        full_at = max(self._full_at.get(source, now), now) + failures * self._interval
        self._full_at[source] = min(full_at, now + self._slack + LONGEST_WAIT_SECONDS)

    def _forget(self) -> None:
        by_debt = sorted(self._full_at, key=self._full_at.__getitem__)
        for source in by_debt[: max(1, self._size // 10)]:
            del self._full_at[source]


def source_of(address: Address | None) -> Source:
    if address is None:
        return UNKNOWN
    return (4, int(address)) if isinstance(address, IPv4Address) else (6, int(address) >> 64)

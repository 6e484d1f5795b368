"""A throttle that all processes share: each tells the others what failed at it."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from access.networks import Address
from access.throttle import Source, Throttle, source_of

# An address is told of once so many attempts have failed here that the others don't know of.
SHARE: Final = 5
# How often the others are told at most; and so how long such an address is held up.
TELL_SECONDS: Final = 2
# Of so many addresses at once, so that a flood of them isn't passed on.
MOST_TOLD: Final = 1_000
# A payload of NOTIFY has less than 8,000 bytes, and a record at most 23.
PER_PAYLOAD: Final = 300
# More failures than these make nobody wait longer.
MOST_COUNTED: Final = 50


class SharedThrottle(Throttle):
    """Nobody is let in faster for asking several processes, and no refusal waits for them.

    What fails is counted here at once and told by somebody else, every two seconds at most. An
    address of which there is much to tell is held up until then, as if its bucket were empty:
    otherwise it could spend a whole one at each process meanwhile. Where nobody can tell, each
    process counts by itself.

    Addresses with a few failures each are never told of, and of many others the first thousand
    are: who commands more has a bucket for each of them anyway.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        size: int = 10_000,
    ) -> None:
        super().__init__(size=size)
        self.are_shared = False
        self._clock, self._monotonic = clock, monotonic
        self._untold: dict[Source, int] = {}
        self._due: set[Source] = set()
        self._telling: dict[Source, int] = {}
        self._may_tell_at = 0.0

    def wait_seconds(self, address: Address | None, now: float) -> float:
        wait = super().wait_seconds(address, now)
        return TELL_SECONDS if wait == 0 and self._is_ahead(source_of(address)) else wait

    def failed(self, address: Address | None, now: float) -> None:
        super().failed(address, now)
        self._note(source_of(address), 1)

    def take(self) -> list[str]:
        """What the others are to be told now, nothing where it is too soon; see `told`."""
        if not self._due or self._monotonic() < self._may_tell_at:
            return []
        self._telling = {source: self._untold.pop(source) for source in self._due}
        self._due.clear()
        return packed(self._telling)

    def told(self) -> None:
        """The others know what was taken, or will in a moment."""
        if self._telling:
            self._may_tell_at = self._monotonic() + TELL_SECONDS
        self._telling = {}
        self.are_shared = True

    def alone(self) -> None:
        """Nobody tells any more; nobody knows how much of what was taken has been heard."""
        self.are_shared = False
        for source, count in self._telling.items():
            self._note(source, count)
        self._telling = {}

    def hear(self, payload: str) -> None:
        """Count what has failed at another process."""
        now = self._clock().timestamp()
        try:
            failures = unpacked(payload)
        except ValueError:
            # Another release tells what this one doesn't know.
            return
        for source, count in failures:
            self.count(source, count, now)

    def _is_ahead(self, source: Source) -> bool:
        return self.are_shared and (source in self._due or source in self._telling)

    def _note(self, source: Source, count: int) -> None:
        # The latest come last, so that the others are forgotten first.
        noted = min(self._untold.pop(source, 0) + count, MOST_COUNTED)
        self._untold[source] = noted
        if noted >= SHARE and len(self._due) < MOST_TOLD:
            self._due.add(source)
        if len(self._untold) > self._size:
            oldest = next(iter(self._untold))
            del self._untold[oldest]
            self._due.discard(oldest)


def packed(failures: Mapping[Source, int]) -> list[str]:
    """The failures as payloads, as few as they fit into."""
    records = [f"{version}.{number:x}.{count}" for (version, number), count in failures.items()]
    starts = range(0, len(records), PER_PAYLOAD)
    return [",".join(records[start : start + PER_PAYLOAD]) for start in starts]


def unpacked(payload: str) -> list[tuple[Source, int]]:
    """The failures of a payload; ValueError where it is none."""
    records = [record.split(".") for record in payload.split(",")]
    return [((int(version), int(number, 16)), int(count)) for version, number, count in records]

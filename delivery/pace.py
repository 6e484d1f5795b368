"""How fast an endpoint answers, by what its latest attempts took."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

QUICK_SECONDS: Final = 0.1
SLOW_SECONDS: Final = 1.0
# For so long the first attempt is waited for until it counts as slow, whatever comes of it.
NEW_SECONDS: Final = 0.5
# How much the latest attempt counts.
LATEST: Final = 0.5


class Pace(Enum):
    QUICK = "quick"
    STEADY = "steady"
    UNKNOWN = "unknown"
    SLOW = "slow"


@dataclass(eq=False)
class Speed:
    """What is known of an endpoint; one that fails, and isn't known otherwise, may well hang."""

    # None before the first attempt.
    seconds: float | None = None
    has_failed: bool = False

    @property
    def pace(self) -> Pace:
        if self.seconds is None:
            return Pace.SLOW if self.has_failed else Pace.UNKNOWN
        if self.seconds < QUICK_SECONDS:
            return Pace.QUICK
        return Pace.STEADY if self.seconds < SLOW_SECONDS else Pace.SLOW

    def is_late(self) -> None:
        """An attempt is under way for so long that it is slow, however it ends."""
        self.seconds = max(self.seconds or 0, SLOW_SECONDS)

    def learn(self, seconds: float) -> None:
        """An attempt took so long."""
        before = seconds if self.seconds is None else self.seconds
        self.seconds = before + (seconds - before) * LATEST

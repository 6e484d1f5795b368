"""When a failed delivery is tried again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# Seconds after the first failure, after the second, and so on.
WAITS: Final = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
# A wait is lengthened by up to a tenth of itself and never shortened: an endpoint that was away
# for a while isn't met by all that it missed in one moment.
JITTER: Final = 0.1


def next_attempt(
    tries: int, now: datetime, retry_after_seconds: float | None, random: Callable[[], float]
) -> datetime | None:
    """The time after so many failed tries; None where they are used up.

    What the endpoint asked for by Retry-After is waited for, a day at most.
    """
    if tries > len(WAITS):
        return None
    wait = max(WAITS[tries - 1], min(retry_after_seconds or 0, DAY))
    return now + timedelta(seconds=wait * (1 + JITTER * random()))

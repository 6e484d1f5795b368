"""Hears what changes on other connections, and knows at any time whether it still hears.

One connection listens for each process. It is asked every quarter of a second whether it is
alive: PostgreSQL hands over what was announced before it answers, so an answer shows that all
that was committed before the question has been heard.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from db.database import AWAY, connect
from db.errors import Unavailable

log = structlog.get_logger()
CHANNEL: Final = "tollhouse_api_keys"
EVERYTHING: Final = "*"
HEARTBEAT_SECONDS: Final = 0.25
LEASE_SECONDS: Final = 0.8
RETRY_SECONDS: Final = 0.25


class Listener:
    """Calls `changed` with the id of each changed key, and `renew` while it is sure to hear.

    `renew` is given the moment, on the monotonic clock, until which that is so.
    """

    def __init__(
        self, url: str, changed: Callable[[str], None], renew: Callable[[float], None]
    ) -> None:
        self._url, self._changed, self._renew = url, changed, renew
        self._hears = False

    async def run(self) -> None:
        """Listen until it is cancelled; a lost connection is made again."""
        while True:
            try:
                await self._listen()
            except (*AWAY, Unavailable) as error:
                self._tell(hears=False, reason=str(error) or type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await connect(self._url, command_timeout=LEASE_SECONDS)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            # What was announced before this connection listened was announced to nobody.
            self._changed(EVERYTHING)
            while True:
                asked = time.monotonic()
                await connection.fetchval("SELECT 1")
                self._renew(asked + LEASE_SECONDS)
                self._tell(hears=True)
                await asyncio.sleep(HEARTBEAT_SECONDS)
        finally:
            # A frozen server would never answer a polite goodbye.
            connection.terminate()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        self._changed(str(payload))

    def _tell(self, *, hears: bool, reason: str = "") -> None:
        if hears is self._hears:
            return
        self._hears = hears
        if hears:
            log.info("changes of keys are heard")
        else:
            log.warning("changes of keys aren't heard: every request asks", reason=reason)

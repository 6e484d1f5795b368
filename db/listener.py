"""Hears what changes on other connections, and knows at any time whether it still hears.

One connection listens for each process. It is asked every quarter of a second whether it is
alive: PostgreSQL hands over what was announced before it answers, so an answer shows that all
that was committed before the question has been heard.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

import structlog

from db.database import AWAY, Database, connect
from db.errors import Unavailable
from db.hub import Hub
from db.stopping import must_go_on

log = structlog.get_logger()
# Of organizations, too: whoever hears an id forgets whatever has it.
CHANNEL: Final = "tollhouse_api_keys"
NEWS: Final = "tollhouse_news"
ATTEMPTS: Final = "tollhouse_attempts"
TELL: Final = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload"
EVERYTHING: Final = "*"
HEARTBEAT_SECONDS: Final = 0.25
LEASE_SECONDS: Final = 0.8
RETRY_SECONDS: Final = 0.25
# NOTIFY holds a lock of the whole cluster through its commit: no process does it more often.
PAUSE_SECONDS: Final = 0.02


async def tell_last(database: Database, hub: Hub) -> None:
    """Tell other processes what is left over once this one doesn't listen any more."""
    if hub.outgoing.is_set():
        async with database.reading() as connection:
            await connection.execute(TELL, NEWS, hub.take())


class Attempts(Protocol):
    """Counts attempts that fail, and has payloads to tell of them."""

    def take(self) -> list[str]:
        """Give what the others are to be told by now."""
        ...

    def told(self) -> None:
        """Hear that they were told what was taken."""
        ...

    def alone(self) -> None:
        """Hear that nobody tells, and nobody hears, for a while."""
        ...

    def hear(self, payload: str) -> None:
        """Count what another process tells."""
        ...


class Listener:
    """Calls `changed` with the id of each changed key or organization, `renew` while it hears.

    The hub is given what other processes tell, and what it has to tell is told to them; so are the
    attempts, with each heartbeat.

    `renew` is given the moment, on the monotonic clock, until which that is so.
    """

    def __init__(
        self,
        url: str,
        changed: Callable[[str], None],
        renew: Callable[[float], None],
        hub: Hub | None = None,
        attempts: Attempts | None = None,
    ) -> None:
        self._url, self._changed, self._renew = url, changed, renew
        self._hub, self._attempts = hub or Hub(), attempts
        self._hears = False

    async def run(self) -> None:
        """Listen until it is cancelled; a lost connection is made again."""
        while True:
            must_go_on()
            try:
                await self._listen()
            except (*AWAY, Unavailable) as error:
                self._tell(hears=False, reason=str(error) or type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await connect(self._url, command_timeout=LEASE_SECONDS)
        try:
            await connection.add_listener(CHANNEL, self._heard)
            await connection.add_listener(NEWS, self._heard_news)
            await connection.add_listener(ATTEMPTS, self._heard_attempts)
            # What was announced before this connection listened was announced to nobody.
            self._changed(EVERYTHING)
            self._hub.miss()
            while True:
                asked = time.monotonic()
                await connection.fetchval("SELECT 1")
                self._renew(asked + LEASE_SECONDS)
                self._tell(hears=True)
                await self._tell_attempts(connection)
                await self._tell_others(connection, asked + HEARTBEAT_SECONDS)
        finally:
            if self._attempts is not None:
                self._attempts.alone()
            # A frozen server would never answer a polite goodbye.
            connection.terminate()

    async def _tell_others(self, connection: Any, until: float) -> None:
        """Tell the news of this process as they come, until the next heartbeat is due."""
        outgoing = self._hub.outgoing
        while (left := until - time.monotonic()) > 0:
            # Python 3.11's wait_for loses a cancellation that comes with the news.
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await outgoing.wait()
            if outgoing.is_set():
                payloads = self._hub.take()
                try:
                    await connection.execute(TELL, NEWS, payloads)
                except BaseException:
                    self._hub.put_back()
                    raise
                await asyncio.sleep(PAUSE_SECONDS)

    async def _tell_attempts(self, connection: Any) -> None:
        if self._attempts is not None:
            if payloads := self._attempts.take():
                await connection.execute(TELL, ATTEMPTS, payloads)
            self._attempts.told()

    def _heard_attempts(self, connection: Any, pid: int, _channel: str, payload: Any) -> None:
        if self._attempts is not None and pid != connection.get_server_pid():
            self._attempts.hear(str(payload))

    def _heard_news(self, connection: Any, pid: int, _channel: str, payload: Any) -> None:
        # What this process tells comes back to it, and it knows already.
        if pid != connection.get_server_pid():
            self._hub.hear(str(payload))

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

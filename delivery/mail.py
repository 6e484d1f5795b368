"""Sends the mail that is due, a few at a time over one connection to the mail server."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

import structlog

from access.smtp_server import SmtpServer
from db import mail_queue
from db.database import Database
from db.errors import Unavailable
from db.hub import Ear, Hub
from db.mail import Mail
from db.news import Kind
from db.stopping import must_go_on
from delivery.mail_connection import ANSWERS, FAULTS, Refused, client_of, hand_over, reason_of

POLL_SECONDS: Final = 5
# Less than the lease, so that nobody else has a mail while it is sent here.
BATCH_SECONDS: Final = 30
GOODBYE_SECONDS: Final = 2
Settlement: TypeAlias = Callable[..., Awaitable[None]]
log = structlog.get_logger()


class Faulty(Exception):
    """The server, or the way to it, has a fault: what follows would fail too."""


async def run(
    database: Database,
    server: SmtpServer,
    sender: str,
    hub: Hub,
    clock: Callable[[], datetime],
) -> None:
    """Send mail until cancelled; several processes may do it at once."""
    outbox = Outbox(database, server, sender, clock)
    while True:
        must_go_on()
        with hub.listening(Kind.MAIL) as ear:
            try:
                found = await outbox.send_some()
            except (Faulty, Unavailable) as fault:
                outbox.tell(str(fault))
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                # Mail is no reason for the server to end.
                log.exception("Sending mail has a fault.")
                await asyncio.sleep(POLL_SECONDS)
            else:
                if not found:
                    await _woken(ear)


async def _woken(ear: Ear) -> None:
    """Until there is mail, or it is time to look for what is to be tried again."""
    with suppress(TimeoutError, Unavailable):
        async with asyncio.timeout(POLL_SECONDS):
            await ear.next()


class Outbox:
    """One process's way to the mail server."""

    def __init__(
        self, database: Database, server: SmtpServer, sender: str, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._sender, self._clock = database, sender, clock
        self._client = client_of(server)
        self._told = ""

    def tell(self, reason: str) -> None:
        """Log why mail isn't sent for now, once for each reason."""
        if reason != self._told:
            log.warning("Mail can't be sent for now; it is tried again.", reason=reason)
        self._told = reason

    async def send_some(self) -> bool:
        """Whether there was any; raises Faulty where what follows would fail too, Unavailable."""
        async with self._database.transaction() as connection:
            mails = await mail_queue.claim(connection, self._clock())
        if not mails:
            return False
        deadline = asyncio.get_running_loop().time() + BATCH_SECONDS
        try:
            await self._connect(mails, deadline)
            await self._send_each(mails, deadline)
            # All is settled by now, so it doesn't matter whether the server hears it.
            with suppress(*FAULTS):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._client.quit()
        finally:
            self._client.close()
        return True

    async def _connect(self, mails: Sequence[Mail], deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._client.connect()
        except FAULTS as fault:
            reason = reason_of(fault)
            await self._settle([partial(mail_queue.retry, mail=m, reason=reason) for m in mails])
            raise Faulty(reason) from fault

    async def _send_each(self, mails: Sequence[Mail], deadline: float) -> None:
        for place, mail in enumerate(mails):
            is_late = asyncio.get_running_loop().time() > deadline
            # The first is tried in any case: otherwise a bad server would be asked without end.
            if place and (is_late or not self._client.is_connected):
                await self._put_back(mails[place:])
                return
            try:
                await self._send(mail, deadline)
            except Faulty:
                await self._put_back(mails[place + 1 :])
                raise

    async def _send(self, mail: Mail, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await hand_over(self._client, mail, self._sender)
        except Refused as refused:
            reason = str(refused)
            log.warning("A mail is given up.", mail=mail.typeid, reason=reason)
            await self._settle([partial(mail_queue.failed, mail=mail, reason=reason)])
        except FAULTS as fault:
            reason = reason_of(fault)
            await self._settle([partial(mail_queue.retry, mail=mail, reason=reason)])
            if not (isinstance(fault, ANSWERS) and self._client.is_connected):
                raise Faulty(reason) from fault
            self.tell(reason)
        else:
            self._told = ""
            await self._settle([partial(mail_queue.sent, mail=mail)])

    async def _put_back(self, mails: Sequence[Mail]) -> None:
        await self._settle([partial(mail_queue.put_back, mail=mail) for mail in mails])

    async def _settle(self, settlements: Sequence[Settlement]) -> None:
        """Write down what came of it, however long that takes: else it would be sent again."""
        while True:
            try:
                async with self._database.transaction() as connection:
                    for settle in settlements:
                        await settle(connection, now=self._clock())
            except Unavailable as away:
                self.tell(str(away))
                await asyncio.sleep(POLL_SECONDS)
            else:
                return

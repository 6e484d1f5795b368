"""All that leaves the house, as one task."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.encryption import EncryptionKeys
from access.networks import Rules
from access.smtp_server import SmtpServer
from db.database import Database
from db.hub import Hub
from delivery import mail
from delivery.sender import Sender
from delivery.upkeep import Upkeep
from delivery.worker import Worker


@dataclass(frozen=True)
class Parts:
    """What sending needs; without an SMTP server no mail is sent."""

    database: Database
    hub: Hub
    encryption: EncryptionKeys
    networks: Rules
    clock: Callable[[], datetime]
    user_agent: str
    most: int
    kept: timedelta
    smtp: SmtpServer | None
    mail_from: str | None


async def deliver(parts: Parts) -> None:
    """Send webhooks and mail, and keep their queues in order, until cancelled."""
    database, hub, clock = parts.database, parts.hub, parts.clock
    async with (
        Sender(parts.networks, clock, user_agent=parts.user_agent) as sender,
        asyncio.TaskGroup() as group,
    ):
        worker = Worker(database, hub, sender, parts.encryption, clock, parts.most)
        group.create_task(worker.run())
        group.create_task(Upkeep(database, clock, parts.kept).run())
        if parts.smtp and parts.mail_from:
            group.create_task(mail.run(database, parts.smtp, parts.mail_from, hub, clock))

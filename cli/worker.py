"""The command `tollhouse worker`: sends webhooks and mail, apart from any server."""

from functools import partial
from typing import Any

import click

from cli import background, log
from cli.database import database_url, direct_url
from cli.garbage import look_seldom
from cli.host_secrets import open_encryption
from cli.lifetime import attended, database_for, logger
from cli.open_files import allow_many
from cli.options import OF_DATABASE, takes_settings
from cli.program import Delivering, Program
from cli.settings import Settings, mail_line
from cli.stop import Stop
from db.hub import Hub
from db.listener import Listener

OWN = (
    "encryption_keys",
    "webhook_networks",
    "deliveries",
    "delivery_days",
    "smtp_url",
    "mail_from",
    "log",
)


@click.command()
@takes_settings((*OF_DATABASE, *OWN))
@click.pass_obj
def worker(program: Program, **given: Any) -> None:
    """Send webhooks and mail until Ctrl-C or SIGTERM.

    Any number may run, on any machines that share the database and the encryption keys; no
    endpoint is sent to by two of them at once. Servers need none where they run without
    --no-worker.
    """
    settings, stop = program.settings(given), Stop()
    log.configure(settings.log)
    look_seldom()
    allow_many()
    if line := mail_line(settings):
        logger.info(line)
    stop.listen()
    try:
        with database_url(settings, may_create=False) as url:
            stop.run(_work(program, settings, url))
    except KeyboardInterrupt:
        return


async def _work(program: Program, settings: Settings, url: str) -> None:
    hub = Hub()
    async with database_for(settings, url, hub) as database:
        encryption = await open_encryption(settings, database)
        listener = Listener(direct_url(settings, url), _ignored, _ignored, hub)
        expire = partial(background.expire_invoices, database, program.clock)
        async with attended() as group:
            group.create_task(listener.run())
            group.create_task(background.repeat("expiry", background.EXPIRY_SECONDS, expire))
            group.create_task(program.delivering(Delivering(settings, database, hub, encryption)))
            click.echo("working")


def _ignored(_: object) -> None:
    """A worker keeps nothing of any key."""

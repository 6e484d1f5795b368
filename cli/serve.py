"""The command `tollhouse serve`: the database, the server, and an orderly end of both."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import click
import structlog

from cli import log
from cli.garbage import look_seldom
from cli.listen import bound, must_spread, port_of
from cli.open_files import allow_many
from cli.options import takes_settings
from cli.program import Program
from cli.running import Asked, Source, run
from cli.settings import Settings, mail_line
from cli.several import run_several
from cli.stop import Stop
from cli.url import url_to_call
from cli.whereabouts import told
from db.binaries import find_binaries
from db.embedded import Embedded

OUR_OWN = (
    "The database is Tollhouse's own, for trying, developing and testing;"
    " docs/operating.md tells about production."
)
# What our own database takes; a worker listens on one more connection, and makes it anew.
MOST_CONNECTIONS = 100
BESIDE_THE_POOL = 2
OF_COMMANDS = 20
logger = structlog.get_logger()


@click.command()
@takes_settings()
@click.option(
    "--no-worker",
    is_flag=True,
    help="Leave webhooks and mail to the command worker, here or on other machines.",
)
@click.pass_obj
def serve(program: Program, *, no_worker: bool, **given: Any) -> None:
    """Run the server until Ctrl-C or SIGTERM, and send webhooks and mail."""
    settings, stop = program.settings(given), Stop()
    log.configure(settings.log)
    look_seldom()
    allow_many()
    if settings.workers > 1:
        must_spread()
    if not no_worker and (line := mail_line(settings)):
        logger.info(line)
    stop.listen()
    try:
        # The port first: whoever finds it taken has made nothing and waited for nothing.
        with (
            bound(settings.host, settings.port) as sockets,
            _source(settings, port_of(sockets)) as source,
        ):
            asked = Asked(program, settings, source, not no_worker)
            if settings.workers == 1:
                stop.run(run(asked, sockets))
            else:
                run_several(asked, sockets, stop)
    except KeyboardInterrupt:
        return


@contextmanager
def _source(settings: Settings, port: int) -> Generator[Source]:
    if settings.database_url is not None:
        yield Source(settings.database_url, None)
        return
    needed = settings.workers * (settings.database_connections + BESIDE_THE_POOL) + OF_COMMANDS
    most = {"max_connections": str(needed)} if needed > MOST_CONNECTIONS else None
    embedded = Embedded(settings.data, find_binaries(settings.postgres_bin), most)
    logger.info(OUR_OWN, folder=str(settings.data))
    # Here, in the main thread and before the loop, so that it ends with this process.
    embedded.start()
    try:
        with told(settings.data, url_to_call(settings.host, port)):
            yield Source(embedded.url, embedded)
    finally:
        embedded.stop()

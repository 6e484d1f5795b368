"""The command `tollhouse serve`: the database, the server, and an orderly end of both."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import click
import structlog

from cli import log
from cli.listen import bound
from cli.options import takes_settings
from cli.program import Program
from cli.running import Source, run
from cli.settings import Settings
from cli.stop import Stop
from db.binaries import find_binaries
from db.embedded import Embedded

OUR_OWN = (
    "The database is Tollhouse's own, for trying, developing and testing;"
    " docs/operating.md tells about production."
)
logger = structlog.get_logger()


@click.command()
@takes_settings()
@click.pass_obj
def serve(program: Program, **given: Any) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    settings, stop = program.settings(given), Stop()
    log.configure(settings.log)
    stop.listen()
    try:
        # The port first: whoever finds it taken has made nothing and waited for nothing.
        with bound(settings.host, settings.port) as sockets, _source(settings) as source:
            stop.run(run(program, settings, source, sockets))
    except KeyboardInterrupt:
        return


@contextmanager
def _source(settings: Settings) -> Generator[Source]:
    if settings.database_url is not None:
        yield Source(settings.database_url, None)
        return
    embedded = Embedded(settings.data, find_binaries(settings.postgres_bin))
    logger.info(OUR_OWN, folder=str(settings.data))
    # Here, in the main thread and before the loop, so that it ends with this process.
    embedded.start()
    try:
        yield Source(embedded.url, embedded)
    finally:
        embedded.stop()

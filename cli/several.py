"""Several processes that share the port of one server, and what their parent does for them."""

from collections.abc import Callable, Sequence
from functools import partial
from socket import socket

import structlog

from cli.garbage import leave_out_what_lasts
from cli.listen import bound_beside, port_of, share
from cli.running import Asked, Prepared, Source, answer, prepare, say_ready
from cli.stop import Stop, let_through
from cli.workers import Workers
from db.binaries import EmbeddedFailed
from db.embedded import Embedded

logger = structlog.get_logger()


def run_several(asked: Asked, sockets: Sequence[socket], stop: Stop) -> None:
    """Prepare all, then keep as many processes serving as were asked for, until a signal."""
    prepared = stop.run(prepare(asked, port_of(sockets)))
    if prepared is None:
        return
    share(sockets)
    # What is loaded and made before is in memory once for all of them.
    asked.program.load()
    leave_out_what_lasts()
    work = partial(_serve, asked, prepared, sockets)
    workers = Workers(asked.settings.workers, work, stop)
    workers.run(partial(say_ready, asked, sockets), partial(revive, asked.source.embedded))


def _serve(
    asked: Asked, prepared: Prepared, sockets: Sequence[socket], ready: Callable[[], object]
) -> None:
    """One of them, in its own process."""
    stop = Stop(is_patient=True)
    stop.listen()
    if asked.source.embedded is not None:
        asked.source.embedded.leave()
    # The parent looks after the database.
    own = asked._replace(source=Source(asked.source.url, None))
    let_through()
    with bound_beside(sockets) as mine:
        stop.run(answer(own, prepared, mine, ready))


def revive(embedded: Embedded | None) -> None:
    """Start the embedded database again where it has died; here, in the main thread."""
    if embedded is None or embedded.alive():
        return
    logger.error("The embedded database has died; it is started again.")
    try:
        embedded.restart()
    except EmbeddedFailed as failure:
        logger.warning("It failed for now, and is tried again.", reason=str(failure))
    else:
        logger.info("The embedded database runs again.")

"""The PostgreSQL that the server runs itself: its child, on a socket of its own and no network."""

import os
import shutil
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from db.binaries import EmbeddedFailed
from db.embedded_account import account_for, prepare
from db.embedded_cluster import open_cluster, read_password
from db.embedded_copy import within_reach
from db.embedded_lock import InUse, Lock, Notice, read_notice, visiting, visitors_gone
from db.embedded_postmaster import Postmaster
from db.embedded_predecessor import settle
from db.embedded_process import Programs
from db.embedded_socket import socket_folder, url_for

__all__ = ["Embedded", "EmbeddedFailed", "InUse", "attached"]

NOT_STARTED = "the embedded database is started"


class Embedded:
    """One data folder's database: it ends when this process ends, however that comes about."""

    def __init__(
        self, folder: Path, binaries: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` are PostgreSQL's, over ours: for tests, which can do without fsync."""
        self._folder, self._binaries = folder.resolve(), binaries.resolve()
        self._cluster = self._folder / "postgres"
        self._lock = Lock(self._folder)
        self._settings = settings or {}
        self._held = ExitStack()
        self._programs = Programs(self._binaries, None)
        self._sockets = self._cluster
        self._password = ""
        self._postmaster: Postmaster | None = None

    @property
    def url(self) -> str:
        assert self._password, NOT_STARTED
        return url_for(self._sockets, self._password)

    def start(self) -> None:
        """Returns when the database takes connections; raises InUse or EmbeddedFailed.

        Start it from the main thread: then Linux itself ends the database with its owner; from
        other threads, and elsewhere, a small process watches over that.
        """
        with ExitStack() as held, _explained(self._folder):
            self._open(held)
            held.callback(self._stop_postmaster)
            self._run()
            self._held = held.pop_all()

    def stop(self) -> None:
        """Does nothing where it isn't started."""
        self._held.close()

    def leave(self) -> None:
        """In a process that was forked: the database stays its parent's."""
        self._held.pop_all()
        self._lock.leave()

    def alive(self) -> bool:
        return self._postmaster is not None and self._postmaster.alive()

    def restart(self) -> None:
        """After the database died while its owner lives: the same folder, lock and URL."""
        assert self._postmaster is not None, NOT_STARTED
        self._stop_postmaster()
        with _explained(self._folder):
            self._run()

    def _open(self, held: ExitStack) -> None:
        account = account_for(os.geteuid(), self._cluster)
        prepare(self._folder, account)
        last = self._lock.take()
        held.callback(self._lock.release)
        settle(self._cluster, last.sockets)
        reachable = within_reach(self._binaries, self._folder, account)
        self._programs = Programs(reachable, account)
        self._password = open_cluster(self._folder, self._programs)
        self._sockets = socket_folder(self._cluster, last.sockets, account)
        held.callback(self._remove_sockets)

    def _run(self) -> None:
        self._lock.tell(Notice(ready=False, sockets=self._sockets))
        settle(self._cluster, self._sockets)
        self._postmaster = Postmaster(self._programs, self._folder, self._sockets, self._settings)
        self._postmaster.wait_ready()
        self._lock.tell(Notice(ready=True, sockets=self._sockets))

    def _stop_postmaster(self) -> None:
        if self._postmaster is not None:
            self._lock.tell(Notice(ready=False, sockets=self._sockets))
            self._postmaster.stop()

    def _remove_sockets(self) -> None:
        if self._sockets != self._cluster:
            shutil.rmtree(self._sockets)


@contextmanager
def _explained(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedFailed(
            f"The embedded database can't run in {folder}: {error}. Set TOLLHOUSE_DATA to a folder"
            " of this user's on a disk with room, or set DATABASE_URL."
        ) from error


@contextmanager
def attached(folder: Path, binaries: Path, patience_seconds: float = 60) -> Generator[str]:
    """The URL of the folder's database: the running server's, else one started for this block.

    Waits for a server that is about to start or to stop; raises InUse when that takes too long.
    """
    own, end = Embedded(folder, binaries), time.monotonic() + patience_seconds
    while (busy := _start(own)) is not None:
        with visiting(folder):
            if url := _url_of_running(folder):
                yield url
                return
        if time.monotonic() > end:
            raise busy
        time.sleep(0.02)
    try:
        yield own.url
    finally:
        try:
            # Commands beside this one found its database, and may still be at work.
            with visitors_gone(folder):
                own.stop()
        finally:
            own.stop()


def _start(own: Embedded) -> InUse | None:
    try:
        own.start()
    except InUse as busy:
        return busy
    return None


def _url_of_running(folder: Path) -> str | None:
    notice = read_notice(folder)
    if not notice.ready or notice.sockets is None:
        return None
    return url_for(notice.sockets, read_password(folder))

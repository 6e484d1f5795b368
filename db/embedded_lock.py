"""The lock of a data folder: one owner at a time, freed by any death, and what it tells others."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from db.binaries import EmbeddedFailed

if sys.platform != "win32":  # pragma: no branch - importing this must work on Windows too
    import fcntl


class InUse(EmbeddedFailed):
    """Another process owns the data folder."""


class Notice(NamedTuple):
    """What the owner tells about its server."""

    ready: bool
    sockets: Path | None


class Lock:
    """Only its holder writes a notice, and a notice counts only while the lock is held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def take(self) -> Notice:
        """Gives the last owner's notice; raises InUse."""
        file = _opened(self._folder / "lock")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise InUse(
                f"Another Tollhouse is running on the data folder {self._folder}. Stop it, or set"
                " TOLLHOUSE_DATA to another folder."
            ) from None
        self._file = file
        return read_notice(self._folder)

    def tell(self, notice: Notice) -> None:
        assert self._file is not None, "the lock is held"
        text = f"{'ready' if notice.ready else 'starting'}\n{notice.sockets}\n"
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, os.fsencode(text), 0)

    def release(self) -> None:
        assert self._file is not None, "the lock is held"
        os.ftruncate(self._file, 0)
        self.leave()

    def leave(self) -> None:
        """In a process that was forked: the lock stays its parent's, and ends with that one."""
        assert self._file is not None, "the lock is held"
        os.close(self._file)
        self._file = None


def read_notice(folder: Path) -> Notice:
    state, _, sockets = os.fsdecode((folder / "lock").read_bytes()).partition("\n")
    return Notice(state == "ready", Path(sockets.rstrip("\n")) if sockets else None)


@contextmanager
def visiting(folder: Path) -> Generator[None]:
    """Holds back an owner that waits for its visitors; waits itself while such an owner stops."""
    file = _opened(folder / "visitors")
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    finally:
        os.close(file)


@contextmanager
def visitors_gone(folder: Path) -> Generator[None]:
    """Waits until nobody visits any more, and keeps others from coming."""
    file = _opened(folder / "visitors")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)

"""The files that keep a host's secrets: generated once, readable by their owner alone."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TypeVar

from access.versioned_keys import VersionedKeys

Keys = TypeVar("Keys", bound=VersionedKeys)


class Unusable(Exception):
    """The file can't be used; the sentence says what to do about it."""


def load_or_generate(kind: type[Keys], path: Path, *, may_generate: bool) -> Keys:
    """Read the keys of this kind, or generate one where there are none yet.

    Processes that start at once agree on one file. `may_generate` is false where the database
    already rests on other keys: under new ones nothing in it would work again.
    """
    if not path.exists():
        if not may_generate:
            raise Unusable(
                f"{path} is missing, and {kind.RESTING} in the database rest on it. Restore it from"
                f" the backup, copy it from another host of this database, or set {kind.SETTING}."
            )
        _generate(kind, path)
    return _load(kind, path)


def _generate(kind: type[VersionedKeys], path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.write(kind.generate().show() + "\n")
        draft.flush()
        os.fsync(draft.fileno())
        # Unlike a rename, a link never replaces what another process was quicker to write.
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _load(kind: type[Keys], path: Path) -> Keys:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read().decode("ascii", "replace").strip()
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Unusable(f"{path} is open to other users (mode {mode:04o}). Run: chmod 600 {path}")
    if not text:
        raise Unusable(
            f"{path} is empty. Restore it from the backup; "
            f"where the database has no {kind.RESTING} yet, remove it and start again."
        )
    try:
        return kind.parse(text)
    except ValueError as fault:
        raise Unusable(f"{path} is damaged: {fault} Restore it from the backup.") from None

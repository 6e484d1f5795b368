"""The file that keeps a host's peppers: generated once, readable by its owner alone."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from access.pepper import Peppers


class Unusable(Exception):
    """The file can't be used; the sentence says what to do about it."""


def load_or_generate(path: Path, *, may_generate: bool) -> Peppers:
    """Read the peppers, or generate them where there are none yet.

    Processes that start at once agree on one file. `may_generate` is false where the database
    already has keys: under other peppers none of them would work again.
    """
    if not path.exists():
        if not may_generate:
            raise Unusable(
                f"{path} is missing, and the keys in the database can't be checked without it. "
                "Restore it from the backup, or set TOLLHOUSE_PEPPERS."
            )
        _generate(path)
    return _load(path)


def _generate(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.write(Peppers.generate().show() + "\n")
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


def _load(path: Path) -> Peppers:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read().decode("ascii", "replace").strip()
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Unusable(f"{path} is open to other users (mode {mode:04o}). Run: chmod 600 {path}")
    if not text:
        raise Unusable(
            f"{path} is empty. Restore it from the backup; "
            "where the database has no keys yet, remove it and start again."
        )
    try:
        return Peppers.parse(text)
    except ValueError as fault:
        raise Unusable(f"{path} is damaged: {fault} Restore it from the backup.") from None

"""What the tests of the embedded database share."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil

from db.binaries import find_binaries
from db.embedded import Embedded
from db.embedded_lock import Lock

BINARIES = find_binaries(None)
ROOT = Path(__file__).parent.parent


@contextmanager
def short_folder() -> Generator[Path]:
    """Short enough for a socket, and open to the account that runs PostgreSQL for root."""
    folder = Path(tempfile.mkdtemp(prefix="th-")).resolve()
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def started(folder: Path, binaries: Path = BINARIES) -> Generator[Embedded]:
    embedded = Embedded(folder, binaries)
    embedded.start()
    try:
        yield embedded
    finally:
        embedded.stop()


def owner(folder: Path, binaries: Path = BINARIES, how: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.owner_process", folder, binaries, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def postgres_of(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres/postmaster.pid").read_text().split()[0]))


def is_free(folder: Path) -> bool:
    lock = Lock(folder)
    lock.take()
    lock.release()
    return True


async def ask(url: str, statement: str, *arguments: object) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        await connection.close()

"""The private folder of the database's socket, and the URL that leads there."""

import os
import re
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

from db.binaries import EmbeddedFailed
from db.embedded_account import Account, give, obstacle

# What PostgreSQL's lists of folders and the hosts of a URL both take as it is.
PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")
PORT = 5432
# The kernel's limit for a socket's path: 107 bytes on Linux, 103 on macOS.
LONGEST = 103
PRIVATE = 0o700
MADE = "tollhouse-"


def socket_folder(cluster: Path, earlier: Path | None, account: Account | None) -> Path:
    """The cluster's own folder, else a short one that is private to PostgreSQL's account.

    `earlier` is where the last server had it: used again, so that deaths leave no heap of folders.
    """
    if _fits(cluster):
        return cluster
    if earlier is not None and _is_private(earlier, account):
        return earlier
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the name in it is random
        if _fits(parent / f"{MADE}12345678") and not (account and obstacle(parent, account)):
            return _made(parent, account)
    raise EmbeddedFailed(
        f"The path of the data folder is too long for a socket ({cluster}), and there is no"
        " temporary folder with a short one. Set TOLLHOUSE_DATA to a shorter path."
    )


def _fits(folder: Path) -> bool:
    path = str(folder / f".s.PGSQL.{PORT}")
    return len(path) <= LONGEST and PLAIN.fullmatch(path) is not None


def _is_private(folder: Path, account: Account | None) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = os.geteuid() if account is None else account.user
    private = stat.S_IMODE(found.st_mode) == PRIVATE
    return stat.S_ISDIR(found.st_mode) and private and found.st_uid == owner


def _made(parent: Path, account: Account | None) -> Path:
    made = Path(tempfile.mkdtemp(prefix=MADE, dir=parent))
    give(made, account)
    return made


def url_for(sockets: Path, password: str) -> str:
    where = urlencode({"host": str(sockets), "port": PORT})
    return f"postgresql://tollhouse:{quote(password, safe='')}@/tollhouse?{where}"

"""pgbouncer before a database, as operators run it: in transaction mode."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from db.embedded_account import account_for

# Debian has it among the programs of the system.
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin"
PGBOUNCER = os.environ.get("TOLLHOUSE_TEST_PGBOUNCER") or shutil.which("pgbouncer", path=PLACES)
INI = """[databases]
* = host={host} port={port}
[pgbouncer]
listen_port = 6432
unix_socket_dir = {folder}
auth_type = plain
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 3
{more}
"""


def keeps_statements() -> bool:  # pragma: no cover - runs where pgbouncer is
    """Whether it is of a version that does so without being told to."""
    said = subprocess.run([PGBOUNCER, "--version"], capture_output=True, text=True, check=True)
    # "PgBouncer 1.18.0" and more lines; it does so unasked from 1.24 on.
    return tuple(map(int, said.stdout.split()[1].split(".")[:2])) >= (1, 24)


@contextmanager
def pgbouncer(
    url: str, folder: Path, mode: str = "transaction", more: str = ""
):  # pragma: no cover - runs where pgbouncer is
    """The URL of the same database by way of a pgbouncer, whose connections are few."""
    parts = urlsplit(url)
    [host] = parse_qs(parts.query)["host"]
    folder.chmod(0o777)
    (folder / "users").write_text(f'"{parts.username}" "{parts.password}"\n')
    settings = {"host": host, "port": 5432, "folder": folder, "mode": mode, "more": more}
    (folder / "ini").write_text(INI.format_map(settings))
    assert PGBOUNCER is not None
    # It refuses to be root, and the database's socket is its account's.
    account = account_for(os.geteuid(), folder / "none")
    process = subprocess.Popen(
        [PGBOUNCER, "-q", folder / "ini"],
        user=None if account is None else account.user,
        group=None if account is None else account.group,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 10
        while not (folder / ".s.PGSQL.6432").exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < end
            time.sleep(0.01)
        yield f"postgresql://{parts.username}:{parts.password}@{parts.path}?host={folder}&port=6432"
    finally:
        process.terminate()
        process.communicate()

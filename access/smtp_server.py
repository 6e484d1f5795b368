"""The server that takes Tollhouse's mail, and how it is reached."""

from dataclasses import dataclass, field
from enum import StrEnum


class Tls(StrEnum):
    """When a connection to a mail server is encrypted."""

    FROM_THE_START = "from the start"
    REQUIRED = "require"
    # Where the server offers it; then its certificate is not looked at either.
    PREFERRED = "prefer"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

"""The settings of mail: how they are read, and what is said of those that can't be."""

import re
from email.headerregistry import Address
from urllib.parse import SplitResult, unquote, urlsplit

from access.smtp_server import SmtpServer, Tls
from cli.values import host, is_loopback

SUBMISSION_PORT = 587
TLS_PORT = 465
LONGEST_LABEL = 63

FORM = "Write smtp://user:password@host:587?starttls=require or smtps://user:password@host:465."
ESCAPES = (
    "In a user or password, write / as %2F, : as %3A, @ as %40, ? as %3F, # as %23,"
    " % as %25 and a blank as %20."
)
LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = rf"{ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})*"
MAILBOX = re.compile(rf'(?:"?(?P<name>[^"<>\\]*)"?\s*<(?P<named>{ADDRESS})>|(?P<bare>{ADDRESS}))')


def smtp_url(text: str) -> SmtpServer:
    """The server; ValueErrors show nothing of the text, for it has a password."""
    parts = _split(text)
    user, password = _credentials(parts)
    server, port = _place(parts)
    tls = _tls(parts, server)
    if tls is Tls.PREFERRED and password and not is_loopback(server):
        raise ValueError(
            "With starttls=prefer, whoever stands between could have the password sent in the"
            " clear: write starttls=require, or starttls=off where that network is trusted."
        )
    return SmtpServer(server, port, tls, user, password)


def mail_from(text: str) -> str:
    """The mailbox that mail comes from, as its header shows it."""
    found = MAILBOX.fullmatch(text.strip())
    if found is None or not text.isprintable():
        raise ValueError(
            "Give a mailbox such as Tollhouse <no-reply@example.com>, its address in plain ASCII."
        )
    name = (found["name"] or "").strip()
    return str(Address(name, addr_spec=found["named"] or found["bare"]))


def _split(text: str) -> SplitResult:
    # What urlsplit leaves out in silence may be a part of a password.
    if " " in text or not text.isprintable():
        raise ValueError(f"It has a blank or a control character. {ESCAPES}")
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("smtp", "smtps"):
        raise ValueError(FORM)
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(f"What follows its host and port can't be read. {ESCAPES}")
    return parts


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    given, at, _ = parts.netloc.rpartition("@")
    if not at:
        return None, None
    user, _, password = given.partition(":")
    if not user or not password:
        raise ValueError("Its user or its password is missing: give both, or neither with their @.")
    return _decoded(user, "user"), _decoded(password, "password")


def _decoded(text: str, part: str) -> str:
    if LONE_PERCENT.search(text):
        raise ValueError(f"The % in its {part} needs two hexadecimal digits. {ESCAPES}")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if not decoded.isprintable():
        raise ValueError(f"Its {part} has a control character, or is not UTF-8.")
    return decoded


def _place(parts: SplitResult) -> tuple[str, int]:
    place = parts.netloc.rpartition("@")[2]
    try:
        server = host(f"[{parts.hostname}]" if place.startswith("[") else parts.hostname or "")
        port = parts.port
    except ValueError:
        raise ValueError(f"Its host or port can't be read. {ESCAPES}") from None
    if not (":" in server or all(0 < len(part) <= LONGEST_LABEL for part in server.split("."))):
        raise ValueError("Its host can't be a name: a part of it is empty or too long.")
    if port is None:
        port = TLS_PORT if parts.scheme == "smtps" else SUBMISSION_PORT
    if port == 0:
        raise ValueError("Its port can't be 0.")
    return server, port


def _tls(parts: SplitResult, server: str) -> Tls:
    if parts.scheme == "smtps":
        if parts.query:
            raise ValueError("smtps:// is encrypted from the start: leave out what follows its ?.")
        return Tls.FROM_THE_START
    if not parts.query:
        return Tls.PREFERRED if is_loopback(server) else Tls.REQUIRED
    name, _, value = parts.query.partition("=")
    if name != "starttls" or value not in (Tls.REQUIRED, Tls.PREFERRED, Tls.OFF):
        raise ValueError(
            "What follows its ? must be starttls=require, starttls=prefer or"
            f" starttls=off. {ESCAPES}"
        )
    return Tls(value)

"""The values of settings: how each is read, and what is said of one that can't be."""

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from access.audience import Audience
from access.networks import Rules, parse_rule

TRUSTED = "trusted"
PLACE = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\[\]@]*)(?::[0-9]{1,5})?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def database_url(text: str) -> str:
    """The URL itself; its ValueErrors show nothing of it, for it has a password."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("Write postgresql://user:password@host:5432/database.")
    places = parts.netloc.rpartition("@")[2].split(",")
    if not all(map(PLACE.fullmatch, places)):
        raise ValueError(
            "Its host or port can't be read. In a password, write / as %2F, : as %3A, @ as %40,"
            " ? as %3F, # as %23 and % as %25."
        )
    if parts.query and not all("=" in pair for pair in parts.query.split("&")):
        raise ValueError("What follows its ? can't be read; in a password, write ? as %3F.")
    return text


def number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
            raise ValueError(f"Give a whole number from {least} to {most}.")
        return int(text)

    return parse


def host(text: str) -> str:
    """A name or an address to listen on; an IPv6 address may stand in brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        IPv6Address(bare)
    except ValueError:
        if bare != text or not NAME.fullmatch(text):
            raise ValueError(
                "Give a name or an address such as 127.0.0.1, 0.0.0.0 or ::1, without a port."
            ) from None
    return bare


def networks(text: str) -> Rules:
    parsed: set[Any] = set()
    for entry in text.split(","):
        try:
            parsed.add(parse_rule(entry.strip()))
        except ValueError as error:
            raise ValueError(f"{entry.strip()!r} can't be taken. {error}") from None
    return Rules(frozenset(parsed))


def switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("Give 1 or 0.")
    return text == "1"


def on_or_off(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("Give on or off.")
    return text == "on"


def log_form(text: str) -> str:
    if text not in ("text", "json"):
        raise ValueError("Give text or json.")
    return text


def documents(text: str) -> str:
    if text not in ("any", TRUSTED):
        raise ValueError("Give any or trusted.")
    return text


def audience(text: str) -> Audience:
    if text not in list(Audience):
        raise ValueError(f"Give {', '.join(list(Audience)[:-1])} or {list(Audience)[-1]}.")
    return Audience(text)

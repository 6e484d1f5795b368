"""The origins of pages that may call, written as browsers send them."""

import re
from typing import Final
from urllib.parse import urlsplit

NAME: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]")
PORTS: Final = {"http": 80, "https": 443}
ANY: Final = "* would let every page of the web call: name each origin, as https://shop.example."
FORM: Final = "{!r} is no origin: write each as https://shop.example or http://localhost:5173."


def origins(text: str) -> frozenset[str]:
    return frozenset(_origin(entry.strip()) for entry in text.split(","))


def _origin(entry: str) -> str:
    if entry == "*":
        raise ValueError(ANY)
    canonical = _canonical(entry)
    if canonical is None:
        raise ValueError(FORM.format(entry))
    if canonical != entry:
        raise ValueError(f"Browsers write {entry!r} as {canonical}: write it so.")
    return entry


def _canonical(entry: str) -> str | None:
    """What a browser sends of a page at this address, if that is one."""
    try:
        parts = urlsplit(entry)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(f":{port}")
    if parts.scheme not in PORTS or not NAME.fullmatch(host):
        return None
    is_default = port in (None, PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")

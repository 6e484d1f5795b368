"""Texts that clients may state, with their limits."""

import re
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, StringConstraints

# The ends of what datetime can hold are infinity to PostgreSQL.
FIRST_YEAR: Final = 1900
END_YEAR: Final = 9000


def storable(text: str) -> str:
    """PostgreSQL stores every character but NUL."""
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    return text


STORABLE = AfterValidator(storable)

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), STORABLE
]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), STORABLE
]
Memo = Annotated[str, StringConstraints(max_length=2000), STORABLE]
Search = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), STORABLE
]
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")


def addressed(text: str) -> str:
    """Whether mail arrives there only mail can tell."""
    if not ADDRESS.fullmatch(text):
        raise ValueError("must be an e-mail address, such as name@shop.example")
    return text


# RFC 5321, 4.5.3.1.3 bounds an address.
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(addressed),
    STORABLE,
]


def metadata(value: Any) -> dict[str, str]:
    """An object of at most 50 texts; ValueError names the entries that don't fit."""
    if not isinstance(value, dict):
        raise ValueError('must be an object of texts, such as {"order": "17"}')  # noqa: TRY004  # pydantic reports ValueErrors
    entries = cast("dict[Any, Any]", value)
    if len(entries) > 50:  # noqa: PLR2004  # the contract's number
        raise ValueError(f"has {len(entries)} entries, at most 50 are kept")
    faults = [fault for key, text in entries.items() if (fault := _entry_fault(key, text))]
    if faults:
        raise ValueError(", ".join(faults))
    return entries


def _entry_fault(key: Any, text: Any) -> str | None:
    if not isinstance(key, str) or not 1 <= len(key) <= 40:  # noqa: PLR2004  # the contract's
        return f"keys have 1 to 40 characters, {str(key)[:40]!r} hasn't"
    if not isinstance(text, str) or len(text) > 500:  # noqa: PLR2004  # the contract's number
        return f"{key!r} must be a text of at most 500 characters"
    if "\0" in key or "\0" in text:
        return f"{key!r} must not contain the character NUL"
    return None

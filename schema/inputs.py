"""Types that several inputs share, each of which says what is wrong with a value."""

from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import strawberry
from pydantic import BeforeValidator

from db.limits import metadata, storable
from schema.scalars import Metadata, Url, time_from

LONGEST_URL = 2000


def url_from(value: Any) -> str:
    """An https URL; ValueError for anything else."""
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        raise ValueError(f"must be a URL of at most {LONGEST_URL} characters")
    if not value.isprintable() or " " in value:
        raise ValueError("must be a URL without spaces or control characters")
    try:
        parts = urlsplit(storable(value))
        fits = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("must be a URL that begins with https://")
    return value


def optional(check: Any) -> BeforeValidator:
    """The check for values that may also be null."""
    return BeforeValidator(lambda value: None if value is None else check(value))


Time = Annotated[datetime, BeforeValidator(time_from)]
MaybeTime = Annotated[datetime | None, optional(time_from)]
MaybeUrl = Annotated[Url | None, optional(url_from)]
Labels = Annotated[Metadata, BeforeValidator(metadata)]
MaybeLabels = Annotated[Metadata | None, optional(metadata)]


def given(input: object) -> dict[str, Any]:
    """The fields of a changes input that the client really sent."""
    fields = vars(input).items()
    given: dict[str, Any] = {}
    for name, maybe in fields:
        if isinstance(maybe, strawberry.Some):
            given[name] = cast("Any", maybe).value
    return given

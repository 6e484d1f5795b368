"""The contract's scalars: exact in what is shown; what comes in is judged by the inputs."""

import re
from datetime import UTC, datetime
from decimal import Decimal as Exact
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from access.networks import canonical
from db.limits import END_YEAR, FIRST_YEAR

Cidr = NewType("Cidr", str)
Url = NewType("Url", str)
Metadata = NewType("Metadata", object)
Decimal = Exact

# RFC 3339, section 5.6; digits beyond the microsecond are dropped.
RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:[0-5]\d)", re.ASCII
)


def as_given(value: Any) -> Any:
    """Custom scalars take anything: their faults belong to the field that they stand in."""
    return value


def exactly(amount: Exact | str) -> str:
    """The amount with all its decimals; PostgreSQL's own text of a number is that already."""
    return amount if isinstance(amount, str) else f"{amount:f}"


def time_from(value: Any) -> datetime:
    """An RFC 3339 time as UTC; ValueError for anything else."""
    match = RFC3339.fullmatch(value) if isinstance(value, str) and len(value) <= 40 else None  # noqa: PLR2004  # longer than any time
    if not match:
        raise ValueError("must be an RFC 3339 time such as 2026-11-23T17:08:16Z")
    try:
        time = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a time that exists, such as 2026-11-23T17:08:16Z") from None
    if not FIRST_YEAR <= time.year < END_YEAR:
        raise ValueError(f"must be a time of the years {FIRST_YEAR} to {END_YEAR - 1}")
    return time


SCALARS: Final[dict[object, ScalarDefinition]] = {
    # Times are left to the JSON writer, which writes them faster than isoformat does.
    datetime: strawberry.scalar(
        name="DateTime",
        description="UTC, RFC 3339, to the microsecond where there is a fraction, "
        "e.g. 2026-11-23T17:08:16.250000Z.",
        serialize=as_given,
        parse_value=as_given,
    ),
    Exact: strawberry.scalar(
        name="Decimal",
        description='A plain decimal number as a string, never a float, e.g. "19.99".',
        serialize=exactly,
        parse_value=as_given,
    ),
    Cidr: strawberry.scalar(
        name="CIDR",
        description="An IPv4 or IPv6 address or CIDR subnet, e.g. 192.168.1.10, 2001:db8::/32. "
        "Canonical on output.",
        serialize=canonical,
        parse_value=as_given,
    ),
    Url: strawberry.scalar(
        name="URL",
        description="An https URL (http only where the server's settings allow it).",
        serialize=as_given,
        parse_value=as_given,
    ),
    Metadata: strawberry.scalar(
        name="Metadata",
        description="An object of string values, at most 50 entries, keys to 40 and values to "
        "500 characters.",
        serialize=as_given,
        parse_value=as_given,
    ),
}

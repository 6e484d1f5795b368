"""Scalars: exact in what is shown; what comes in is judged by the inputs."""

from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.scalars import SCALARS, Cidr, as_given, time_from

EARLIEST, LATEST = datetime(1900, 1, 1), datetime(8999, 12, 31)  # noqa: DTZ001  # hypothesis adds the zone


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-23T17:08:16Z", datetime(2026, 11, 23, 17, 8, 16, tzinfo=UTC)),
        ("2026-11-23t17:08:16z", datetime(2026, 11, 23, 17, 8, 16, tzinfo=UTC)),
        ("2026-11-23T17:08:16.25+01:30", datetime(2026, 11, 23, 15, 38, 16, 250000, tzinfo=UTC)),
        ("2026-11-23T17:08:16.123456789Z", datetime(2026, 11, 23, 17, 8, 16, 123456, tzinfo=UTC)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read(text, time):
    assert time_from(text) == time
    assert time_from(text).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-11-23",
        "2026-11-23T17:08:16",
        "2026-11-23 17:08:16Z",
        "2026-13-01T00:00:00Z",
        "2026-11-23T24:00:01Z",
        "2026-11-23T17:08Z",
        "٢٠٢٦-11-23T17:08:16Z",
        5,
        None,
        "x" * 50,
        "9999-12-31T23:59:59.999999Z",
        "9000-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "2026-11-23T17:08:16+25:00",
    ],
)
def test_what_is_no_time_is_refused(value):
    with pytest.raises(ValueError, match="must be a"):
        time_from(value)


@given(st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)))
def test_what_is_shown_can_be_sent(time):
    assert time_from(time.isoformat().replace("+00:00", "Z")) == time


def test_amounts_are_plain_and_networks_canonical():
    shown = {kind: definition.serialize for kind, definition in SCALARS.items()}

    assert shown[Decimal](Decimal("1E+3")) == "1000"
    assert shown[Decimal](Decimal("0.00")) == "0.00"
    assert shown[Cidr](ip_network("192.0.2.7/32")) == "192.0.2.7"
    assert shown[Cidr](ip_network("2001:db8::/32")) == "2001:db8::/32"


def test_anything_is_let_in():
    assert as_given(5) == 5
    assert all(definition.parse_value is as_given for definition in SCALARS.values())

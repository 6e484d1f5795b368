"""The contract's scalars: exact in what is shown, judged in what comes in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.scalars import SCALARS, Cidr, Metadata, Url, time_from

PLAIN = datetime(2026, 11, 23, 17, 8, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-23T17:08:16Z", PLAIN),
        ("2026-11-23t17:08:16z", PLAIN),
        ("2026-11-23T17:08:16+00:00", PLAIN),
        ("2026-11-23T17:08:16-00:00", PLAIN),
        ("2026-11-24T02:53:16+09:45", PLAIN),
        ("2026-11-22T17:09:16-23:59", PLAIN),
        ("2026-11-23T17:08:16.5Z", PLAIN.replace(microsecond=500_000)),
        ("2026-11-23T17:08:16.25+00:00", PLAIN.replace(microsecond=250_000)),
        ("2026-11-23T17:08:16.1234569Z", PLAIN.replace(microsecond=123_456)),
        (f"2026-11-23T17:08:16.{'0' * 19}Z", PLAIN),
        ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("1899-12-31T23:00:00-01:00", datetime(1900, 1, 1, tzinfo=UTC)),
        ("8999-12-31T23:59:59.999999Z", datetime(8999, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("9000-01-01T00:59:59+01:00", datetime(8999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_become_utc(text, time):
    read = time_from(text)

    assert read == time
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        [],
        PLAIN,
        b"2026-11-23T17:08:16Z",
        "",
        "now",
        "2026-11-23",
        "2026-11-23T17:08:16",
        "2026-11-23 17:08:16Z",
        "2026-11-23T17:08Z",
        "2026-W48-1T17:08:16Z",
        "2026-11-23T17:08:16,5Z",
        "2026-11-23T17:08:16.Z",
        "2026-11-23T17:08:16+01",
        "2026-11-23T17:08:16+0100",
        " 2026-11-23T17:08:16Z",
        "2026-11-23T17:08:16Z\n",
        "2026-11-23T17:08:16Z\0",
        "+2026-11-23T17:08:16Z",
        "२०२६-11-23T17:08:16Z",
        f"2026-11-23T17:08:16.{'0' * 20}Z",
        "2026-11-23T17:08:16+01:99",
    ],
)
def test_what_is_no_time_is_refused_with_a_specimen(value):
    with pytest.raises(
        ValueError, match=r"^must be an RFC 3339 time such as 2026-11-23T17:08:16Z$"
    ):
        time_from(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-23T25:00:00Z",
        "2026-11-23T17:60:00Z",
        "2026-11-23T17:08:60Z",
        "2026-11-23T17:08:16+24:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_times_that_do_not_exist_are_refused(text):
    with pytest.raises(ValueError, match=r"^must be a time that exists, such as "):
        time_from(text)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59.999999Z",
        "1900-01-01T00:59:59+01:00",
        "9000-01-01T00:00:00Z",
        "8999-12-31T23:00:00-01:00",
        "9999-12-31T23:59:59.999999Z",
    ],
)
def test_times_that_the_database_would_not_bear_are_refused(text):
    with pytest.raises(ValueError, match=r"^must be a time of the years 1900 to 8999$"):
        time_from(text)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(8999, 12, 30)),  # noqa: DTZ001  # their zones are drawn apart
    st.integers(1 - 24 * 60, 24 * 60 - 1),
)
def test_a_time_that_was_written_is_read_again(time, offset_minutes):
    time = time.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))

    assert time_from(time.isoformat()) == time


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("19.90", "19.90"),
        ("1E+3", "1000"),
        ("1E-8", "0.00000001"),
        ("0E+2", "0"),
        ("-0.5", "-0.5"),
        ("12345678901234567890123456789.12345678", "12345678901234567890123456789.12345678"),
    ],
)
def test_decimals_are_shown_plainly_and_exactly(amount, shown):
    assert SCALARS[Decimal].serialize(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("network", "shown"),
    [
        (ip_network("192.168.1.10/32"), "192.168.1.10"),
        (ip_network("10.0.0.0/8"), "10.0.0.0/8"),
        (ip_network("2001:0db8::/32"), "2001:db8::/32"),
        (ip_network("2001:db8::1/128"), "2001:db8::1"),
    ],
)
def test_networks_are_shown_canonically(network, shown):
    assert SCALARS[Cidr].serialize(network) == shown


@pytest.mark.parametrize("scalar", [datetime, Url, Metadata])
@pytest.mark.parametrize("value", [PLAIN, "https://shop.test/", {"color": "green"}])
def test_the_rest_is_left_to_the_writer(scalar, value):
    assert SCALARS[scalar].serialize(value) is value


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("value", ["", "nonsense", -1, 1.5, True, {"a": []}, ip_address("::1")])
def test_faults_are_left_to_the_field_that_a_value_stands_in(scalar, value):
    assert SCALARS[scalar].parse_value(value) is value


def test_they_have_the_contracts_names():
    names = {definition.name for definition in SCALARS.values()}

    assert names == {"CIDR", "DateTime", "Decimal", "Metadata", "URL"}
    assert all(definition.description for definition in SCALARS.values())

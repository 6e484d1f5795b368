"""Times that come as texts: shown byte for byte as the datetimes are, which rows still tell."""

from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import db.product
from db import times
from db.database import SETTINGS
from db.page import Ask, Sorting
from db.statement import DIALECT
from tests.shop import sell

FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001  # the bounds are naive by rule
WHOLE = st.datetimes(FIRST, LAST).map(lambda time: time.replace(microsecond=0))
# Few have digits to spare at random.
FRACTIONS = st.sampled_from([0, 1, 10, 100_000, 120_000, 123_000, 123_400, 123_450, 999_999])
ROUND = st.builds(lambda time, fraction: time + timedelta(microseconds=fraction), WHOLE, FRACTIONS)
MOMENTS = (st.datetimes(FIRST, LAST) | ROUND).map(lambda time: time.replace(tzinfo=UTC))
AS_TEXT = times.as_text(sa.column("time", sa.DateTime(timezone=True))).compile(dialect=DIALECT)
ODD = ["10000-01-01", "294276-12-31 00:00:00.12345", "0044-03-15 BC", "0044-03-15 00:00:00.123 BC"]
READS = frozenset(["typeid", "created_at"])


@pytest.fixture(scope="module", params=[("UTC", "ISO"), ("Asia/Kolkata", "German")])
async def connection(migrated_url, request):
    zone, style = request.param
    own = SETTINGS | {"timezone": zone, "datestyle": style}
    connection = await asyncpg.connect(migrated_url, server_settings=own)
    yield connection
    await connection.close()


async def both(connection, values):
    """The times as asyncpg gives them, and as texts."""
    rows = await connection.fetch(
        f"SELECT time, {AS_TEXT} FROM unnest($1::timestamptz[]) AS time", values
    )
    return [list(column) for column in zip(*rows, strict=True)] or [[], []]


def written(values):
    return orjson.dumps(values, option=orjson.OPT_UTC_Z)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(MOMENTS | st.none(), max_size=30))
async def test_a_column_is_shown_as_the_json_writer_shows_it(connection, values):
    stored, texts = await both(connection, values)

    assert stored == values
    assert written(times.all_shown(texts)) == written(stored)
    assert [text and times.moment(text) for text in texts] == stored


@pytest.mark.parametrize("beside", [[], ["2026-11-24 05:06:07.8"], [None]])
@pytest.mark.parametrize("endless", ["infinity", "-infinity"])
async def test_times_without_end_are_shown_as_ever(connection, endless, beside):
    sql = f"SELECT time, {AS_TEXT} FROM unnest($1::text[]::timestamptz[]) AS time"
    rows = await connection.fetch(sql, [endless, *beside])
    stored, texts = zip(*rows, strict=True)

    assert written(times.all_shown(texts)) == written(stored)
    assert times.moment(texts[0]) == stored[0]


@pytest.mark.parametrize("odd", ODD)
async def test_what_no_datetime_can_be_is_an_error_in_its_place(connection, odd):
    sql = f"SELECT {AS_TEXT} FROM unnest($1::text[]::timestamptz[]) AS time"
    rows = await connection.fetch(sql, ["2026-11-24 05:06:07.8Z", f"{odd} UTC"])
    usual, wrong = times.all_shown([text for (text,) in rows])

    assert usual == "2026-11-24T05:06:07.800000Z"
    assert isinstance(wrong, OverflowError)


async def test_a_narrow_row_tells_the_time_itself(house, owner):
    tea = await sell(house, owner, "Tea")
    async with house.database.reading() as connection:
        page = await db.product.page(connection, owner, Ask(), {}, Sorting(), READS)
    [row] = page.nodes

    assert "created_at" not in row.keys()  # noqa: SIM118  # a record's `in` looks for values
    assert row.created_at == tea.created_at


def test_none_stays_none():
    [name] = columns = ["paid_at as shown"]

    assert times.properties(columns)["paid_at"].fget({name: None}) is None
    assert times.all_shown([None, None]) == [None, None]

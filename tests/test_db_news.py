"""News travel between processes as text that NOTIFY takes, and come out as they went in."""

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from db.news import LONGEST_PAYLOAD, RECORD, Kind, News, gather, packed, unpacked

NEWS = st.builds(News, st.sampled_from(Kind), st.uuids(), st.uuids(), st.uuids())


@given(st.lists(NEWS, max_size=300))
def test_what_is_unpacked_is_what_was_packed(news):
    payloads = packed(news)

    assert [one for payload in payloads for one in unpacked(payload)] == news
    assert all(payload.isascii() and 0 < len(payload) <= LONGEST_PAYLOAD for payload in payloads)
    assert len(payloads) == -(-len(news) // (LONGEST_PAYLOAD // RECORD))


async def test_the_longest_payload_is_one_that_postgresql_takes(migrated_url):
    connection = await asyncpg.connect(migrated_url)
    try:
        await connection.execute("SELECT pg_notify('anywhere', $1)", "x" * LONGEST_PAYLOAD)
    finally:
        await connection.close()


def test_each_kind_has_a_letter_of_its_own():
    assert sorted(kind.value for kind in Kind) == ["d", "m", "n", "q"]


async def test_news_are_kept_with_their_connection(database):
    async with database.reading() as one, database.reading() as other:
        gather(one, [1, 2])
        gather(one, [3])

        assert one.news == [1, 2, 3]
        assert other.news == []

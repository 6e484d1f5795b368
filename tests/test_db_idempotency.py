"""Records of requests that may come again: looked for under a lock, kept once, pruned."""

from datetime import timedelta
from uuid import UUID

import pytest

from db import idempotency
from db.idempotency import KEPT, Found, Slot

KEY = UUID(int=1)
SLOT = Slot(KEY, b"key", b"path")
OWNER, OTHER_OWNER = UUID(int=10), UUID(int=11)
OTHERS = {
    "API key": SLOT._replace(api_key_id=UUID(int=2)),
    "key": SLOT._replace(key=b"other"),
}
ANSWERED = Found(is_free=True, fingerprint=b"asked", answer=b"answer")
NOTHING = Found(is_free=True, fingerprint=None, answer=None)


@pytest.fixture
def now(house):
    return house.clock()


async def looked(database, now, slot=SLOT, owner=OWNER):
    async with database.transaction() as connection:
        return [Found(**row) for row in await idempotency.look(connection, owner, slot, now)]


async def kept(database, now, answer=b"answer", slot=SLOT, fingerprint=b"asked"):
    async with database.transaction() as connection:
        return await idempotency.keep(connection, OWNER, slot, fingerprint, answer, now)


async def test_what_is_kept_is_found(database, now):
    assert await looked(database, now) == [NOTHING]
    assert await kept(database, now)

    assert await looked(database, now) == [ANSWERED]


@pytest.mark.parametrize("other", OTHERS)
async def test_a_record_is_found_by_its_own_key_alone(database, now, other):
    await kept(database, now)

    assert await looked(database, now, OTHERS[other]) == [NOTHING]
    assert await looked(database, now, owner=OTHER_OWNER) == [NOTHING]


async def test_another_path_shows_what_was_asked_and_no_answer(database, now):
    await kept(database, now)
    path = SLOT._replace(path=b"another")

    assert await looked(database, now, path) == [ANSWERED._replace(answer=None)]
    assert await kept(database, now, b"second", path)
    found = await looked(database, now, path)
    assert sorted(found, key=str) == [
        ANSWERED._replace(answer=None),
        ANSWERED._replace(answer=b"second"),
    ]


async def test_one_transaction_at_a_time_has_the_key(database, now):
    async with database.transaction() as connection:
        await idempotency.look(connection, OWNER, SLOT, now)
        path = SLOT._replace(path=b"another")
        busy = [await looked(database, now, slot) for slot in (SLOT, path)]
        free = [await looked(database, now, slot) for slot in OTHERS.values()]

    assert busy == [[NOTHING._replace(is_free=False)]] * 2
    assert free == [[NOTHING]] * 2
    assert await looked(database, now) == [NOTHING]


async def test_the_first_answer_stays(database, now):
    assert await kept(database, now)

    assert not await kept(database, now, b"second")
    assert not await kept(database, now, b"second", fingerprint=b"other")
    assert await looked(database, now) == [ANSWERED]


async def test_another_request_with_the_key_is_not_kept_at_another_path(database, now):
    await kept(database, now)

    path = SLOT._replace(path=b"another")
    assert not await kept(database, now, slot=path, fingerprint=b"other")
    assert await looked(database, now) == [ANSWERED]


async def test_after_a_day_it_is_a_new_key(database, now):
    await kept(database, now)
    last = now + KEPT - timedelta(microseconds=1)

    assert await looked(database, last) == [ANSWERED]
    assert not await kept(database, last, b"second")
    assert await looked(database, now + KEPT) == [NOTHING]
    assert await kept(database, now + KEPT, b"second", fingerprint=b"other")
    assert await looked(database, now + KEPT) == [
        Found(is_free=True, fingerprint=b"other", answer=b"second")
    ]


async def test_records_are_taken_away_a_day_later(database, now):
    for place in range(3):
        later = now + timedelta(hours=place)
        await kept(database, later, slot=SLOT._replace(key=bytes([place])))

    async with database.transaction() as connection:
        early = await idempotency.prune(connection, now + KEPT - timedelta(seconds=1))
        pruned = await idempotency.prune(connection, now + KEPT + timedelta(hours=1))
        left = await connection.fetchval(
            "SELECT array_agg(key) FROM idempotency_record WHERE organization_id = $1", OWNER
        )

    assert (early, pruned, left) == (0, 2, [b"\2"])

"""What is kept of requests that may come again goes once its day is over."""

from datetime import timedelta
from uuid import UUID

from cli.background import prune_records
from db import idempotency
from db.idempotency import KEPT, Slot

OWNER = UUID(int=1)
MANY = """INSERT INTO idempotency_record
  (organization_id, api_key_id, key, path, fingerprint, created_at, answer)
SELECT $1, $1, int4send(i), '', '', $2, '' FROM generate_series(1, 2500) AS i"""


async def test_old_records_are_taken_away_in_batches(house):
    now = house.clock()
    async with house.database.transaction() as connection:
        await connection.execute(MANY, OWNER, now - KEPT)
        await idempotency.keep(connection, OWNER, Slot(OWNER, b"k", b"p"), b"f", b"a", now)

    with house.counting() as statements:
        await prune_records(house.database, lambda: now + timedelta(seconds=1))

    pruned = [statement for statement in statements if "DELETE" in statement]
    assert len(pruned) == 4
    async with house.database.reading() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM idempotency_record WHERE organization_id = $1", OWNER
        )
    assert left == 1

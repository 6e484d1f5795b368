"""Fills a database with deliveries, as a month of a busy organization would leave them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from benchmarks.delivery_parts import KEYS, SECRET
from db import ids, migrate
from db.database import Database, connect

OWNER = UUID(int=1)
SPAN = timedelta(days=30)
PATIENCE_SECONDS = 1_800
EVENTS_SHARE, ATTEMPTS_SHARE = 5, 10

ORGANIZATION = """
INSERT INTO organization (id, name, slug, created_at) VALUES ($1, 'Busy', 'busy', now())"""
# Ids are UUIDv7 to the microsecond, as the house makes them.
FUNCTIONS = (
    """
CREATE FUNCTION pg_temp.id_of(us bigint, n int) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN
  (lpad(to_hex(us / 1000), 12, '0') || '7' || lpad(to_hex(us % 1000 * 4096 / 1000), 3, '0')
    || '8' || substr(md5(n::text), 1, 15))::uuid""",
    """
CREATE FUNCTION pg_temp.webhook_of(n int) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN
  lpad(to_hex(n), 32, '0')::uuid""",
)
MADE = """
CREATE TEMPORARY TABLE made AS SELECT n,
  (extract(epoch FROM now()) * 1000000)::bigint - $1::bigint + n * ($1 / $2::bigint) AS us
FROM generate_series(1, $2::int) AS n"""
WEBHOOKS = """
INSERT INTO webhook (organization_id, id, created_at, created_by_kind, created_by_id,
  created_by_name, url, event_types, status, updated_at, secret, failing_told)
SELECT $1, pg_temp.webhook_of(n), now(), 'SYSTEM', 'system', 'Operator',
  'http://127.0.0.1:1/' || n, '{}', 'ENABLED', now(), $3, false
FROM generate_series(1, $2::int) AS n"""
EVENTS = f"""
INSERT INTO event (organization_id, id, created_at, type, subject_id, payload)
SELECT $1, pg_temp.id_of(us, n), to_timestamp(us / 1000000.0), 'invoice.created', 'inv_x',
  '{{"type":"invoice.created","data":{{}}}}'
FROM made WHERE n % {EVENTS_SHARE} = 1"""  # ours
# A twentieth of what is finished failed, and a hundredth was cancelled; what waits is due. One in
# so many isn't of the first webhook. Each is of the event that was made with it, or shortly before.
DELIVERIES = f"""
INSERT INTO webhook_delivery (organization_id, id, created_at, webhook_id, event_id, event_type,
  status, next_attempt_at, completed_at, attempt_count, tries)
SELECT $1, pg_temp.id_of(us, n), at,
  pg_temp.webhook_of(CASE WHEN n % $4 = 0 THEN 2 + (n / $4) % $3 ELSE 1 END),
  pg_temp.id_of(us - (n - 1) % {EVENTS_SHARE} * ($5::bigint / $6::bigint),
    n - (n - 1) % {EVENTS_SHARE}),
  (ARRAY['invoice.created', 'invoice.paid', 'invoice.expired', 'product.created',
    'product.updated'])[1 + abs(hashint4(n / 7) % 5)],
  status, CASE WHEN waits THEN at END, CASE WHEN NOT waits THEN at END,
  (NOT waits)::int, (NOT waits)::int
FROM made, LATERAL (SELECT abs(hashint4(n) % 100) < $2 AS waits,
    to_timestamp(us / 1000000.0) AS at) AS a,
  LATERAL (SELECT CASE WHEN waits THEN 'PENDING' WHEN abs(hashint4(-n) % 20) = 3 THEN 'FAILED'
    WHEN abs(hashint4(-n) % 100) = 5 THEN 'CANCELLED' ELSE 'DELIVERED' END AS status) AS b
"""  # ours
ATTEMPTS = f"""
INSERT INTO delivery_attempt (organization_id, delivery_id, number, started_at, duration_ms,
  response_status)
SELECT organization_id, id, 1, completed_at, 12, 204 FROM webhook_delivery
WHERE status <> 'PENDING' AND get_byte(uuid_send(id), 15) % {ATTEMPTS_SHARE} = 0
"""  # ours
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'webhook_delivery' AND indexname LIKE '%index'"""
TALLY = """
INSERT INTO tally (organization_id, noun, shard, amount)
VALUES ($1, 'webhook_delivery', gen_random_uuid(), $2)"""
REFILL = """
WITH made AS (
  INSERT INTO event (organization_id, id, created_at, type, subject_id, payload)
  SELECT $1, id, now(), 'invoice.created', 'inv_x', '{"type":"invoice.created","data":{}}'
  FROM unnest($2::uuid[]) AS id
)
INSERT INTO webhook_delivery (organization_id, id, created_at, webhook_id, event_id, event_type,
  status, next_attempt_at, attempt_count, tries)
SELECT $1, id, now(), webhook_id, id, 'invoice.created', 'PENDING', now(), 0, 0
FROM unnest($2::uuid[], $3::uuid[]) AS due (id, webhook_id)"""

PLACES = """
SELECT id FROM webhook_delivery WHERE get_byte(uuid_send(id), 14) < 3 OR $1 > (
  SELECT count(*) FROM webhook_delivery) ORDER BY md5(id::text) LIMIT 500"""


class Size(NamedTuple):
    """How many deliveries, how many of a hundred wait, and over how many webhooks."""

    deliveries: int
    pending: int
    webhooks: int
    # One in so many deliveries isn't of the first webhook.
    others: int


async def fill(url: str, size: Size) -> None:
    await migrate.upgrade(url)
    connection: Any = await connect(url)
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        await connection.execute("SET synchronous_commit = off")
        # Made of rows that are all there, they are small and soon done.
        indexes = await connection.fetch(INDEXES)
        for name, _ in indexes:
            await connection.execute(f"DROP INDEX {name}")
        await connection.execute(ORGANIZATION, OWNER)
        for function in FUNCTIONS:
            await connection.execute(function)
        count, span = size.deliveries, SPAN // timedelta(microseconds=1)
        await connection.execute(MADE, span, count, timeout=PATIENCE_SECONDS)
        secret = KEYS.encrypt(SECRET, UUID(int=1).bytes)
        await connection.execute(WEBHOOKS, OWNER, size.webhooks, secret)
        many = size.pending, size.webhooks - 1, size.others, span, count
        await connection.execute(EVENTS, OWNER, timeout=PATIENCE_SECONDS)
        await connection.execute(DELIVERIES, OWNER, *many, timeout=PATIENCE_SECONDS)
        await connection.execute(ATTEMPTS, timeout=PATIENCE_SECONDS)
        await connection.execute(TALLY, OWNER, size.deliveries)
        for _, definition in indexes:
            await connection.execute(definition, timeout=PATIENCE_SECONDS)
        await connection.execute("VACUUM ANALYZE", timeout=PATIENCE_SECONDS)
    finally:
        await connection.close()


async def refill(database: Database, new: Sequence[UUID], webhooks: Sequence[UUID]) -> None:
    """New deliveries that are due, one for each id, beside what is there."""
    async with database.reading() as connection:
        await connection.execute(REFILL, OWNER, new, webhooks)


async def due_in_each(database: Database, count: int) -> None:
    """So many more that are due, for each webhook."""
    async with database.reading() as connection:
        found = await connection.fetch("SELECT id FROM webhook WHERE organization_id = $1", OWNER)
    webhooks = [id for (id,) in found] * count
    await refill(database, [ids.new_uuid(datetime.now(UTC)) for _ in webhooks], webhooks)


async def places(database: Database) -> list[UUID]:
    """Ids of deliveries anywhere in the list."""
    async with database.reading() as connection:
        return [id for (id,) in await connection.fetch(PLACES, 10_000)]

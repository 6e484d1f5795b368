"""Fills a database with many keys and many organizations, as years of use would."""

import asyncio
import time
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from access.issue import new_token
from benchmarks import parts
from benchmarks.table import note
from db import migrate
from db.database import Database, connect

# The organization that is measured, and a neighbor that has few keys whatever the size.
CROWDED, NEIGHBOR = UUID(int=1), UUID(int=2)
NEIGHBOR_KEYS, KEYS_OF_OTHERS = 1_000, 2
SPAN = timedelta(days=700)

ORGANIZATIONS = """
INSERT INTO organization (id, name, slug, created_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'Organization ' || n, 'organization-' || n, now()
FROM generate_series(1, $1) AS n"""
# Ids are UUIDv7, so their order is that of time. Token ids and digests come from a hash, which is
# as good as chance here. A quarter of the keys are made for 90 days, so most of those have expired
# and the newest haven't; one in 16 is revoked. Rare, and far from the newest: the environment
# `legacy` of the 50 oldest keys, and the word `heirloom` in the names of 30 in the middle.
# The word `souvenir` is in all names of the organizations that have few keys, and in no other.
KEYS = """
INSERT INTO api_key (organization_id, id, created_at, created_by_kind, created_by_id,
  created_by_name, name, description, environment, token_id, full_access, granted, rules,
  expires_at, revoked_at, updated_at, digest, pepper_version, token_hint, token_issued_at)
SELECT owner, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
    || substr(random, 1, 3) || '8' || substr(random, 4, 15))::uuid,
  at, 'SYSTEM', 'system', 'Operator',
  (ARRAY['Checkout', 'Warehouse', 'Bookkeeping', 'Storefront', 'Mobile app'])[1 + n % 5] || ' '
    || substr(random, 20, 6) || CASE WHEN $2 < 30 THEN ' souvenir'
      WHEN n / 30 = $2 / 60 THEN ' heirloom' ELSE '' END,
  CASE WHEN n % 3 = 0 THEN 'Made for the rollout of ' || to_char(at, 'FMMonth YYYY') END,
  CASE WHEN n <= 50 THEN 'legacy'
    ELSE (ARRAY['production', 'staging', 'ci', NULL])[1 + n % 4] END,
  left(translate(encode(hash, 'base64'), '+/', 'Az'), 12), cardinality(granted) = 0, granted,
  CASE WHEN n % 10 = 0 THEN jsonb_build_array(jsonb_build_object('id', gen_random_uuid(),
    'cidr', '198.51.' || n % 200 || '.0/24', 'note', NULL, 'created_at', at)) ELSE '[]' END,
  CASE WHEN n % 4 = 1 THEN at + interval '90 days' END,
  CASE WHEN n % 16 = 3 THEN at + interval '5 days' END,
  at, sha256(hash), 1, 'th_' || left(random, 12) || '…' || right(random, 4), at
FROM unnest($1::uuid[]) AS owner, generate_series(1, $2::int) AS n,
  LATERAL (SELECT now() - $3::interval * (1 - n / $2::float) AS at,
    sha256(convert_to(owner || '/' || n, 'UTF8')) AS hash) AS a,
  LATERAL (SELECT encode(hash, 'hex') AS random) AS b,
  LATERAL (SELECT CASE n % 4 WHEN 0 THEN '{}' WHEN 1 THEN '{products.read}'
    WHEN 2 THEN '{invoices.create,invoices.read}'
    ELSE '{products.read,products.update,webhooks.read}' END::text[] AS granted) AS c"""
USES = """
INSERT INTO api_key_usage (organization_id, api_key_id, last_used_at, last_used_ip)
SELECT organization_id, id, now(), '198.51.100.7' FROM api_key WHERE get_byte(digest, 0) < 192"""
TALLY = """
INSERT INTO tally (organization_id, noun, shard, amount)
SELECT organization_id, 'api_key', gen_random_uuid(), count(*) FROM api_key
GROUP BY organization_id"""
GIN = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'api_key' AND indexdef LIKE '%USING gin%'"""
SAMPLE = """
SELECT token_id FROM api_key WHERE organization_id = $1 AND revoked_at IS NULL
  AND expires_at IS NULL AND rules = '[]' ORDER BY md5(token_id) LIMIT $2"""
ANYWHERE = """
SELECT id FROM (SELECT id, percent_rank() OVER (ORDER BY id) AS place FROM api_key
  WHERE organization_id = $1) AS placed
WHERE place BETWEEN 0.1 AND 0.9 ORDER BY md5(id::text) LIMIT $2"""
GIVE_TOKEN = "UPDATE api_key SET digest = $2, pepper_version = $3 WHERE token_id = $1"


class Size(NamedTuple):
    keys: int
    organizations: int


def fill(url: str, size: Size) -> None:
    asyncio.run(_filled(url, size))


async def _filled(url: str, size: Size) -> None:
    began = time.monotonic()
    await migrate.upgrade(url)
    connection: Any = await connect(url)
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        # These two grow fastest when they are made of rows that are all there.
        indexes = await connection.fetch(GIN)
        for name, _ in indexes:
            await connection.execute(f"DROP INDEX {name}")
        others = [UUID(int=n) for n in range(3, size.organizations + 1)]
        await connection.execute(ORGANIZATIONS, size.organizations)
        note(f"  {size.keys:,} keys ...")
        await connection.execute(KEYS, [CROWDED], size.keys, SPAN)
        await connection.execute(KEYS, [NEIGHBOR], NEIGHBOR_KEYS, SPAN)
        await connection.execute(KEYS, others, KEYS_OF_OTHERS, SPAN)
        await connection.execute(USES)
        await connection.execute(TALLY)
        for name, definition in indexes:
            note(f"  {name} ... ({time.monotonic() - began:.0f} s so far)")
            await connection.execute(definition)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def tokens(database: Database, owner: UUID, count: int) -> list[str]:
    """Tokens that work, for some of the owner's keys anywhere among them."""
    texts: list[str] = []
    async with database.transaction() as connection:
        for (token_id,) in await connection.fetch(SAMPLE, owner, count):
            token, kept = new_token(parts.PEPPERS, token_id)
            await connection.execute(GIVE_TOKEN, token_id, kept.digest, kept.pepper_version)
            texts.append(token.text)
    return texts


async def positions(database: Database, owner: UUID, count: int) -> list[UUID]:
    """Ids anywhere in the list of the owner's keys but at its very ends."""
    async with database.reading() as connection:
        return [id for (id,) in await connection.fetch(ANYWHERE, owner, count)]

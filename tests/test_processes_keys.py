"""A key that is changed by any door is refused within a second by every process."""

import asyncio
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from db import ids
from tests.cli_parts import another_database
from tests.fleet import fleet_on, frozen
from tests.soon import SOON_SECONDS

SQL_REVOKE = "UPDATE api_key SET revoked_at = now() WHERE id = $1"
SQL_EXPIRE = "UPDATE api_key SET expires_at = now() WHERE id = $1"
SQL_NARROW = """UPDATE api_key SET full_access = false, granted = '{"webhooks.read"}'
WHERE id = $1"""
CUT = "SELECT pg_terminate_backend($1)"
UNKNOWN = (401, "UNAUTHENTICATED", 4401)
LACKING = (403, "MISSING_SCOPE", 4403)
ELSEWHERE = (403, "IP_NOT_ALLOWED", 4403)
LAG_SECONDS, BREATH_SECONDS = 0.4, 0.02


@pytest.fixture(scope="module")
def fleet(migrated_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    with another_database(migrated_url, "fleet") as url, fleet_on(url, folder) as fleet:
        yield fleet


def uuid_of(key):
    return ids.parsed("key", key.id, "id")


async def revoked(fleet, key):
    given = f'input: {{ id: "{key.id}" }}'
    await fleet.by_api(f"mutation {{ deleteApiKey({given}) {{ apiKey {{ id }} }} }}")


def updated(change):
    async def update(fleet, key):
        given = f'input: {{ id: "{key.id}", {change} }}'
        await fleet.by_api(f"mutation {{ updateApiKey({given}) {{ apiKey {{ id }} }} }}")

    return update


async def expiring(fleet, key):
    ends = datetime.now(UTC) + timedelta(seconds=1)
    moment = time.monotonic() + 1
    await updated(f'expiresAt: "{ends.isoformat()}"')(fleet, key)
    return moment


def rotated(overlap_seconds):
    async def rotate(fleet, key):
        given = f'input: {{ id: "{key.id}", overlapSeconds: {overlap_seconds} }}'
        await fleet.by_api(f"mutation {{ rotateApiKey({given}) {{ apiKey {{ id }} }} }}")
        return time.monotonic() + overlap_seconds

    return rotate


def by_command_line(*words):
    async def work(fleet, key):
        await fleet.by_command_line(*words[:2], key.id, *words[2:])

    return work


def by_sql(statement):
    async def work(fleet, key):
        await fleet.by_sql(statement, uuid_of(key))

    return work


DOORS = {
    "revoked": (revoked, UNKNOWN),
    "narrowed": (updated("scopes: [WEBHOOKS_READ]"), LACKING),
    "fenced": (updated('ipRules: [{ cidr: "203.0.113.7" }]'), ELSEWHERE),
    "expiring": (expiring, UNKNOWN),
    "rotated": (rotated(0), UNKNOWN),
    "end of an overlap": (rotated(1), UNKNOWN),
    "revoked by the command line": (by_command_line("keys", "revoke"), UNKNOWN),
    "rotated by the command line": (by_command_line("keys", "rotate", "--overlap", "0"), UNKNOWN),
    "revoked by SQL": (by_sql(SQL_REVOKE), UNKNOWN),
    "expired by SQL": (by_sql(SQL_EXPIRE), UNKNOWN),
    "narrowed by SQL": (by_sql(SQL_NARROW), LACKING),
}


def must_have_ended(seen, expected):
    assert [(s.status, s.code, s.socket) for s in seen] == [expected] * len(seen)
    assert max(s.last_let_in for s in seen) < SOON_SECONDS, seen
    assert max(s.socket_ended for s in seen) < SOON_SECONDS, seen


@pytest.mark.parametrize(("door", "expected"), DOORS.values(), ids=DOORS)
async def test_every_door_ends_requests_and_subscriptions_everywhere(fleet, door, expected):
    key = await fleet.key()

    must_have_ended(await fleet.ends(key, lambda: door(fleet, key)), expected)


async def test_cut_listeners_keep_no_revoked_key_alive(fleet):
    key, pids = await fleet.key(), await fleet.listeners()

    async def cut_and_revoke():
        for pid in pids:
            await fleet.by_sql(CUT, pid)
        await by_sql(SQL_REVOKE)(fleet, key)

    must_have_ended(await fleet.ends(key, cut_and_revoke), UNKNOWN)
    await fleet.wait_ready()
    assert not set(pids) & set(await fleet.listeners())


async def test_frozen_listeners_keep_no_revoked_key_alive(fleet):
    key, pids = await fleet.key(), await fleet.listeners()

    async def revoke():
        stack.enter_context(frozen(pids))
        await by_sql(SQL_REVOKE)(fleet, key)

    with ExitStack() as stack:
        must_have_ended(await fleet.ends(key, revoke), UNKNOWN)
    await fleet.wait_ready()


async def test_lagging_listeners_keep_no_revoked_key_alive(fleet):
    key, pids = await fleet.key(), await fleet.listeners()

    async def lag():
        while True:
            with frozen(pids):
                await asyncio.sleep(LAG_SECONDS)
            await asyncio.sleep(BREATH_SECONDS)

    lagging = asyncio.create_task(lag())
    await asyncio.sleep(3 * LAG_SECONDS)
    try:
        must_have_ended(await fleet.ends(key, lambda: by_sql(SQL_REVOKE)(fleet, key)), UNKNOWN)
    finally:
        lagging.cancel()
        await asyncio.wait([lagging])
    await fleet.wait_ready()
    # They lagged, and were heard all the same: no connection was given up.
    assert set(await fleet.listeners()) == set(pids)

"""Which of a key's tokens work, until when, and what is said of the others."""

from datetime import timedelta

import pytest

from access.check import UNKNOWN
from access.issue import new_token
from access.pepper import Peppers
from access.token import mint, parse
from db import api_key_change
from db.actor import OPERATOR, Origin
from tests.test_access_check import HERE, SECOND, check_of, refusal

REVOKED = "This API key is revoked."
EXPIRED = "This API key's token has expired."
TICK = timedelta(microseconds=1)
OLD, NEW, NEWEST = [letter * 32 for letter in (b"o", b"n", b"m")]


class CountingPeppers(Peppers):
    """Keeps what was compared."""

    def __init__(self, keys):
        super().__init__(keys)
        self.compared = []

    def matches(self, secret, version, digest):
        self.compared.append((secret, version, len(digest)))
        return super().matches(secret, version, digest)


@pytest.fixture
def check(closed_house):
    return check_of(closed_house)


@pytest.fixture
def now(closed_house):
    return closed_house.clock.now


async def change(house, key, verb, *stated):
    """Change the key in the database, without a word to the cache."""
    async with house.database.transaction() as connection:
        rows = await api_key_change.lock(connection, key.organization, [key.uuid])
        return await verb(connection, Origin(OPERATOR, house.clock.now), rows[key.uuid], *stated)


async def rotate(house, key, overlap_ends, peppers=None):
    """The key's new token; the old one works until the overlap ends."""
    token, kept = new_token(peppers or house.peppers, parse(key.token).id)
    await change(house, key, api_key_change.rotate, kept, overlap_ends)
    return token.text


def guessed(key):
    """A well-formed token of the key, with another secret."""
    return mint(parse(key.token).id).text


async def test_a_key_ends_at_its_expiry_though_it_is_known(closed_house, check, now):
    ends = now + 5 * SECOND
    key = await closed_house.key(expires_at=ends)
    await check.caller(key.token, HERE, now)
    with closed_house.counting() as statements:
        assert (await check.caller(key.token, HERE, ends - TICK)).key.expires_at == ends
    assert statements == []
    assert await refusal(check, key.token, ends) == EXPIRED


async def test_an_overlap_ends_for_the_old_token_though_it_is_known(closed_house, check, now):
    key, ends = await closed_house.key(), now + 5 * SECOND
    token = await rotate(closed_house, key, ends)
    for one in (key.token, token):
        await check.caller(one, HERE, now)
    with closed_house.counting() as statements:
        for one in (key.token, token):
            assert (await check.caller(one, HERE, ends - TICK)).key.id == key.uuid
        await check.caller(token, HERE, ends)
    assert statements == []
    assert await refusal(check, key.token, ends) == EXPIRED


@pytest.mark.parametrize(("expiry", "overlap"), [(3, 5), (5, 3)])
async def test_the_old_token_ends_with_the_sooner_of_both(
    closed_house, check, now, expiry, overlap
):
    key = await closed_house.key(expires_at=now + expiry * SECOND)
    token = await rotate(closed_house, key, now + overlap * SECOND)
    first = now + 3 * SECOND
    for one in (key.token, token):
        await check.caller(one, HERE, first - TICK)
    assert await refusal(check, key.token, first) == EXPIRED
    end = now + expiry * SECOND
    assert (await check.caller(token, HERE, end - TICK)).key.id == key.uuid
    assert await refusal(check, token, end) == EXPIRED


async def test_a_rotation_without_an_overlap_leaves_the_new_token_alone(closed_house, check, now):
    key = await closed_house.key()
    token = await rotate(closed_house, key, now)
    assert await refusal(check, key.token, now) == UNKNOWN
    assert (await check.caller(token, HERE, now)).key.id == key.uuid


async def test_both_tokens_of_a_key_are_forgotten_together(closed_house, check, now):
    key = await closed_house.key()
    token = await rotate(closed_house, key, now + 60 * SECOND)
    for one in (key.token, token):
        await check.caller(one, HERE, now)
    await change(closed_house, key, api_key_change.revoke)
    closed_house.cache.forget(key.uuid)
    assert await refusal(check, token, now) == REVOKED
    assert await refusal(check, key.token, now) == UNKNOWN


async def test_only_who_has_the_secret_learns_what_became_of_the_key(closed_house, check, now):
    revoked = await closed_house.key(expires_at=now + SECOND)
    expired = await closed_house.key(expires_at=now + SECOND)
    await rotate(closed_house, expired, now + 60 * SECOND)
    await change(closed_house, revoked, api_key_change.revoke)
    later = now + SECOND
    assert await refusal(check, revoked.token, later) == REVOKED
    assert await refusal(check, expired.token, later) == EXPIRED
    for token in (guessed(revoked), guessed(expired), mint().text):
        assert await refusal(check, token, later) == UNKNOWN


async def test_a_token_of_no_key_takes_as_much_work_as_a_guess(closed_house, now):
    peppers = CountingPeppers({2: NEW, 1: OLD})
    closed_house.peppers = peppers
    key, check = await closed_house.key(), check_of(closed_house)
    tokens = [parse(guessed(key)), mint()]
    for token in tokens:
        assert await refusal(check, token.text, now) == UNKNOWN
    assert peppers.compared == [(token.secret, 2, 32) for token in tokens]


async def test_each_token_is_known_under_the_pepper_it_was_made_with(closed_house, now):
    closed_house.peppers = Peppers({1: OLD})
    key = await closed_house.key()
    token = await rotate(closed_house, key, now + 60 * SECOND, Peppers({2: NEW, 1: OLD}))
    check = check_of(closed_house, peppers=Peppers({3: NEWEST, 2: NEW, 1: OLD}))
    for one in (key.token, token):
        assert (await check.caller(one, HERE, now)).key.id == key.uuid


async def test_a_pepper_that_is_gone_takes_only_its_tokens_along(closed_house, now):
    closed_house.peppers = Peppers({1: OLD})
    key = await closed_house.key()
    token = await rotate(closed_house, key, now + 60 * SECOND, Peppers({2: NEW}))
    check = check_of(closed_house, peppers=Peppers({2: NEW}))
    assert (await check.caller(token, HERE, now)).key.id == key.uuid
    assert await refusal(check, key.token, now) == UNKNOWN
    check = check_of(closed_house, peppers=Peppers({3: NEW, 1: OLD}))
    closed_house.cache.clear()
    assert (await check.caller(key.token, HERE, now)).key.id == key.uuid
    assert await refusal(check, token, now) == UNKNOWN

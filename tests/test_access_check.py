"""The check of keys: what it costs, whom it lets in, and whom it keeps waiting."""

from datetime import timedelta
from ipaddress import ip_address

import pytest

from access.cache import KeyCache
from access.check import HOW_TO_CALL, UNKNOWN, KeyCheck
from access.errors import IpNotAllowed, RateLimited, Unauthenticated
from access.throttle import Throttle
from access.token import mint
from db.actor import Actor, ActorKind
from db.scope import ALL_SCOPES, Scope

HERE, THERE = ip_address("203.0.113.9"), ip_address("198.51.100.1")
SECOND = timedelta(seconds=1)
NAME = "{ __typename }"
READ = "{ products(first: 1) { totalCount } }"
MALFORMED = ["", "nonsense", "th_Ab3dE5gH7jK9_" + "0" * 49, mint().text + " ", mint().text[:-1]]
WAIT = "Too many requests with tokens that aren't good from this address."


def check_of(house, find=None, peppers=None):
    return KeyCheck(find or house.find, peppers or house.peppers, house.cache, house.throttle)


async def refusal(check, token, now, address=HERE, kind=Unauthenticated):
    with pytest.raises(kind) as caught:
        await check.caller(token, address, now)
    return str(caught.value)


@pytest.fixture
def check(closed_house):
    return check_of(closed_house)


@pytest.fixture
def now(closed_house):
    return closed_house.clock.now


async def counted(house, *asked, **options):
    """The answer's status, and how many statements it took."""
    with house.counting() as statements:
        answer = await house.ask(*asked, **options)
    return answer.status, len(statements)


async def test_a_key_costs_one_statement_when_it_is_new_and_none_after(house):
    key = await house.key()
    assert [await counted(house, key, NAME) for _ in range(3)] == [(200, 1), (200, 0), (200, 0)]


async def test_a_refusal_for_the_scope_costs_no_more(house):
    key = await house.key(scopes=[Scope.INVOICES_READ])
    assert [await counted(house, key, READ) for _ in range(2)] == [(403, 1), (403, 0)]


async def test_a_refusal_for_the_address_costs_no_more(house):
    key = await house.key(ips=["192.0.2.1"])
    assert [await counted(house, key, READ) for _ in range(2)] == [(403, 1), (403, 0)]


@pytest.mark.parametrize("token", [None, *MALFORMED[:3]], ids=range(4))
async def test_a_malformed_token_costs_nothing(house, token):
    assert await counted(house, token, READ) == (401, 0)


@pytest.mark.parametrize("token", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_tokens_are_not_throttled(closed_house, check, now, token):
    closed_house.throttle = Throttle(burst=1)
    check = check_of(closed_house)
    for _ in range(3):
        assert await refusal(check, token, now) == HOW_TO_CALL
    assert len(closed_house.throttle) == 0


NO_TOKENS = ["", "th_", "x" * 1_000_000, mint().text[:-1], mint().text[:-1] + "\udcff"]


@pytest.mark.parametrize("token", NO_TOKENS, ids=range(len(NO_TOKENS)))
async def test_what_can_not_be_a_token_is_not_even_hashed(closed_house, check, now, token):
    key, hashed = await closed_house.key(), []
    await check.caller(key.token, HERE, now)
    closed_house.cache.mark = hashed.append

    assert check.known(check.mark(token), HERE, now) is None
    assert await refusal(check, token, now) == HOW_TO_CALL
    assert hashed == []


async def test_nobody_is_known_by_what_is_nearly_a_token(closed_house, check, now):
    key = await closed_house.key()
    await check.caller(key.token, HERE, now)
    other = key.token[:-1] + ("0" if key.token[-1] != "0" else "1")

    assert check.known(check.mark(key.token), HERE, now).key.id == key.uuid
    marks = [check.mark(text) for text in (other, other.upper())]
    assert [check.known(mark, HERE, now) for mark in marks] == [None, None]


async def test_an_unknown_address_is_refused_before_anything_else(closed_house, check, now):
    key = await closed_house.key()
    with closed_house.counting() as statements:
        for token in (key.token, "nonsense"):
            told = await refusal(check, token, now, None, IpNotAllowed)
            assert told == "The address that this request comes from can't be told."
    assert statements == []


async def test_the_caller_is_what_was_stored(closed_house, check, now):
    scopes, ends = [Scope.INVOICES_READ, Scope.PRODUCTS_READ], now + 86_400 * SECOND
    key = await closed_house.key(
        scopes=scopes, ips=["203.0.113.0/24", "2001:db8::"], expires_at=ends
    )
    caller = await check.caller(key.token, HERE, now)
    known = caller.key
    assert (caller.address, known.id, known.organization_id) == (HERE, key.uuid, key.organization)
    assert known.actor == Actor(ActorKind.API_KEY, key.id, "Test key")
    assert (known.scopes, known.full_access, known.expires_at) == (set(scopes), False, ends)
    assert {str(network) for network in known.rules.networks} == {
        "203.0.113.0/24",
        "2001:db8::/128",
    }


async def test_full_access_holds_every_scope(closed_house, check, now):
    key = await closed_house.key()
    known = (await check.caller(key.token, HERE, now)).key
    assert (known.scopes, known.full_access) == (ALL_SCOPES, True)
    assert (known.rules.networks, known.expires_at) == (set(), None)


async def test_rules_are_asked_for_each_request(closed_house, check, now):
    key = await closed_house.key(ips=["203.0.113.9"])
    for _ in range(2):
        assert (await check.caller(key.token, HERE, now)).address == HERE
        told = await refusal(check, key.token, now, THERE, IpNotAllowed)
        assert told == "This API key can't be used from 198.51.100.1."
    assert len(closed_house.throttle) == 0


@pytest.mark.parametrize(
    ("seconds", "cost"), [(0, 0), (9.999999, 0), (10, 1), (3600, 1), (-0.000001, 1)]
)
async def test_a_key_is_known_for_ten_seconds(closed_house, check, now, seconds, cost):
    key = await closed_house.key()
    await check.caller(key.token, HERE, now)
    with closed_house.counting() as statements:
        for _ in range(2):
            await check.caller(key.token, HERE, now + seconds * SECOND)
    assert len(statements) == cost


async def test_a_refused_token_is_asked_for_once_a_second(closed_house, check, now):
    token = mint().text
    with closed_house.counting() as statements:
        for seconds in (0, 0.5, 0.999999, 1, 1.5):
            assert await refusal(check, token, now + seconds * SECOND) == UNKNOWN
    assert len(statements) == 2


async def test_a_refusal_that_is_known_is_no_further_failure(closed_house, now):
    closed_house.throttle = Throttle(burst=2)
    check, token = check_of(closed_house), mint().text
    for _ in range(5):
        assert await refusal(check, token, now) == UNKNOWN
    assert closed_house.throttle.wait_seconds(HERE, now.timestamp()) == 0
    assert await refusal(check, mint().text, now) == UNKNOWN
    assert closed_house.throttle.wait_seconds(HERE, now.timestamp()) == pytest.approx(2)


async def test_while_changes_are_not_heard_each_request_asks(closed_house, now):
    closed_house.cache = KeyCache(sure_until=0.0)
    check, key, token = check_of(closed_house), await closed_house.key(), mint().text
    with closed_house.counting() as statements:
        for _ in range(2):
            await check.caller(key.token, HERE, now)
            assert await refusal(check, token, now) == UNKNOWN
    assert len(statements) == 4


@pytest.fixture
async def throttled(closed_house, now):
    """A check that failed as often from here as it may."""
    closed_house.throttle = Throttle(burst=1)
    check = check_of(closed_house)
    assert await refusal(check, mint().text, now) == UNKNOWN
    return check


@pytest.mark.parametrize(("passed", "wait"), [(0, 2), (0.5, 2), (1.5, 1), (1.75, 1)])
async def test_who_fails_too_often_waits_whole_seconds(closed_house, throttled, now, passed, wait):
    key = await closed_house.key()
    with closed_house.counting() as statements:
        for token in (key.token, mint().text):
            with pytest.raises(RateLimited, match=WAIT) as caught:
                await throttled.caller(token, HERE, now + passed * SECOND)
            assert caught.value.retry_after_seconds == wait
    assert statements == []


async def test_the_wait_is_for_one_address_and_ends(closed_house, throttled, now):
    key = await closed_house.key()
    for address, passed in ((THERE, 0), (HERE, 2.001)):
        closed_house.cache.clear()
        found = await throttled.caller(key.token, address, now + passed * SECOND)
        assert found.key.id == key.uuid


async def test_a_malformed_token_is_called_that_by_a_throttled_address(throttled, now):
    assert await refusal(throttled, "nonsense", now) == HOW_TO_CALL


async def test_a_token_that_was_good_lately_need_not_wait(closed_house, now):
    closed_house.throttle = Throttle(burst=1)
    check, key = check_of(closed_house), await closed_house.key()
    await check.caller(key.token, HERE, now)
    later = now + 3600 * SECOND
    assert await refusal(check, mint().text, later) == UNKNOWN
    await refusal(check, mint().text, later, kind=RateLimited)
    assert (await check.caller(key.token, HERE, later)).key.id == key.uuid

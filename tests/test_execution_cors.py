"""Pages of other origins: who is let in by their browsers, and what they may read."""

import pytest

from db.scope import Scope
from tests.socket_parts import PROTOCOL, connected
from tests.stream_parts import begun

SHOP, OTHER = "https://shop.example", "https://other.example"
ASK = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
ALLOWED = {
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Tollhouse-Cost",
    "Tollhouse-Organization",
    "X-Request-Id",
}
EXPOSED = {"RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-Id"}
HEADERS = {"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"}
FOLLOW = "subscription { notificationAdded { id } }"


@pytest.fixture
async def open_house(closed_house):
    closed_house.origins = frozenset([SHOP, "http://localhost:5173"])
    return await closed_house.open()


def names(headers, name):
    return set(headers[name].split(", "))


def must_be_readable(headers, origin=SHOP):
    assert headers["Access-Control-Allow-Origin"] == origin
    assert names(headers, "Access-Control-Expose-Headers") == EXPOSED
    assert "Access-Control-Allow-Credentials" not in headers
    assert headers["Vary"] == "Accept, Origin"


def must_be_closed(headers):
    assert not [name for name in headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("origin", [SHOP, "http://localhost:5173"])
async def test_a_preflight_of_a_named_origin_needs_no_key(open_house, origin):
    with open_house.counting() as statements:
        answer = await open_house.send("OPTIONS", headers={"Origin": origin, **ASK})

    assert (answer.status, answer.body) == (204, None)
    must_be_readable(answer.headers, origin)
    assert names(answer.headers, "Access-Control-Allow-Headers") == ALLOWED
    assert names(answer.headers, "Access-Control-Allow-Methods") == {"GET", "POST"}
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert answer.headers["X-Request-Id"]
    assert statements == []


@pytest.mark.parametrize(
    "origin",
    [OTHER, "null", "", "https://shop.example.evil.test", "http://shop.example", SHOP + "/"],
)
async def test_other_origins_are_refused(open_house, origin):
    answer = await open_house.send("OPTIONS", headers={"Origin": origin, **ASK})

    assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    message = "TOLLHOUSE_CORS_ORIGINS doesn't name the origin of this page."
    assert answer.error["message"] == message
    must_be_closed(answer.headers)
    assert answer.headers["Vary"] == "Accept, Origin"


async def test_as_long_as_none_is_named_all_are_refused(house):
    preflight = await house.send("OPTIONS", headers={"Origin": SHOP, **ASK})
    answer = await house.ask(await house.key(), "{ __typename }", headers={"Origin": SHOP})

    assert preflight.status == 403
    assert answer.data == {"__typename": "Query"}
    for headers in (preflight.headers, answer.headers):
        must_be_closed(headers)
        assert headers["Vary"] == "Accept"


@pytest.mark.parametrize("given", [{}, {"Origin": SHOP}, ASK])
async def test_options_that_are_no_preflight_are_refused(open_house, given):
    answer = await open_house.send("OPTIONS", headers=given)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


async def test_answers_and_refusals_can_be_read(open_house):
    key = await open_house.key()
    little = await open_house.key(scopes=[Scope.INVOICES_READ])
    from_shop = {"Origin": SHOP}
    answers = [
        await open_house.ask(key, "{ __typename }", headers=from_shop),
        await open_house.ask(key, "{", headers=from_shop),
        await open_house.ask(None, "{ __typename }", headers=from_shop),
        await open_house.ask(little, "{ products { totalCount } }", headers=from_shop),
        await open_house.ask(key, "{ __typename }", headers={**from_shop, "Accept": "text/html"}),
        await open_house.ask(key, "", headers={**from_shop, "Content-Type": "text/plain"}),
        await open_house.send("PUT", headers=from_shop),
        await open_house.send("GET", headers={**from_shop, "Upgrade": "websocket"}),
    ]

    assert [answer.status for answer in answers] == [200, 400, 401, 403, 406, 415, 405, 400]
    for answer in answers:
        must_be_readable(answer.headers)


async def test_answers_to_others_say_that_they_would_differ(open_house):
    key = await open_house.key()
    for origin in ({}, {"Origin": OTHER}):
        answer = await open_house.ask(key, "{ __typename }", headers=origin)

        must_be_closed(answer.headers)
        assert answer.headers["Vary"] == "Accept, Origin"


async def test_streams_can_be_read(open_house):
    async with begun(
        open_house, await open_house.key(), FOLLOW, headers={"Origin": SHOP}
    ) as stream:
        must_be_readable(stream.answer.headers)


async def test_sockets_ask_for_a_key_and_no_origin(open_house):
    key = await open_house.key()
    for origin in (SHOP, OTHER):
        async with connected(open_house, key, origin=origin, protocols=[PROTOCOL]) as client:
            await client.settled()


@pytest.mark.parametrize("path", ["/healthz", "/graphiql", "/"])
async def test_other_paths_are_for_nobody_else(open_house, path):
    async with open_house._session.get(open_house.url(path), headers={"Origin": SHOP}) as answer:
        must_be_closed(answer.headers)

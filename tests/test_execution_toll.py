"""What an operation pays, and what its caller is told of it, over the real server."""

import asyncio

import pytest

import execution.library as house_library
import execution.reading
import execution.run as house_runner
from access.budget import Budgets
from db.scope import Scope
from execution.negotiate import GRAPHQL, JSON
from tests.shop import CREATE_PRODUCT, TEA, written
from tests.socket_parts import connected

PAGE = "{ products(first: 20) { nodes { id } } }"
SIZED = "query($n: Int) { products(first: $n) { nodes { id } } }"
WHOLE = "totalCount nodes { id } edges { node { id } }"
DEAR = "{ " + " ".join(f"p{n}: products(first: 100) {{ {WHOLE} }}" for n in range(100)) + " }"
FREE = "{ __typename }"
ASKED = {"Tollhouse-Cost": "1"}


class Still:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
async def clock():
    return Still()


@pytest.fixture
async def house(closed_house, clock, monkeypatch):
    """A house whose keys have 100 at once, of which one comes back each second.

    Each reading of a document takes no time, and so costs 1.
    """
    monkeypatch.setattr(execution.reading, "thread_time", clock)
    closed_house.budgets = Budgets(60, 100, clock=clock)
    return await closed_house.open()


def limits(answer):
    return answer.headers.get("RateLimit-Policy"), answer.headers.get("RateLimit")


async def test_each_answer_to_a_known_key_tells_of_its_budget(house):
    key = await house.key(scopes=[Scope.PRODUCTS_READ])
    policy = '"cost";q=100;w=100'

    assert limits(await house.ask(key, PAGE)) == (policy, '"cost";r=69;t=31')
    assert limits(await house.ask(key, SIZED, n=9)) == (policy, '"cost";r=49;t=51')
    for refused, left in (("{ invoices { totalCount } }", 48), (DEAR, 47), (DEAR, 47)):
        assert limits(await house.ask(key, refused)) == (policy, f'"cost";r={left};t={100 - left}')
    assert limits(await house.send("PUT", headers={"Authorization": f"Bearer {key.token}"})) == (
        None,
        None,
    )


async def test_nobody_else_is_told_anything(house):
    key = await house.key(ips=["203.0.113.7"])

    for stranger, status in ((None, 401), ("th_x", 401), (key, 403)):
        answer = await house.ask(stranger, PAGE)
        assert (answer.status, limits(answer)) == (status, (None, None))


async def test_a_body_that_cannot_be_taken_is_an_answer_as_well(house):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Content-Type": JSON}
    answer = await house.send("POST", data=b"[]", headers=headers)

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    assert limits(answer) == ('"cost";q=100;w=100', '"cost";r=100;t=0')


@pytest.mark.parametrize("media", [GRAPHQL, JSON])
async def test_a_key_goes_on_while_anything_remains(house, clock, media):
    key = await house.key()
    for remaining in (69, 39, 9, 0):
        answer = await house.ask(key, PAGE, headers={"Accept": media})
        assert (answer.status, limits(answer)[1].split(";")[1]) == (200, f"r={remaining}")
    answer = await house.ask(key, PAGE, headers={"Accept": media})

    assert (answer.status, answer.headers["Retry-After"]) == (429, "22")
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.body == {
        "errors": [
            {
                "message": "This API key has used up its budget of 100; try again in 22 s.",
                "extensions": {
                    "code": "RATE_LIMITED",
                    "limit": 100,
                    "remaining": 0,
                    "retryAfterSeconds": 22,
                },
            }
        ]
    }
    assert limits(answer) == ('"cost";q=100;w=100', '"cost";r=0;t=121')
    clock.now += 22
    assert (await house.ask(key, PAGE)).status == 200


async def test_another_key_has_a_budget_of_its_own(house):
    key, other = await house.key(), await house.key()
    for _ in range(5):
        await house.ask(key, PAGE)

    assert (await house.ask(key, PAGE)).status == 429
    assert (await house.ask(other, PAGE)).status == 200


async def test_what_is_refused_runs_nothing_and_costs_nothing(house):
    key = await house.key()
    await house.ask(key, FREE)
    for _ in range(2):
        assert (await house.ask(key, CREATE_PRODUCT, input=TEA)).status == 200
    before = await written(house, key.organization)
    with house.counting() as statements:
        answer = await house.ask(key, CREATE_PRODUCT, input=TEA)

    assert (answer.status, statements) == (429, [])
    assert await written(house, key.organization) == before
    assert (await house.ask(key, FREE)).headers["RateLimit"] == '"cost";r=0;t=102'


async def test_what_costs_nothing_is_answered_without_a_budget(house):
    key = await house.key()
    for query in (FREE, *[PAGE] * 5):
        await house.ask(key, query)

    assert (await house.ask(key, FREE)).data == {"__typename": "Query"}


async def test_too_much_at_once_is_refused_with_what_would_fit(house):
    key = await house.key()
    with house.counting() as statements:
        answer = await house.ask(key, DEAR)

    assert (answer.status, answer.codes) == (400, ["QUERY_TOO_COMPLEX"])
    assert answer.error["extensions"] == {
        "code": "QUERY_TOO_COMPLEX",
        "limit": "cost",
        "field": "products",
        "found": 26000,
        "most": 25000,
        "first": 95,
    }
    assert [sql for sql in statements if "product" in sql] == []
    assert (await house.ask(key, DEAR.replace("100", "0"))).status == 200


async def test_the_cost_is_told_to_whoever_asks(house):
    key = await house.key()

    answer = await house.ask(key, SIZED, ASKED, n=9)
    assert answer.body["extensions"] == {
        "cost": {"requested": 19, "most": 25000, "limit": 100, "remaining": 80, "resetSeconds": 20}
    }
    assert answer.body["data"] == {"products": {"nodes": []}}
    for other in ({}, {"Tollhouse-Cost": "0"}, {"Tollhouse-Cost": "true"}):
        assert "extensions" not in (await house.ask(key, SIZED, other, n=9)).body


async def test_what_is_no_operation_has_no_cost(house):
    answer = await house.ask(await house.key(), "{ nothing }", ASKED)

    assert set(answer.body) == {"errors"}


async def test_variables_that_do_not_fit_cost_what_they_might(house):
    answer = await house.ask(await house.key(), SIZED, ASKED, n="9")

    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert answer.body["extensions"]["cost"]["requested"] == 110


async def test_without_a_limit_only_the_cost_is_told(closed_house):
    house = await closed_house.open()
    answer = await house.ask(await house.key(), PAGE, ASKED)

    assert limits(answer) == (None, None)
    assert answer.body["extensions"] == {"cost": {"requested": 30, "most": 25000}}


async def test_a_socket_draws_on_the_same_budget(house):
    key = await house.key()
    async with connected(house, key) as client:
        for id in "1234":
            await client.subscribe(id, PAGE)
            assert [message["type"] for message in await client.received(2)] == ["next", "complete"]
        await client.subscribe("6", PAGE)
        refused = await client.receive()

    assert (refused["type"], refused["id"]) == ("error", "6")
    [error] = refused["payload"]
    assert error["extensions"] == {
        "code": "RATE_LIMITED",
        "limit": 100,
        "remaining": 0,
        "retryAfterSeconds": 22,
    }
    assert (await house.ask(key, PAGE)).status == 429


async def test_a_subscription_costs_what_one_event_does_and_its_beginning(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", "subscription { notificationAdded { id subject { id } } }")
        await client.settled()
        answer = await house.ask(key, FREE)

    # 51, and 1 for the reading of each of the two.
    assert answer.headers["RateLimit"] == '"cost";r=47;t=53'


async def test_a_request_waits_until_the_others_know_what_its_key_has_spent(house):
    key = await house.key()
    house.budgets.are_shared = True
    assert (await house.ask(key, PAGE)).status == 200
    waiting = asyncio.create_task(house.ask(key, PAGE))
    async with asyncio.timeout(5):
        while not house.budgets._waiting:
            await asyncio.sleep(0)
    [told] = house.budgets.take()
    house.budgets.settle({told.api_key_id: 60.0})

    assert told.seconds == 31.0
    assert limits(await waiting)[1] == '"cost";r=10;t=90'


async def test_what_is_told_of_a_cost_is_what_was_known_before_it_ran(house, monkeypatch):
    """What has been done is not refused afterward, whatever has become of its document."""
    key = await house.key()
    await house.ask(key, "{ __typename }", ASKED)
    done = []
    real = house_runner.outcome_of

    def outcome_of(*asked):
        outcome = real(*asked)
        done.append(outcome)
        # Whoever asked again what the document is would fail.
        monkeypatch.setattr(house_library.Library, "text_sent", None)
        return outcome

    monkeypatch.setattr(house_runner, "outcome_of", outcome_of)
    answer = await house.ask(key, "{ __typename }", ASKED)

    assert (len(done), answer.status) == (1, 200)
    assert answer.body["extensions"]["cost"]["requested"] == 0

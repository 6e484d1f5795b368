"""A subscription over Server-Sent Events: what is told, and how it begins and ends."""

from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET

import pytest
from aiohttp import ClientError

import execution.event_wire
from access.budget import Budgets
from db.news import Kind
from db.scope import Scope
from tests.socket_parts import COUNT, HEAR, gate, opened, tell, until
from tests.stream_parts import COMPLETE, EVENTS, begun, hearing, streams_of, told

LITTLE = [Scope.NOTIFICATIONS_READ]
NAMED = "subscription { heard { id name } }"


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


async def test_events_are_told_as_they_come(house):
    key, other = await house.key(), await house.key()
    async with begun(house, key, HEAR) as stream:
        await until(lambda: "listening" in gate.passed)
        tell(house, other)
        for _ in range(3):
            about = tell(house, key)
            assert await stream.receive() == ("next", {"data": {"heard": {"id": about}}})
    await until(lambda: "gone" in gate.passed)


async def test_headers_say_what_it_is_before_there_is_an_event(closed_house, monkeypatch):
    closed_house.budgets = Budgets(60, 60)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with begun(house, key, HEAR) as stream:
        headers = stream.answer.headers

    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Vary"] == "Accept"
    assert headers["RateLimit"].startswith('"cost";r=')
    assert len(headers["X-Request-Id"]) == 16


async def test_what_ends_by_itself_is_complete(house):
    async with begun(house, await house.key(), COUNT, to=2) as stream:
        assert await stream.rest() == [
            ("next", {"data": {"counted": 0}}),
            ("next", {"data": {"counted": 1}}),
            COMPLETE,
        ]


@pytest.mark.parametrize("accept", ["application/json, text/event-stream;q=0.1", "*/*, " + EVENTS])
async def test_a_subscription_is_told_to_who_takes_events_at_all(house, accept):
    async with hearing(house, await house.key(), COUNT, accept, to=1) as stream:
        assert stream.answer.content_type == EVENTS
        assert await stream.rest() == [":", ("next", {"data": {"counted": 0}}), COMPLETE]


async def test_it_may_be_asked_for_by_get(house):
    key = await house.key()
    answer = await house._session.get(
        house.url(),
        params={"query": "subscription { counted(to: 1) }"},
        headers={"Authorization": f"Bearer {key.token}", "Accept": EVENTS},
    )

    content = b':\n\nevent: next\ndata: {"data":{"counted":0}}\n\nevent: complete\ndata:\n\n'
    assert (answer.status, await answer.read()) == (200, content)


async def test_errors_of_an_event_stand_beside_its_data(house):
    async with begun(house, await house.key(), "subscription { wrong }") as stream:
        (_, first), *_ = await stream.rest()

    assert first["data"] is None
    assert first["errors"][0]["path"] == ["wrong"]


async def test_a_failure_of_ours_is_masked_and_ends_it(house):
    async with begun(house, await house.key(), "subscription { failing }") as stream:
        id = stream.answer.headers["X-Request-Id"]
        message = "Something went wrong on our side. Tell us the request id if it stays."

        assert await stream.rest() == [
            ("next", {"data": {"failing": 1}}),
            told("INTERNAL", message, requestId=id),
            COMPLETE,
        ]


async def test_nested_objects_are_loaded_anew_for_each_event(house):
    key = await house.key()
    async with begun(house, key, NAMED) as stream:
        await until(lambda: "listening" in gate.passed)
        for _ in range(2):
            tell(house, key)
            _, result = await stream.receive()
            assert result["data"]["heard"]["name"] == f"{key.organization}'s"

    assert gate.passed.count("names") == 2


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (COUNT, {"to": "two"}, "GRAPHQL_VALIDATION_FAILED"),
        (COUNT, {"to": 1, "more": [0] * 1_001}, "INVALID_INPUT"),
    ],
)
async def test_what_is_no_operation_is_told_as_an_event(house, query, variables, code):
    async with hearing(house, await house.key(), query, **variables) as stream:
        assert (stream.answer.status, stream.answer.content_type) == (200, EVENTS)
        (name, result), complete = await stream.rest()

    assert (name, set(result), complete) == ("next", {"errors"}, COMPLETE)
    assert [error["extensions"]["code"] for error in result["errors"]] == [code]


async def test_refusals_are_plain_answers(house):
    nothing = await house.key(scopes=[Scope.PRODUCTS_READ])
    fenced = await house.key(ips=["192.0.2.1"])
    for key, status, code in [
        (None, 401, "UNAUTHENTICATED"),
        (fenced, 403, "IP_NOT_ALLOWED"),
        (nothing, 403, "MISSING_SCOPE"),
    ]:
        async with hearing(house, key, HEAR) as stream:
            body = await stream.answer.json()
        assert stream.answer.status == status
        assert stream.answer.content_type == "application/json"
        assert [error["extensions"]["code"] for error in body["errors"]] == [code]
    assert gate.passed == []


async def test_it_costs_what_it_costs(closed_house, monkeypatch):
    closed_house.budgets = Budgets(60, 1)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with begun(house, key, COUNT, to=1), hearing(house, key, COUNT, to=1) as second:
        assert second.answer.status == 429
        assert int(second.answer.headers["Retry-After"]) >= 1


async def test_a_query_is_one_event(house):
    async with hearing(house, await house.key(), "{ caller }") as stream:
        (name, result), complete = await stream.rest()

    assert (name, set(result["data"]), complete) == ("next", {"caller"}, COMPLETE)


async def test_a_query_is_plain_to_who_likes_that_better(house):
    accept = "application/graphql-response+json, application/json, text/event-stream"
    async with hearing(house, await house.key(), "{ caller }", accept) as stream:
        assert stream.answer.content_type == "application/graphql-response+json"


async def test_a_quiet_stream_is_kept_alive(house, monkeypatch):
    monkeypatch.setattr(execution.event_wire, "KEEP_ALIVE_SECONDS", 0.02)
    async with begun(house, await house.key(), HEAR) as stream:
        assert [await stream.receive() for _ in range(3)] == [":", ":", ":"]


async def test_who_has_gone_is_not_listened_for_any_longer(house):
    key = await house.key()
    async with begun(house, key, HEAR):
        await until(lambda: "listening" in gate.passed)
    await until(lambda: "gone" in gate.passed)


async def test_a_slow_reader_is_dropped(house, monkeypatch):
    monkeypatch.setattr(execution.event_wire, "SEND_SECONDS", 0.2)
    key = await house.key()
    aliases = " ".join(f"a{number}: id" for number in range(99))
    async with begun(house, key, f"subscription {{ heard {{ {aliases} }} }}") as stream:
        await until(lambda: "listening" in gate.passed)
        [served], _ = streams_of(house)
        client = stream.answer.connection.transport
        client.pause_reading()
        for transport, buffer in ((client, SO_RCVBUF), (served._wire._transport, SO_SNDBUF)):
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, buffer, 4096)
        for _ in range(200):
            tell(house, key)
        await until(lambda: "gone" in gate.passed)
        client.resume_reading()
        with pytest.raises(ClientError):
            await stream.rest()

    assert streams_of(house) == (set(), {})


async def test_missed_events_are_told(house):
    key = await house.key()
    async with begun(house, key, HEAR) as stream:
        await until(lambda: "listening" in gate.passed)
        for ear in house.hub._ears[Kind.NOTIFICATION, key.organization]:
            ear.miss()

        message = "Some events were missed; read the list, and subscribe again."
        assert await stream.rest() == [told("UNAVAILABLE", message), COMPLETE]

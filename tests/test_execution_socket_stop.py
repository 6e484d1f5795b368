"""What becomes of an operation that is stopped, or that nobody waits for any more."""

import pytest

from tests.socket_parts import (
    CHANGE,
    HEAR,
    WAIT,
    connected,
    gate,
    next_heard,
    opened,
    tell,
    until,
)


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


@pytest.mark.parametrize("leave", ["complete", "close"])
async def test_a_query_that_nobody_waits_for_is_given_up(house, leave):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", WAIT)
        await until(lambda: gate.waiting == 1)
        await (client.send("complete", id="1") if leave == "complete" else client.wire.close())
        await until(lambda: gate.waiting == 0)

    assert gate.passed == []


async def test_a_mutation_that_is_completed_is_finished_in_silence(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", CHANGE)
        await until(lambda: gate.waiting == 1)
        await client.send("complete", id="1")
        # Its id is free, and its answer is nobody's.
        await client.subscribe("1", HEAR)
        await client.settled()
        gate.is_open.set()
        await until(lambda: "mutation" in gate.passed)
        about = tell(house, key)
        assert await client.receive() == next_heard("1", about)


async def test_a_mutation_whose_client_goes_is_finished(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", CHANGE)
        await until(lambda: gate.waiting == 1)
        await client.wire.close()
        gate.is_open.set()
        await until(lambda: gate.passed == ["mutation"])

"""Organizations wait for connections in turn: one that asks for many waits for itself."""

import asyncio
from uuid import UUID

import pytest

from db.waiting import Waiting

ONE, TWO = UUID(int=1), UUID(int=2)
READ = "{ products { nodes { id } } }"
# Nothing but the transaction: there is no such product.
CHANGE = (
    'mutation { deleteProduct(input: { id: "prod_01m8848cpwer09kyy0znvy0kcc" }) { __typename } }'
)


async def test_each_owner_has_a_turn_and_of_one_who_came_first_is_first():
    waiting, loop = Waiting(), asyncio.get_running_loop()
    names = {}
    for name, owner in [
        ("a1", ONE),
        ("a2", ONE),
        ("a3", ONE),
        ("b1", TWO),
        ("-", None),
        ("b2", TWO),
    ]:
        future = loop.create_future()
        names[future] = name
        waiting.add(owner, future)

    assert [names[waiting.next()] for _ in range(4)] == ["a1", "b1", "-", "a2"]
    late = loop.create_future()
    names[late] = "a4"
    waiting.add(ONE, late)
    assert [names[waiting.next()] for _ in range(3)] == ["b2", "a3", "a4"]
    assert not waiting.rows


async def test_who_gave_up_takes_no_turn_of_the_owners_others():
    waiting, loop = Waiting(), asyncio.get_running_loop()
    *gone, here, other = [loop.create_future() for _ in range(5)]
    for future in (*gone, here):
        waiting.add(ONE, future)
    waiting.add(TWO, other)
    for future in gone:
        future.cancel()

    assert [waiting.next(), waiting.next()] == [here, other]
    waiting.add(ONE, gone[0])
    assert waiting.next() is gone[0]
    assert not waiting.rows


@pytest.mark.parametrize("operation", [READ, CHANGE])
async def test_who_asks_for_little_does_not_wait_for_who_asks_for_much(house, operation):
    many, few = await house.key(), await house.key()
    idle, done = house.database.idle, []

    async def ask(key):
        await house.ask(key, operation)
        done.append(key)

    for key in (many, few):
        await house.ask(key, READ)
    # All there are but one, which then serves everybody.
    held = [await idle.take() for _ in range(10)]
    asking = []
    for key, times in ((many, 12), (few, 1)):
        asking += [asyncio.create_task(ask(key)) for _ in range(times)]
        async with asyncio.timeout(5):
            while sum(map(len, idle._waiting.rows.values())) < len(asking):
                await asyncio.sleep(0.01)
    await idle.give_back(held.pop())
    await asyncio.gather(*asking)
    for connection in held:
        await idle.give_back(connection)

    assert done.index(few) <= 2
    assert len(done) == 13

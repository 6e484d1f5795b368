"""What the tests of requests that come again share."""

from typing import Any

import orjson

from db.hub import Hub
from tests.house import Answer, House, Key
from tests.shop import CREATE_PRODUCT, TEA


def keyed(key: str = "one") -> dict[str, str]:
    return {"Idempotency-Key": key}


async def created(house: House, caller: Key, key: str = "one", **stated: Any) -> Answer:
    """Create a product under a key."""
    return await house.ask(caller, CREATE_PRODUCT, keyed(key), input={**TEA, **stated})


def written(answer: Answer) -> bytes:
    """The body as it was sent."""
    return orjson.dumps(answer.body)


async def count(house: House, owner: Any, table: str = "product") -> int:
    async with house.database.reading() as connection:
        return await connection.fetchval(
            f"SELECT count(*) FROM {table} WHERE organization_id = $1", owner
        )


def neighbor(house: House) -> House:
    """Another process of the same house: one database and one set of secrets, all else its own."""
    other = House(house.database, house.recorder, Hub())
    other.peppers, other.encryption, other.clock = house.peppers, house.encryption, house.clock
    return other

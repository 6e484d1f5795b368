"""What a field asks of its request's context, beside what the tests of fields show."""

from uuid import UUID

import pytest

from access.cache import KeyCache
from access.pepper import Peppers
from schema.context import Context, House
from tests.odd_rows import Context as Odd

ID = UUID(int=1)


async def test_a_load_raises_what_its_batch_raised(closed_house):
    async def away(_connection, _owner, _ids):
        raise ValueError("away")

    house = House(closed_house.database, KeyCache(), Peppers.generate())
    context = Context(Odd(later=False).caller, closed_house.clock(), "request", house)

    with pytest.raises(ValueError, match="away"):
        await context.load(away, ID)
    [error] = await context.load_all(away, [ID])
    assert isinstance(error, ValueError)

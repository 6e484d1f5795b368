"""What a field asks of its request's context, beside what the tests of fields show."""

from uuid import UUID

from access.cache import KeyCache
from access.pepper import Peppers
from schema.context import Context, House
from tests.odd_rows import Context as Odd

ID = UUID(int=1)


async def test_what_a_batch_raised_stands_for_each_id(closed_house):
    async def away(_connection, _owner, _ids):
        raise ValueError("away")

    parts = (KeyCache(), Peppers.generate(), closed_house.encryption, closed_house.hub)
    house = House(closed_house.database, *parts, closed_house.webhook_networks)
    context = Context(Odd(later=False).caller, closed_house.clock(), "request", house)

    [error] = await context.load_all(away, [ID])
    assert isinstance(error, ValueError)
    assert str(error) == "away"

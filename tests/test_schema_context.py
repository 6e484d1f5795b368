"""What a field asks of its request's context, beside what the tests of fields show."""

from uuid import UUID

import pytest

from access.cache import KeyCache
from access.pepper import Peppers
from db.asked import one_each
from schema.batch import Sparing
from schema.context import Context, House
from tests.odd_rows import Context as Odd

ID, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
def context(closed_house):
    parts = (KeyCache(), Peppers.generate(), closed_house.encryption, closed_house.hub)
    house = House(closed_house.database, *parts, closed_house.webhook_networks)
    return Context(Odd(later=False).caller, closed_house.clock(), "request", house)


async def test_what_a_batch_raised_stands_for_each_id(context):
    async def away(_connection, _owner, _ids):
        raise ValueError("away")

    [error] = await context.load_all(away, [ID])
    assert isinstance(error, ValueError)
    assert str(error) == "away"


@pytest.mark.parametrize("alone", [True, False])
async def test_what_gives_rows_in_order_is_asked_once_for_each_id(context, alone):
    asked = []

    async def found(_connection, _owner, ids, _reads):
        asked.append(list(ids))
        return [(place, id.int) for place, id in enumerate(ids, 1)]

    batch = Sparing(found, one_each)
    found_twice = await context.load_all(batch, [OTHER, ID, OTHER], alone=alone)
    assert (found_twice, asked) == ([(1, 2), (2, 1), (1, 2)], [[OTHER, ID]])
    assert await context.load_all(batch, [], alone=alone) == []


@pytest.mark.parametrize("alone", [True, False])
async def test_what_it_raised_stands_for_each_id(context, alone):
    async def away(_connection, _owner, _ids, _reads):
        raise ValueError("away")

    one, other = await context.load_all(Sparing(away, one_each), [ID, OTHER], alone=alone)
    assert one is other
    assert str(one) == "away"

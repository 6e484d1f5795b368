"""What only the operator may ask."""

from db.ids import new_uuid
from db.operator import find_owner_of_key


async def test_a_key_leads_to_its_organization(house):
    one, other = await house.key(), await house.key()

    async with house.database.reading() as connection:
        assert await find_owner_of_key(connection, one.uuid) == one.organization
        assert await find_owner_of_key(connection, other.uuid) == other.organization
        assert await find_owner_of_key(connection, new_uuid(house.clock())) is None

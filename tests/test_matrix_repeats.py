"""Every mutation of the schema, sent again with its key: done once, answered the same."""

import pytest

from resolvers.root import api
from schema.once import Once
from schema.walk import resolved_fields
from tests.fields import TARGETS
from tests.furnished import all_of, furnished
from tests.repeats import keyed, neighbor, written

MUTATIONS = {name: target for name, target in TARGETS.items() if target.is_mutation}
# One that goes in steps keeps its record in a transaction of its own.
IN_STEPS = {"Mutation.markAllNotificationsRead"}
BEFORE, AFTER = "SELECT pg_try_advisory_xact_lock", "INSERT INTO idempotency_record"

# What asyncpg asks once for each new connection, and the ends of transactions.
NEITHER = ("BEGIN;", "COMMIT;", "typeinfo", "'jit'")


@pytest.fixture
async def other_house(house):
    other = await neighbor(house).open()
    yield other
    await other.close()


async def asked(house, name, owner):
    target = MUTATIONS[name]
    return target.asked(await furnished(house, owner, target.scope))


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_that_comes_again_is_answered_the_same(house, other_house, name):
    owner = await house.organization()
    key = await house.key(owner)
    text, variables = await asked(house, name, owner)

    first = await house.ask(key, text, keyed(), **variables)
    assert None not in first.data.values()
    before = await all_of(house, owner)
    with house.counting() as statements:
        again = await house.ask(key, text, keyed(), **variables)
    elsewhere = await other_house.ask(key, text, keyed(), **variables)

    assert written(again) == written(elsewhere) == written(first)
    assert await all_of(house, owner) == before
    changes = [each for each in statements if each.lstrip().startswith(("INSERT", "UPDATE"))]
    assert changes == []
    assert len([each for each in statements if BEFORE in each]) == 1


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_key_costs_two_statements_and_no_key_none(house, name):
    owner = await house.organization()
    key = await house.key(owner)
    counted = []
    for headers in ({}, keyed()):
        text, variables = await asked(house, name, owner)
        await house.ask(key, "{ viewer { ip } }")
        with house.counting() as statements:
            assert (await house.ask(key, text, headers, **variables)).data
        counted.append([each for each in statements if not any(part in each for part in NEITHER)])

    plain, with_key = counted
    assert not any("idempotency" in each for each in plain)
    added = [each for each in with_key if BEFORE in each or AFTER in each]
    assert len(added) == 2
    assert len(with_key) == len(plain) + 2


def test_all_but_one_are_a_single_transaction():
    in_steps = {
        name
        for name, field in resolved_fields(api)
        for extension in field.extensions["strawberry-definition"].extensions
        if isinstance(extension, Once) and extension._in_steps
    }

    assert in_steps == IN_STEPS

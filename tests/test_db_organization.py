"""Organizations: who everything belongs to."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from pydantic import ValidationError

from db import organization
from db.errors import Conflict
from db.organization import Details

NOW = datetime(2026, 11, 23, tzinfo=UTC)


async def create(database, slug, now=NOW):
    async with database.transaction() as connection:
        return await organization.create(connection, Details(name=" Acme ", slug=slug), now)


async def test_create_then_find(database):
    made = await create(database, "acme")
    async with database.reading() as connection:
        found = await organization.find(connection, made.id)
        named = await organization.find_by_slug(connection, "acme")

    assert found is not None
    assert (found.id, found.name, found.slug, found.created_at) == (made.id, "Acme", "acme", NOW)
    assert named == found
    assert found.typeid.startswith("org_")


async def test_nobody_is_none(database):
    async with database.reading() as connection:
        assert await organization.find(connection, uuid4()) is None
        assert await organization.find_by_slug(connection, "acme") is None
        assert await organization.everyone(connection) == []


async def test_everyone_is_told_oldest_first(database):
    await create(database, "younger", NOW + timedelta(seconds=1))
    await create(database, "older")
    async with database.reading() as connection:
        everyone = await organization.everyone(connection)

    assert [one.slug for one in everyone] == ["older", "younger"]


async def test_a_slug_is_taken_once(database):
    await create(database, "acme")
    with pytest.raises(Conflict, match="The slug acme is taken"):
        await create(database, "acme")


@pytest.mark.parametrize("slug", ["", "-acme", "acme-", "Acme", "a b", "a" * 64, "ä"])
def test_a_slug_is_fit_for_an_address(slug):
    with pytest.raises(ValidationError):
        Details(name="Acme", slug=slug)


@pytest.mark.parametrize("slug", ["a", "a-1", "1" * 63])
def test_short_and_long_slugs_fit(slug):
    assert Details(name="Acme", slug=slug).slug == slug


async def test_the_database_refuses_a_bad_slug_by_any_door(database):
    async with database.reading() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "INSERT INTO organization (id, name, slug, created_at)"
                " VALUES ($1, 'x', 'Bad Slug', now())",
                uuid4(),
            )

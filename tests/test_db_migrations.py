"""The migrations make the very tables that the code declares."""

from difflib import unified_diff

import pytest

from db import migrate
from db.database import connect
from db.tables import METADATA
from tests.cli_parts import another_database
from tests.embedded_parts import ask

# Every column, index and constraint, a line for each.
CATALOGS = (
    """
    SELECT format('column %s.%s %s %s default %s collate %s', attrelid::regclass, attname,
        format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' ELSE 'null' END,
        coalesce(pg_get_expr(adbin, adrelid), 'none'), coalesce(collname, 'none'))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0
        AND NOT attisdropped
    """,
    "SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'",
    # That a column is not null, which newer versions list here as well, was told of the column.
    """
    SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
    """,
)
CREATED_INDEX = (
    "CREATE INDEX invoice_created_index ON public.invoice USING btree (organization_id, created_at)"
)


@pytest.fixture
def declared_url(cluster):
    """A database for the tables as the code declares them, made without the migrations."""
    with another_database(cluster.url, "declared") as url:
        yield url


async def declare(url):
    await ask(url, "CREATE EXTENSION btree_gin")
    await ask(url, "CREATE EXTENSION pg_trgm")
    async with migrate._alembic(url) as connection:
        await connection.run_sync(METADATA.create_all)


async def catalogs(url):
    connection = await connect(url)
    try:
        lines = [line for query in CATALOGS for (line,) in await connection.fetch(query)]
    finally:
        await connection.close()
    return sorted(line for line in lines if "alembic_version" not in line)


def differences(declared, migrated):
    """What only the code has, with - before it, and what only the migrations have, with +."""
    lines = unified_diff(declared, migrated, lineterm="", n=0)
    return [line for line in lines if line[1:] in {*declared, *migrated}]


async def test_they_make_what_the_code_declares(declared_url, migrated_url):
    await declare(declared_url)
    declared, migrated = await catalogs(declared_url), await catalogs(migrated_url)

    assert {line.partition(" ")[0] for line in declared} == {"column", "constraint", "index"}
    found = "\n".join(differences(declared, migrated))
    assert not found, f"- in db/*.py alone, + in the migrations alone:\n{found}"


async def test_any_difference_would_be_told(declared_url):
    await declare(declared_url)
    before = await catalogs(declared_url)
    for change in (
        'ALTER TABLE host_secret ADD note text COLLATE "C"',
        "ALTER TABLE product ALTER name DROP NOT NULL",
        "ALTER TABLE tally ALTER amount SET DEFAULT 0",
        "ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_quantity_check",
        "DROP INDEX invoice_created_index",
    ):
        await ask(declared_url, change)

    assert set(differences(before, await catalogs(declared_url))) == {
        "+column host_secret.note text null default none collate C",
        "-column product.name character varying not null default none collate default",
        "+column product.name character varying null default none collate default",
        "-column tally.amount bigint not null default none collate none",
        "+column tally.amount bigint not null default 0 collate none",
        "-constraint invoice_line.invoice_line_quantity_check CHECK ((quantity > 0))",
        f"-index {CREATED_INDEX}",
    }

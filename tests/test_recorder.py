"""The recorder of statements finds what shows another's rows, and excuses no more than it says."""

import importlib
import pkgutil

import pytest

import db
import tests.recorder
from db.statement import Statement
from tests.recorder import ALLOWED, OWNED, Recorder, is_offence

OFFENCES = [
    "SELECT product.name FROM product WHERE product.id = $1",
    "SELECT name FROM product",
    "select name from product where id = $1",
    "SELECT name\nFROM product\nWHERE id = $1",
    "SELECT name FROM product WHERE organization_id = ANY($1)",
    "SELECT name FROM product WHERE organization_id IS NOT NULL",
    "SELECT count(*) FROM organization, invoice WHERE invoice.number = $1",
    "UPDATE invoice SET memo = $1 WHERE id = $2",
    "DELETE FROM api_key WHERE id = $1",
    "INSERT INTO product (id, name) VALUES ($1, $2)",
    "INSERT INTO event (organization_id, id) SELECT $1, webhook.id FROM webhook",
    "INSERT INTO event (organization_id, id) SELECT $1, id FROM event",
    "INSERT INTO event (organization_id, id) SELECT $1, e.id FROM organization, event e",
    "WITH a AS (INSERT INTO event (id) VALUES ($1)) SELECT 1 WHERE organization_id = $2",
    "WITH a AS (UPDATE event SET id = $1) INSERT INTO event (organization_id) VALUES ($2)",
    (
        "SELECT * FROM invoice JOIN invoice_line ON invoice_line.invoice_id = invoice.id"
        " WHERE invoice.organization_id = $1"
    ),
    (
        "WITH one AS (SELECT id FROM product WHERE product.organization_id = $1)"
        " SELECT * FROM invoice JOIN one ON true"
    ),
]
INNOCENT = [
    "SELECT product.name FROM product WHERE product.organization_id = $1 AND product.id = $2",
    "SELECT name FROM product p WHERE p.organization_id = $1",
    (
        "SELECT * FROM invoice JOIN invoice_line ON invoice_line.organization_id ="
        " invoice.organization_id WHERE invoice.organization_id = $1"
    ),
    "INSERT INTO product (organization_id, id) VALUES ($1, $2)",
    (
        "WITH a AS (INSERT INTO event (organization_id, id) VALUES ($1, $2))"
        " INSERT INTO webhook_delivery (organization_id, event_id) SELECT $1, $2 FROM webhook"
        " WHERE webhook.organization_id = $1 RETURNING webhook_delivery.id"
    ),
    "SELECT organization.id FROM organization",
    "SELECT product_id, invoice_id FROM elsewhere",
    "SELECT set_config('jit', 'off', false)",
    "BEGIN;",
]


def statements():
    """Every statement that a module of db/ has ready, by where it stands."""
    for found in pkgutil.iter_modules(db.__path__, "db."):
        for name, value in vars(importlib.import_module(found.name)).items():
            if isinstance(value, Statement):
                yield f"{found.name}.{name}", value.sql


@pytest.mark.parametrize("statement", OFFENCES)
def test_a_statement_that_does_not_name_the_owner_is_found(statement):
    assert is_offence(statement)


@pytest.mark.parametrize("statement", INNOCENT)
def test_a_statement_that_names_the_owner_passes(statement):
    assert not is_offence(statement)


def test_every_table_of_an_organization_is_watched():
    for table in OWNED:
        assert is_offence(f"SELECT * FROM {table} WHERE id = $1")
    assert {"api_key", "audit_entry", "invoice", "invoice_line", "product", "tally"} <= set(OWNED)


def test_each_exception_excuses_one_statement_that_is_there(monkeypatch):
    excused = {part: {sql for _, sql in statements() if part in sql} for part in ALLOWED}
    monkeypatch.setattr(tests.recorder, "ALLOWED", {})
    offences = {sql for _, sql in statements() if is_offence(sql)}

    assert [len(excused[part]) for part in ALLOWED] == [1] * len(ALLOWED)
    assert offences == set().union(*excused.values())


def test_no_statement_of_the_house_is_an_offence():
    found = dict(statements())

    assert [name for name, sql in found.items() if is_offence(sql)] == []
    assert {"db.api_key.BY_TOKEN", "db.product.ONE", "db.invoice_change.EXPIRE"} <= set(found)


async def test_an_offence_of_a_test_is_recorded(database, recorder):
    async with database.reading() as connection:
        await connection.fetch("SELECT 1 FROM product")
        await connection.fetch("SELECT 2 FROM product WHERE organization_id = $1", recorder_owner())

    assert recorder.offences == ["SELECT 1 FROM product"]
    # What was planted here isn't to fail this test as well.
    recorder.statements.clear()


def recorder_owner():
    return "01a21055-4438-77f7-ae75-b625df7dc7eb"


def test_a_recorder_keeps_all_statements_in_their_order():
    recorder = Recorder()
    for statement in (INNOCENT[0], OFFENCES[0], OFFENCES[1]):
        recorder(type("Logged", (), {"query": statement}))

    assert recorder.statements == [INNOCENT[0], OFFENCES[0], OFFENCES[1]]
    assert recorder.offences == OFFENCES[:2]

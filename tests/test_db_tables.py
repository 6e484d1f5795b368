"""Every owned row carries its organization first: in keys, in foreign keys and in indexes."""

from sqlalchemy import Table

from db.tables import METADATA

OWNED = [table for table in METADATA.sorted_tables if "organization_id" in table.columns]
# What doesn't begin with the organization, each with its reason.
ELSEWHERE = {
    "api_key_token_id_key": "a token is all that is known of its organization",
    "invoice_due_index": "the sweeper looks for what is due, whoever owns it",
    "api_key_expires_index": "who tells of expiring keys serves everybody",
    "api_key_granted_index": "with the organization first all of its rows were read (measured)",
    "api_key_search_index": "as above",
    "invoice_search_index": "as above",
    "product_search_index": "as above",
    "idempotency_record_created_index": "whose day is over is removed, whoever's it was",
    "mail_completed_index": "what ended long ago is removed, whoever's it was",
    "mail_due_index": "whoever's is due is sent",
}
# Rows that belong to nobody, each with its reason.
UNOWNED = {
    "host_secret": "what a process needs before it knows anybody",
    "organization": "the owners themselves",
    "trusted_document": "what an operator trusts holds for everybody",
}


def first_columns(table: Table) -> dict[str, str]:
    """The first column of each key and index, by name."""
    indexes = {str(index.name): list(index.columns) for index in table.indexes}
    uniques = {
        str(constraint.name): list(constraint.columns)
        for constraint in table.constraints
        if hasattr(constraint, "columns") and not constraint.__class__.__name__.startswith("Check")
    }
    expressions = {str(i.name): str(next(iter(i.expressions))) for i in table.indexes}
    firsts = {name: str(columns[0].name) for name, columns in uniques.items()}
    return firsts | {
        name: expressions[name].rpartition(".")[2] if columns else ""
        for name, columns in indexes.items()
    }


def test_the_organization_comes_first_but_for_the_exceptions():
    elsewhere = {
        name
        for table in OWNED
        for name, first in first_columns(table).items()
        if first != "organization_id"
    }

    assert elsewhere == set(ELSEWHERE)


def test_the_owner_comes_first_in_every_primary_key():
    firsts = {table.name: next(iter(table.primary_key.columns)).name for table in OWNED}

    assert firsts == {table.name: "organization_id" for table in OWNED}


def test_nothing_else_is_without_an_owner():
    names = {table.name for table in METADATA.sorted_tables}

    assert names - {table.name for table in OWNED} == set(UNOWNED)

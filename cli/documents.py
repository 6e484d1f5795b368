"""The commands `tollhouse documents add`, `list` and `remove`: what clients may be held to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from cli.database import with_database
from cli.document_files import read_all
from cli.options import OF_DATABASE, takes_settings
from cli.program import Program
from cli.table import Table
from db import trusted_document
from db.database import Database
from db.errors import NotFound
from db.trusted_document import TrustedDocument


@click.group()
def documents() -> None:
    """Trusted documents: what clients run by id, and all they may run if you want it so.

    Each process of the server knows of a change within ten seconds.
    """


@documents.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE...",
)
@takes_settings(OF_DATABASE)
@click.pass_obj
def add(program: Program, files: Sequence[Path], **given: Any) -> None:
    """Trust what is in each FILE, and print the ids.

    A file that ends in .json is a manifest: an object whose members are ids and documents, or one
    that Apollo's tools wrote. Any other is one document, exactly as a client will send it. All are
    checked against the schema first; where one doesn't fit, none is added.
    """
    settings, new = program.settings(given), read_all(files, program.document_check())

    async def work(database: Database) -> None:
        async with database.transaction() as connection:
            await trusted_document.add(connection, new, program.clock())

    with_database(settings, work, may_create=True)
    for document in new:
        click.echo(document.id)


@documents.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, with the documents.")
@takes_settings(OF_DATABASE)
@click.pass_obj
def list_all(program: Program, *, as_json: bool, **given: Any) -> None:
    """Show all trusted documents, in the order of their ids."""

    async def work(database: Database) -> list[TrustedDocument]:
        async with database.reading() as connection:
            return await trusted_document.everything(connection)

    everything = with_database(program.settings(given), work)
    if as_json:
        shown = [_document(one) for one in everything]
        click.echo(orjson.dumps(shown, option=orjson.OPT_UTC_Z))
        return
    Table("ID", "OPERATIONS", "CHARACTERS", "ADDED").print(
        [
            one.id,
            ", ".join(name or "(without a name)" for name in one.operations),
            str(len(one.text)),
            f"{one.added_at:%Y-%m-%d}",
        ]
        for one in everything
    )


@documents.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@takes_settings(OF_DATABASE)
@click.pass_obj
def remove(program: Program, ids: Sequence[str], **given: Any) -> None:
    """Trust the documents with these IDs no longer; where one isn't there, none is removed."""

    async def work(database: Database) -> None:
        async with database.transaction() as connection:
            _must_be_all(ids, await trusted_document.remove(connection, ids))

    with_database(program.settings(given), work)
    click.echo(f"{len(set(ids))} removed")


def _must_be_all(ids: Sequence[str], removed: Sequence[str]) -> None:
    if missing := sorted(set(ids) - set(removed)):
        raise NotFound(f"There is no such trusted document: {', '.join(missing)}")


def _document(one: TrustedDocument) -> dict[str, Any]:
    return {
        "id": one.id,
        "operations": one.operations,
        "document": one.text,
        "addedAt": one.added_at,
    }

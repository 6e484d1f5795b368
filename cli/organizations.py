"""The commands `tollhouse organizations create` and `list`."""

import re
import unicodedata
from datetime import datetime
from typing import Any

import click
import orjson
from pydantic import ValidationError

from cli.database import with_database
from cli.invocation import hint
from cli.key_input import faults_of
from cli.options import OF_DATABASE, takes_settings
from cli.program import Program
from cli.table import Table
from db import audit, organization
from db.actor import OPERATOR, Origin
from db.database import Database
from db.organization import Details, Organization

LONGEST_SLUG = 63


@click.group()
def organizations() -> None:
    """Organizations: who keys, invoices and products belong to."""


@organizations.command()
@click.argument("name", required=False)
@click.option("--name", "named", metavar="NAME", help="The same as the argument NAME.")
@click.option("--slug", help="A short name: a-z, 0-9 and hyphens.  [default: made of NAME]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@takes_settings(OF_DATABASE)
@click.pass_obj
def create(
    program: Program,
    name: str | None,
    named: str | None,
    slug: str | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Make an organization called NAME."""
    settings = program.settings(given)
    if (name is None) is (named is None):
        raise click.UsageError("Give the organization's name once: as NAME, or by --name.")
    details = _details(name or named or "", slug)

    async def work(database: Database) -> Organization:
        return await made(database, details, program.clock())

    one = with_database(settings, work, may_create=True)
    if as_json:
        click.echo(orjson.dumps(document(one), option=orjson.OPT_UTC_Z))
        return
    click.echo(f"{one.typeid}  {one.slug}")
    command = hint(f"keys create --organization {one.slug} --name ...")
    click.echo(f"A key for it: {command}", err=True)


@organizations.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@takes_settings(OF_DATABASE)
@click.pass_obj
def list_all(program: Program, *, as_json: bool, **given: Any) -> None:
    """Show all organizations, oldest first."""

    async def work(database: Database) -> list[Organization]:
        async with database.reading() as connection:
            return await organization.everyone(connection)

    everyone = with_database(program.settings(given), work)
    if as_json:
        click.echo(orjson.dumps([document(one) for one in everyone], option=orjson.OPT_UTC_Z))
        return
    Table("ID", "SLUG", "NAME", "CREATED").print(
        [one.typeid, one.slug, one.name, f"{one.created_at:%Y-%m-%d}"] for one in everyone
    )


def _details(name: str, slug: str | None) -> Details:
    try:
        return Details(name=name, slug=slug_of(name) if slug is None else slug)
    except ValidationError as error:
        raise click.UsageError(faults_of(error)) from None


def slug_of(name: str) -> str:
    """The name in the letters of a slug; empty where it has none of them."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:LONGEST_SLUG].strip("-")


async def made(database: Database, details: Details, now: datetime) -> Organization:
    async with database.transaction() as connection:
        one = await organization.create(connection, details, now)
        origin = Origin(OPERATOR, now)
        await audit.record(connection, one.id, origin, "organization.created", one.typeid)
    return one


def document(one: Organization) -> dict[str, Any]:
    return {"id": one.typeid, "slug": one.slug, "name": one.name, "createdAt": one.created_at}

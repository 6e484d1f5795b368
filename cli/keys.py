"""The commands `tollhouse keys create`, `rotate` and `revoke`, which act as the operator."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import click
import orjson
from pydantic import ValidationError

from access.issue import new_token
from cli.choice import choose
from cli.database import with_database
from cli.host_secrets import open_peppers
from cli.invocation import hint
from cli.key_input import all_told, faults_of, key_id, overlap, powers
from cli.key_list import list_keys
from cli.key_shown import document, scopes
from cli.options import OF_DATABASE, OF_SECRETS, takes_settings
from cli.program import Program
from cli.table import printable
from db import api_key_change
from db.actor import OPERATOR, Origin
from db.api_key import ApiKey, Details
from db.database import Database
from db.errors import NotFound
from db.operator import find_owner_of_key
from db.statement import Connection

F = TypeVar("F", bound=Callable[..., Any])


class Issued(NamedTuple):
    key: ApiKey
    token: str


@click.group()
def keys() -> None:
    """API keys: made, listed, given new tokens and ended, past all limits of other keys."""


keys.add_command(list_keys)
as_one_object = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@keys.command()
@click.option(
    "--organization", metavar="ID|SLUG", help="Whose key; not needed where it's the only one."
)
@click.option("--name", required=True, help="What the key is for.")
@click.option(
    "--scope",
    "wanted",
    multiple=True,
    metavar="SCOPE",
    help="What the key may do, such as invoices.read; repeatable. None: everything.",
)
@click.option(
    "--ip",
    "rules",
    multiple=True,
    metavar="CIDR",
    help="An address or network that may use the key; repeatable. None: any address.",
)
@click.option("--environment", metavar="LABEL", help="A label such as production.")
@click.option("--description", metavar="TEXT", help="Anything worth knowing about it.")
@click.option("--expires", metavar="SPAN|TIME", help="90d, 12h, 2w or 2027-01-31T12:00:00Z.")
@as_one_object
@takes_settings(OF_SECRETS)
@click.pass_obj
def create(
    program: Program,
    organization: str | None,
    wanted: Sequence[str],
    rules: Sequence[str],
    expires: str | None,
    *,
    as_json: bool,
    **rest: Any,
) -> None:
    """Make a key, and print its token: this once."""
    now = program.clock()
    stated = {name: rest.pop(name) for name in Details.model_fields}
    details, columns, settings = all_told(
        lambda: _details(stated),
        lambda: powers(wanted, rules, expires, now),
        lambda: program.settings(rest),
    )

    async def work(database: Database) -> Issued:
        async with database.reading() as connection:
            owner = await choose(connection, organization)
        token, kept = new_token(await open_peppers(settings, database))
        async with database.transaction() as connection:
            origin = Origin(OPERATOR, now)
            key = await api_key_change.create(connection, owner.id, origin, details, columns, kept)
        return Issued(key, token.text)

    _show(with_database(settings, work), as_json=as_json)


@keys.command()
@click.argument("id")
@click.option(
    "--overlap",
    "span",
    default="24h",
    show_default=True,
    help="How long the present token works on: 0 to 30d.",
)
@as_one_object
@takes_settings(OF_SECRETS)
@click.pass_obj
def rotate(program: Program, id: str, span: str, *, as_json: bool, **given: Any) -> None:
    """Give the key ID a new token, and print it: this once."""
    now = program.clock()
    key, overlapping, settings = all_told(
        lambda: key_id(id), lambda: overlap(span), lambda: program.settings(given)
    )
    ends = now + overlapping

    async def work(database: Database) -> Issued:
        peppers = await open_peppers(settings, database)
        async with database.transaction() as connection:
            held = await _get(connection, key)
            token, kept = new_token(peppers, held.token_id)
            origin = Origin(OPERATOR, now)
            changed = await api_key_change.rotate(connection, origin, held, kept, ends)
        return Issued(changed, token.text)

    _show(with_database(settings, work), as_json=as_json)


@keys.command()
@click.argument("id")
@as_one_object
@takes_settings(OF_DATABASE)
@click.pass_obj
def revoke(program: Program, id: str, *, as_json: bool, **given: Any) -> None:
    """End the key ID for good; its record stays."""
    now, key = program.clock(), key_id(id)

    async def work(database: Database) -> ApiKey:
        async with database.transaction() as connection:
            held = await _get(connection, key)
            return await api_key_change.revoke(connection, Origin(OPERATOR, now), held)

    revoked = with_database(program.settings(given), work)
    if as_json:
        click.echo(orjson.dumps(document(revoked), option=orjson.OPT_UTC_Z))
        return
    ended: datetime | None = revoked.revoked_at
    click.echo(
        f"{revoked.typeid} ({printable(revoked.name)}) is revoked since {ended:%Y-%m-%d %H:%MZ}."
    )


def _details(stated: dict[str, Any]) -> Details:
    try:
        return Details(**stated)
    except ValidationError as error:
        raise click.UsageError(faults_of(error)) from None


async def _get(connection: Connection, id: UUID) -> ApiKey:
    owner = await find_owner_of_key(connection, id)
    if owner is None:
        raise NotFound(f"There is no such API key. Run: {hint('keys list')}")
    return (await api_key_change.lock(connection, owner, [id]))[id]


def _show(issued: Issued, *, as_json: bool) -> None:
    """The token alone goes to standard output, so that a script can take it."""
    key = issued.key
    if as_json:
        shown = {**document(key), "token": issued.token}
        click.echo(orjson.dumps(shown, option=orjson.OPT_UTC_Z))
        return
    click.echo(f"{key.typeid} ({printable(key.name)}): {scopes(key)}.", err=True)
    click.echo("Its token, shown this once:", err=True)
    click.echo(issued.token)

"""The demo: made on an empty database or on demand, with tokens and lines to paste."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import click

from access.issue import new_token
from access.pepper import Peppers
from cli import demo_data
from cli.database import with_database
from cli.host_secrets import open_peppers
from cli.invocation import how_to_run
from cli.options import OF_SECRETS, takes_settings
from cli.program import Program
from cli.settings import Settings
from cli.url import url_to_call
from cli.whereabouts import known
from db import organization
from db.database import Database
from db.organization import Organization

ABOUT = "This is a demo organization with products, invoices and three keys."
WORKS = "{ products(first: 3) { nodes { name price { amount currency } } } }"
LACKS_SCOPE = (
    'mutation { createProduct(input: { name: \\"Mug\\", price: { amount: \\"9.50\\",'
    ' currency: \\"EUR\\" } }) { product { id } } }'
)


class Demo(NamedTuple):
    """The tokens of the demo's keys, by name, and whether the organization was made for them."""

    is_new: bool
    tokens: dict[str, str]


@click.command()
@takes_settings((*OF_SECRETS, "host", "port"))
@click.pass_obj
def demo(program: Program, **given: Any) -> None:
    """Make the demo organization, or new keys for it where it is there already."""
    settings = program.settings(given)

    async def work(database: Database) -> Demo:
        peppers = await open_peppers(settings, database)
        return await make(database, peppers, program.clock())

    made = with_database(settings, work, may_create=True)
    if not made.is_new:
        click.echo("The demo organization is here already; these are new keys for it.")
    is_told = given["host"] is not None or given["port"] is not None
    running = None if is_told or settings.database_url else known(settings.data)
    url = running or url_to_call(settings.host, settings.port)
    click.echo(sheet(made, url))
    if not is_told and running is None:
        click.echo(f"If your server isn't at {url}, say where by --host and --port.", err=True)


async def make(database: Database, peppers: Peppers, now: datetime) -> Demo:
    """The demo organization where it isn't there, and new keys for it: all of it, or nothing."""
    tokens: dict[str, str] = {}
    async with database.transaction() as connection:
        found = await organization.find_by_slug(connection, demo_data.SLUG)
        owner: Organization = found or await demo_data.create(connection, now)
        for place, name in enumerate(demo_data.KEYS):
            token, kept = new_token(peppers)
            then = now + timedelta(microseconds=place)
            await demo_data.add_key(connection, owner, then, name, kept)
            tokens[name] = token.text
    return Demo(found is None, tokens)


async def at_start(
    database: Database, peppers: Peppers, settings: Settings, now: datetime, url: str
) -> str:
    """What a start has to say about the demo, which it makes on an empty database."""
    if not settings.wants_demo:
        return ""
    async with database.reading() as connection:
        everyone = await organization.everyone(connection)
    if not everyone:
        return sheet(await make(database, peppers, now), url)
    if any(one.slug == demo_data.SLUG for one in everyone):
        command = how_to_run(settings, "keys create --organization demo --name Another")
        return f"The demo's tokens were shown once. For a new one:\n\n  {command}\n"
    return ""


def sheet(demo: Demo, url: str) -> str:
    full, reading, fenced = demo.tokens.values()
    parts = [
        f"{ABOUT} Their tokens are shown this once:",
        "\n".join(f"  {name + ':':24} {token}" for name, token in demo.tokens.items()),
        f"GraphQL is served at {url}/graphql. Paste these:",
        _curl("This works:", url, full, WORKS),
        _curl("403, for the scope products.create is missing:", url, reading, LACKS_SCOPE),
        _curl("403, for your address isn't the key's:", url, fenced, WORKS),
    ]
    return "\n\n".join(parts) + "\n"


def _curl(title: str, url: str, token: str, query: str) -> str:
    return (
        f"  {title}\n"
        f"  curl -i {url}/graphql -H 'Authorization: Bearer {token}'"
        f" -H 'Content-Type: application/json' -d '{{\"query\": \"{query}\"}}'"
    )

"""The command `tollhouse keys list`, which reads page by page however many keys there are."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any

import click
import orjson

from cli.choice import choose
from cli.database import with_database
from cli.key_shown import TITLES, document, row
from cli.options import OF_DATABASE, takes_settings
from cli.program import Program
from cli.table import Table
from db import api_key
from db.api_key import ApiKey
from db.database import Database
from db.organization import Organization
from db.page import Ask, Sorting
from db.page_asked import MOST

EVERYTHING = 1 << 62


@click.command("list")
@click.option(
    "--organization", metavar="ID|SLUG", help="Whose keys; not needed where it's the only one."
)
@click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, help="How many; 0 is all."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@takes_settings(OF_DATABASE)
@click.pass_obj
def list_keys(
    program: Program, organization: str | None, limit: int, *, as_json: bool, **given: Any
) -> None:
    """Show keys, newest first, revoked ones too."""
    now, most = program.clock(), limit or EVERYTHING

    async def work(database: Database) -> None:
        async with database.reading() as connection:
            owner = await choose(connection, organization)
        pages = _pages(database, owner, most, now)
        await (_print_array(pages) if as_json else _print_table(pages, owner))

    with_database(program.settings(given), work)


async def _pages(
    database: Database, owner: Organization, most: int, now: datetime
) -> AsyncGenerator[tuple[Sequence[ApiKey], bool]]:
    """Pages of at most that many keys in all; with each, whether there are more beyond it."""
    after, has_next = None, True
    while has_next and most:
        ask = Ask(first=min(most, MOST), after=after)
        async with database.reading() as connection:
            page = await api_key.page(connection, owner.id, ask, {}, Sorting(), now=now)
        after = page.cursor(page.nodes[-1]) if page.nodes else None
        has_next, most = bool(page.has_next), most - len(page.nodes)
        yield page.nodes, has_next


async def _print_table(
    pages: AsyncGenerator[tuple[Sequence[ApiKey], bool]], owner: Organization
) -> None:
    table, shown, more = Table(*TITLES), 0, False
    async for nodes, has_next in pages:
        table.print(map(row, nodes))
        shown, more = shown + len(nodes), has_next
    if more:
        click.echo(f"{owner.slug} has more than these {shown}; --limit 0 shows all.", err=True)


async def _print_array(pages: AsyncGenerator[tuple[Sequence[ApiKey], bool]]) -> None:
    lead = "["
    async for nodes, _ in pages:
        for node in nodes:
            click.echo(
                lead + orjson.dumps(document(node), option=orjson.OPT_UTC_Z).decode(), nl=False
            )
            lead = ",\n"
    click.echo("[]" if lead == "[" else "]")

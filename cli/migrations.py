"""The commands `tollhouse db migrate` and `status`."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import click

from cli.database import bring_up, database_url
from cli.options import OF_DATABASE, takes_settings
from cli.program import Program
from cli.settings import Settings
from db.database import connect
from db.migrate import Status, status
from db.reach import reach


@click.group("db")
def migrations() -> None:
    """The database's tables: what they are, and what this release needs."""


@migrations.command()
@takes_settings(OF_DATABASE)
@click.pass_obj
def migrate(program: Program, **given: Any) -> None:
    """Bring the tables to what this release needs."""
    settings = program.settings(given)

    before = _run(settings, partial(bring_up, settings), may_create=True)
    if before.is_fresh:
        click.echo(f"The tables are of version {before.head} already.")
    else:
        click.echo(f"The tables are of version {before.head} now; before: {_named(before)}.")


@migrations.command("status")
@takes_settings(OF_DATABASE)
@click.pass_obj
def show_status(program: Program, **given: Any) -> None:
    """Show both versions; the exit status is 1 where they differ."""
    settings = program.settings(given)

    async def work(url: str) -> Status:
        await reach(url)
        connection = await connect(url)
        try:
            return await status(connection)
        finally:
            await connection.close()

    found = _run(settings, work, may_create=False)
    click.echo(f"The tables are of version {_named(found)}; this release needs {found.head}.")
    if not found.is_fresh:
        raise click.exceptions.Exit(1)


def _run(
    settings: Settings,
    work: Callable[[str], Coroutine[Any, Any, Status]],
    *,
    may_create: bool,
) -> Status:
    with database_url(settings, may_create=may_create) as url:
        return asyncio.run(work(url))


def _named(status: Status) -> str:
    return status.current or "none"

"""What server.py hands to the commands, which know nothing of HTTP and GraphQL."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from socket import socket

import click

from access.cache import KeyCache
from access.pepper import Peppers
from access.usage import Usage
from cli.misspelling import misspelled
from cli.settings import Faulty, Settings, read
from db.database import Database


@dataclass(frozen=True)
class Running:
    """What the application is made of, once the command has opened the database."""

    settings: Settings
    database: Database
    peppers: Peppers
    cache: KeyCache
    usage: Usage
    ready: Callable[[], Awaitable[list[str]]]
    sockets: Sequence[socket]


@dataclass(frozen=True)
class Program:
    environment: Mapping[str, str]
    version: str
    clock: Callable[[], datetime]
    # The SDL.
    schema: Callable[[], str]
    # Answers requests inside the block; leaving it waits for those that are under way.
    listening: Callable[[Running], AbstractAsyncContextManager[None]]

    def settings(self, given: Mapping[str, str | None]) -> Settings:
        """Settings from a command's flags and the environment."""
        for sentence in misspelled(self.environment):
            click.echo(f"Warning: {sentence}", err=True)
        try:
            return read(given, self.environment)
        except Faulty as faults:
            raise click.UsageError(str(faults)) from None

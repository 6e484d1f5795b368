"""What server.py hands to the commands, which know nothing of HTTP and GraphQL."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from socket import socket
from typing import Any

import click

from access.budget import Budgets
from access.cache import KeyCache
from access.encryption import EncryptionKeys
from access.pepper import Peppers
from access.shared_throttle import SharedThrottle
from access.usage import Usage
from cli.misspelling import misspelled
from cli.settings import Faulty, Settings, read
from db.database import Database
from db.hub import Hub


@dataclass(frozen=True)
class Running:
    """What the application is made of, once the command has opened the database."""

    settings: Settings
    database: Database
    peppers: Peppers
    encryption: EncryptionKeys
    hub: Hub
    cache: KeyCache
    usage: Usage
    budgets: Budgets
    throttle: SharedThrottle
    ready: Callable[[], Awaitable[list[str]]]
    sockets: Sequence[socket]


@dataclass(frozen=True)
class Delivering:
    """What sending is made of, in the server or apart from it."""

    settings: Settings
    database: Database
    hub: Hub
    encryption: EncryptionKeys


@dataclass(frozen=True)
class Program:
    environment: Mapping[str, str]
    version: str
    clock: Callable[[], datetime]
    # The SDL.
    schema: Callable[[], str]
    # Answers requests inside the block; leaving it waits for those that are under way.
    listening: Callable[[Running], AbstractAsyncContextManager[None]]
    # Sends webhooks and mail until cancelled.
    delivering: Callable[[Delivering], Coroutine[Any, Any, None]]
    # Loads what serving takes, before the processes that share it are made.
    load: Callable[[], object]
    # Makes what gives the names of a document's operations; ValueError says what is wrong with it.
    document_check: Callable[[], Callable[[str], list[str]]]

    def settings(self, given: Mapping[str, str | None]) -> Settings:
        """Settings from a command's flags and the environment."""
        for sentence in misspelled(self.environment):
            click.echo(f"Warning: {sentence}", err=True)
        try:
            return read(given, self.environment)
        except Faulty as faults:
            raise click.UsageError(str(faults)) from None

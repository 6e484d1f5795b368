"""Flags that are made from the table of settings."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from cli.setting import Setting
from cli.setting_table import SETTINGS
from cli.settings import BY_FIELD

F = TypeVar("F", bound=Callable[..., Any])
OF_DATABASE = (
    "database_url",
    "database_direct_url",
    "database_connections",
    "database_wait",
    "data",
    "postgres_bin",
)
OF_SECRETS = (*OF_DATABASE, "peppers")


def takes_settings(fields: Sequence[str] = tuple(BY_FIELD)) -> Callable[[F], F]:
    """Give a command the flags of these settings; each arrives as text, or None."""

    def decorated(command: F) -> F:
        for setting in reversed(SETTINGS):
            if setting.field in fields:
                click.option(setting.flag, metavar="VALUE", help=_help(setting))(command)
        return command

    return decorated


def _help(setting: Setting) -> str:
    return f"{setting.help}  [{setting.name}; default: {setting.default or setting.otherwise}]"

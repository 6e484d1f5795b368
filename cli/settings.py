"""The settings: one table, from which flags, their help, documentation and checks are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from access.networks import Rules
from access.pepper import Peppers
from cli.values import (
    database_url,
    host,
    is_loopback,
    log_form,
    networks,
    number,
    on_or_off,
    switch,
)

HIGHEST_PORT = 65_535
MOST_CONNECTIONS = 1_000
LONGEST_WAIT_SECONDS = 3_600
OURS = "TOLLHOUSE_"


class Faulty(Exception):
    """Settings that can't be used: one line for each fault, and no secret in any."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable, and the flag of the same name."""

    name: str
    default: str
    help: str
    parse: Callable[[str], Any]
    # What holds where there is neither a value nor a default.
    otherwise: str = ""
    is_secret: bool = False

    @property
    def field(self) -> str:
        return self.name.removeprefix(OURS).lower()

    @property
    def flag(self) -> str:
        return "--" + self.field.replace("_", "-")

    def fault(self, text: str, error: ValueError) -> str:
        shown = "" if self.is_secret else f" is {text!r}"
        return f"{self.name} (or {self.flag}){shown}: {error}"


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str | None = field(repr=False)
    database_direct_url: str | None = field(repr=False)
    database_connections: int
    database_wait: float
    host: str
    port: int
    data: Path
    postgres_bin: Path | None
    trusted_proxies: Rules
    peppers: Peppers | None
    demo: bool | None
    log: str | None
    compiled: bool

    @property
    def wants_demo(self) -> bool:
        if self.demo is not None:
            return self.demo
        return self.database_url is None and is_loopback(self.host)


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "",
        "The PostgreSQL (15 or newer) that keeps everything,"
        " as postgresql://user:password@host:5432/database.",
        database_url,
        otherwise="one of its own, in the data folder",
        is_secret=True,
    ),
    Setting(
        "DATABASE_DIRECT_URL",
        "",
        "The server itself, where DATABASE_URL is a transaction pooler: for migrations.",
        database_url,
        otherwise="DATABASE_URL",
        is_secret=True,
    ),
    Setting(
        "TOLLHOUSE_DATABASE_CONNECTIONS",
        "10",
        "How many connections to the database are used at most.",
        number(1, MOST_CONNECTIONS),
    ),
    Setting(
        "TOLLHOUSE_DATABASE_WAIT",
        "30",
        "How many seconds a start waits for the database of DATABASE_URL.",
        number(0, LONGEST_WAIT_SECONDS),
    ),
    Setting("TOLLHOUSE_HOST", "127.0.0.1", "The name or address to listen on.", host),
    Setting(
        "TOLLHOUSE_PORT",
        "8402",
        "The port to listen on; 0 takes any that is free.",
        number(0, HIGHEST_PORT),
    ),
    Setting(
        "TOLLHOUSE_DATA",
        "./data",
        "The data folder: Tollhouse's own database, and the peppers.",
        Path,
    ),
    Setting(
        "TOLLHOUSE_POSTGRES_BIN",
        "",
        "A folder with another PostgreSQL's programs, for the database of its own.",
        Path,
        otherwise="those that were installed with Tollhouse",
    ),
    Setting(
        "TOLLHOUSE_TRUSTED_PROXIES",
        "",
        "Addresses and networks, with commas between them, whose X-Forwarded-For is believed.",
        networks,
        otherwise="none",
    ),
    Setting(
        "TOLLHOUSE_PEPPERS",
        "",
        "The secrets under which tokens are hashed, as version:base64, newest first,"
        " with commas between them.",
        Peppers.parse,
        otherwise="generated into the data folder, mode 0600",
        is_secret=True,
    ),
    Setting(
        "TOLLHOUSE_DEMO",
        "",
        "1: an empty database gets demo data, and the start prints tokens for it; 0: it doesn't.",
        switch,
        otherwise="1 with a database of its own and a loopback host, else 0",
    ),
    Setting(
        "TOLLHOUSE_LOG",
        "",
        "How the log is written, to standard error: text or json.",
        log_form,
        otherwise="text on a terminal, else json",
    ),
    Setting("TOLLHOUSE_COMPILED", "on", "off: graphql-core runs every operation.", on_or_off),
)
BY_FIELD = {setting.field: setting for setting in SETTINGS}


def documented() -> str:
    """The rows of the table of settings in README.md."""
    defaults = (f"`{one.default}`" if one.default else one.otherwise for one in SETTINGS)
    rows = zip(SETTINGS, defaults, strict=True)
    return "".join(f"| `{one.name}` | {default} | {one.help} |\n" for one, default in rows)


def read(given: Mapping[str, str | None], environment: Mapping[str, str]) -> Settings:
    """Settings from flags, which win, and the environment; raises Faulty.

    Only what `given` has a key for is read: the others don't matter to the command that asks.
    """
    values: dict[str, Any] = {"trusted_proxies": Rules(frozenset())}
    faults: list[str] = []
    for setting in SETTINGS:
        text = _text(setting, given, environment)
        try:
            values.setdefault(setting.field, None)
            if text:
                values[setting.field] = setting.parse(text)
        except ValueError as error:
            faults.append(setting.fault(text, error))
    if values["database_direct_url"] and not values["database_url"]:
        faults.append("DATABASE_DIRECT_URL is set without DATABASE_URL: set both, or neither.")
    if faults:
        raise Faulty("\n".join(faults))
    return Settings(**values)


def _text(setting: Setting, given: Mapping[str, str | None], environment: Mapping[str, str]) -> str:
    if setting.field not in given:
        return setting.default
    flag = given[setting.field]
    return (environment.get(setting.name, "") if flag is None else flag) or setting.default

"""The settings: as they are read from flags and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from access.audience import Audience
from access.encryption import EncryptionKeys
from access.networks import Rules
from access.pepper import Peppers
from access.smtp_server import SmtpServer
from cli.setting import Setting
from cli.setting_table import SETTINGS
from cli.values import TRUSTED, is_loopback

MAIL_IS_OFF = (
    "Mail is off: set TOLLHOUSE_SMTP_URL and TOLLHOUSE_MAIL_FROM. What waits to be sent is kept"
    " for a day."
)
# The settings of which the first means nothing without the second, by their fields.
PAIRS = (
    ("database_direct_url", "database_url"),
    ("smtp_url", "mail_from"),
    ("mail_from", "smtp_url"),
)


class Faulty(Exception):
    """Settings that can't be used: one line for each fault, and no secret in any."""


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str | None = field(repr=False)
    database_direct_url: str | None = field(repr=False)
    database_connections: int
    database_wait: float
    host: str
    port: int
    workers: int
    data: Path
    postgres_bin: Path | None
    trusted_proxies: Rules
    cors_origins: frozenset[str]
    webhook_networks: Rules
    rate_limit: int
    rate_burst: int
    introspection: Audience
    documents: str
    delivery_days: int
    deliveries: int
    smtp_url: SmtpServer | None
    mail_from: str | None
    peppers: Peppers | None
    encryption_keys: EncryptionKeys | None
    demo: bool | None
    log: str | None
    compiled: bool

    @property
    def only_trusted(self) -> bool:
        """Whether trusted documents alone are run."""
        return self.documents == TRUSTED

    @property
    def wants_demo(self) -> bool:
        if self.demo is not None:
            return self.demo
        return self.database_url is None and is_loopback(self.host)


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
    values: dict[str, Any] = {
        "trusted_proxies": Rules(frozenset()),
        "cors_origins": frozenset[str](),
        "webhook_networks": Rules(frozenset()),
    }
    faults: list[str] = []
    texts = {one.field: _text(one, given, environment) for one in SETTINGS}
    for setting in SETTINGS:
        text = texts[setting.field]
        try:
            values.setdefault(setting.field, None)
            if text:
                values[setting.field] = setting.parse(text)
        except ValueError as error:
            faults.append(setting.fault(text, error))
    faults += _lone(texts)
    if faults:
        raise Faulty("\n".join(faults))
    return Settings(**values)


def mail_line(settings: Settings) -> str | None:
    """What the operator is told at the start where no mail can be sent."""
    return None if settings.smtp_url else MAIL_IS_OFF


def _lone(texts: Mapping[str, str]) -> list[str]:
    names = {field: BY_FIELD[field].name for field in texts}
    return [
        f"{names[one]} is set without {names[other]}: set both, or neither."
        for one, other in PAIRS
        if texts[one] and not texts[other]
    ]


def _text(setting: Setting, given: Mapping[str, str | None], environment: Mapping[str, str]) -> str:
    if setting.field not in given:
        return setting.default
    flag = given[setting.field]
    return (environment.get(setting.name, "") if flag is None else flag) or setting.default

"""What the commands about keys are told, read into what the database keeps."""

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import click
from pydantic import ValidationError

from access.networks import canonical, parse_rule
from db import ids
from db.api_key import MOST_RULES, ApiKey
from db.api_key_change import rules_from
from db.errors import InvalidInput
from db.limits import END_YEAR
from db.scope import Scope
from db.wording import worded

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)
# RFC 3339, section 5.6.
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LONGEST_OVERLAP = timedelta(days=30)


def faults_of(error: ValidationError) -> str:
    """What is wrong with the options that a model was made from, one line for each."""
    faults = error.errors(include_url=False, include_context=False)
    return "\n".join(
        f"--{fault['loc'][0]}: {worded(fault['type'], fault['msg'])}." for fault in faults
    )


def all_told(*reads: Callable[[], Any]) -> list[Any]:
    """What each of them reads; a UsageError has a line for each fault of any."""
    values: list[Any] = []
    faults: list[str] = []
    for read in reads:
        try:
            values.append(read())
        except click.UsageError as fault:
            faults.append(fault.message)
    if faults:
        raise click.UsageError("\n".join(faults))
    return values


def powers(
    scopes: Sequence[str], rules: Sequence[str], expires: str | None, now: datetime
) -> dict[str, Any]:
    """The columns that say what a key can do; no scopes are full access."""
    granted, networks, expires_at = all_told(
        lambda: all_told(*(partial(scope, text) for text in scopes)),
        lambda: all_told(*(partial(rule, text) for text in _counted(rules))),
        lambda: None if expires is None else expiry(expires, now),
    )
    return {
        "full_access": not granted,
        "granted": [one.value for one in Scope if one in granted],
        "rules": rules_from([(network, None) for network in networks], now),
        "expires_at": expires_at,
    }


def scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        near = difflib.get_close_matches(text.lower(), list(Scope), 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(Scope)}."
        raise click.UsageError(f"--scope: there is no {text!r}; {hint}") from None


def rule(text: str) -> str:
    """The network in its one spelling."""
    try:
        return canonical(parse_rule(text))
    except ValueError as error:
        raise click.UsageError(f"--ip: {text[:100]!r} can't be taken. {error}") from None


def _counted(rules: Sequence[str]) -> Sequence[str]:
    if len(rules) > MOST_RULES:
        raise click.UsageError(f"--ip: at most {MOST_RULES} are kept, these are {len(rules)}.")
    return rules


def expiry(text: str, now: datetime) -> datetime:
    """A time in the future, from now or as it is written."""
    span = _span(text)
    try:
        if span is not None:
            time = now + span
        elif TIME.fullmatch(text):
            time = datetime.fromisoformat(text.upper()).astimezone(UTC)
        else:
            time = None
    except (ValueError, OverflowError):
        time = None
    if time is None or time.year >= END_YEAR:
        raise click.UsageError(
            f"--expires: {text!r} is no time. Give 90d (or s, m, h, w), or 2027-01-31T12:00:00Z."
        )
    if time <= now:
        raise click.UsageError("--expires: must be in the future; to end a key, revoke it.")
    return time


def overlap(text: str) -> timedelta:
    span = timedelta(0) if text == "0" else _span(text)
    if span is None or span > LONGEST_OVERLAP:
        raise click.UsageError(f"--overlap: {text!r} is no span from 0 to 30d, such as 24h.")
    return span


def _span(text: str) -> timedelta | None:
    match = DURATION.fullmatch(text)
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None


def key_id(text: str) -> UUID:
    if text.startswith("th_"):
        # Not shown again: it stands in too many places already.
        raise click.UsageError("That is a token. Give its key's id (key_...): keys list shows it.")
    try:
        return ids.parsed(ApiKey.PREFIX, text)
    except InvalidInput:
        raise click.UsageError(f"{text!r} is no key's id: those begin with key_.") from None

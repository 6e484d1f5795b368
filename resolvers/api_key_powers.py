"""What a key shall be able to do: from an input to the columns of a key, and to its reach."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from access.caller import KnownKey
from access.grant import Reach
from access.networks import canonical
from db.api_key import ApiKey, Details
from db.api_key_change import rules_from
from db.errors import Fault, InvalidInput
from db.scope import ALL_SCOPES, Scope
from schema.api_key import CreateApiKeyInput, IpRuleInput, UpdateApiKeyInput
from schema.inputs import given


def details_of(input: CreateApiKeyInput) -> Details:
    return Details(name=input.name, description=input.description, environment=input.environment)


def new_powers(input: CreateApiKeyInput, own: KnownKey, now: datetime) -> dict[str, Any]:
    """The powers that are asked for; rules and an expiry that are left out are the caller's."""
    _must_be_none(_past(input.expires_at, now))
    if input.ip_rules is None:
        rules = [(network, None) for network in sorted(map(canonical, own.rules.networks))]
    else:
        rules = _pairs(input.ip_rules)
    return {
        "full_access": not input.scopes,
        "granted": _in_order(input.scopes or ()),
        "rules": rules_from(rules, now),
        "expires_at": own.expires_at if input.expires_at is None else input.expires_at,
    }


def changed_powers(input: UpdateApiKeyInput, before: ApiKey, now: datetime) -> dict[str, Any]:
    """The columns that change; InvalidInput for what contradicts itself, or is over already."""
    stated = given(input)
    faults = _past(stated.get("expires_at"), now)
    if "scopes" in stated and "full_access" in stated:
        paths = ("input.scopes", "input.fullAccess")
        faults = [*(Fault(path, "give scopes or fullAccess") for path in paths), *faults]
    _must_be_none(faults)
    if "scopes" in stated:
        stated |= {"full_access": False, "granted": _in_order(stated.pop("scopes"))}
    elif "full_access" in stated:
        stated["granted"] = []
    if "ip_rules" in stated:
        stated["rules"] = rules_from(_pairs(stated.pop("ip_rules")), now, before.rules)
    return stated


def reach_of(powers: Mapping[str, Any]) -> Reach:
    """What a key with these columns can do."""
    scopes = ALL_SCOPES if powers["full_access"] else frozenset(map(Scope, powers["granted"]))
    networks = frozenset(ip_network(rule["cidr"]) for rule in powers["rules"])
    return Reach(scopes, networks, powers["expires_at"])


def _pairs(rules: list[IpRuleInput]) -> list[tuple[str, str | None]]:
    return [(rule.cidr, rule.note) for rule in rules]


def _in_order(scopes: Any) -> list[str]:
    return [scope.value for scope in Scope if scope in scopes]


def _past(expires_at: datetime | None, now: datetime) -> list[Fault]:
    if expires_at is None or expires_at > now:
        return []
    return [Fault("input.expiresAt", "must be in the future; to end a key now, delete it")]


def _must_be_none(faults: list[Fault]) -> None:
    if faults:
        raise InvalidInput(faults)

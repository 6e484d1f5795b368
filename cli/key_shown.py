"""How commands show keys: as rows for people, as documents for programs."""

from typing import Any

from db.api_key import ApiKey

TITLES = ("ID", "NAME", "STATUS", "SCOPES", "ADDRESSES", "EXPIRES", "LAST USED")
NAMED = 2


def document(key: Any) -> dict[str, Any]:
    """A key under the names that it has in the API, its scopes dotted."""
    return {
        "id": key.typeid,
        "name": key.name,
        "description": key.description,
        "environment": key.environment,
        "tokenHint": key.token_hint,
        "status": key.status,
        "fullAccess": key.full_access,
        "scopes": key.scopes,
        "ipRules": [rule["cidr"] for rule in key.rules],
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
        "lastUsedAt": key.last_used_at,
        "lastUsedIp": key.last_used_ip,
        "previousTokenExpiresAt": key.overlap_ends_at,
    }


def row(key: Any) -> tuple[str, ...]:
    return (
        key.typeid,
        key.name,
        key.status,
        scopes(key),
        _some([rule["cidr"] for rule in key.rules]) or "any",
        f"{key.expires_at:%Y-%m-%d %H:%MZ}" if key.expires_at else "never",
        f"{key.last_used_at:%Y-%m-%d %H:%MZ}" if key.last_used_at else "never",
    )


def scopes(key: ApiKey) -> str:
    return "full access" if key.full_access else _some(key.granted)


def _some(names: list[str]) -> str:
    more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more

"""What members of an organization may do."""

from enum import StrEnum

from db.scope import ALL_SCOPES, Scope


class Role(StrEnum):
    """From the highest to the lowest."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    DEVELOPER = "DEVELOPER"


_RANKS = {role: rank for rank, role in enumerate(Role)}

_NOT_FOR_DEVELOPERS = frozenset(
    {Scope.API_KEYS_CREATE, Scope.API_KEYS_UPDATE, Scope.API_KEYS_DELETE}
)


def scopes_of(role: Role) -> frozenset[Scope]:
    return ALL_SCOPES - _NOT_FOR_DEVELOPERS if role is Role.DEVELOPER else ALL_SCOPES


def available_to_developers(scope: Scope) -> bool:
    return scope not in _NOT_FOR_DEVELOPERS


def at_least(role: Role, needed: Role) -> bool:
    return _RANKS[role] <= _RANKS[needed]

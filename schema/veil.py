"""What a caller may see of an object that was led to: all of it, or only that it is there."""

from typing import Any

from access.caller import Caller
from access.errors import MissingScope
from schema.read import BY_NOUN
from schema.scope import Scope


class Veiled:
    """An object with nothing but its type and its id."""

    def __init__(self, row: Any, scope: Scope) -> None:
        self.NOUN: str = row.NOUN
        self.typeid: str = row.typeid
        self._scope = scope

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            # Python and GraphQL libraries look for what an object may be.
            raise AttributeError(name)
        raise MissingScope.at(f"{self.NOUN}.{name}", self._scope)


def seen_by(caller: Caller, row: Any) -> Any:
    """The object, veiled where the caller's key lacks the read scope of its type."""
    scope = None if row is None else BY_NOUN[row.NOUN]
    return row if scope is None or scope in caller.key.scopes else Veiled(row, scope)

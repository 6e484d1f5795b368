"""Scopes and roles as clients see them."""

from typing import Any, cast

import strawberry

from db.scope import Scope

__all__ = ["Scope", "ScopeInfo"]

strawberry.enum(
    Scope,
    description="The 20 permissions. The dotted name in each description is used in documents, "
    "logs, errors and the command line.",
)
NOT_FOR_DEVELOPERS = {Scope.API_KEYS_CREATE, Scope.API_KEYS_UPDATE, Scope.API_KEYS_DELETE}

for member in cast("Any", Scope).__strawberry_definition__.values:
    scope = Scope(member.value)
    member.description = (
        f"{scope} - not available to developers" if scope in NOT_FOR_DEVELOPERS else str(scope)
    )


@strawberry.type(description="One of the 20 permissions.")
class ScopeInfo:
    scope: Scope
    name: str = strawberry.field(description="The dotted name, e.g. invoices.read.")
    description: str
    available_to_developers: bool

"""Who is calling, and what anybody who is known may ask."""

from dataclasses import dataclass
from typing import Any, ClassVar

import strawberry

import db.api_key
import db.organization
import schema.organization as shapes
from access.role import available_to_developers
from db.scope import DESCRIPTIONS, Scope
from resolvers.nodes import find_node
from schema.context import Context, Info
from schema.guards import public
from schema.later import Later
from schema.node import Node
from schema.scope import ScopeInfo
from schema.viewer import Viewer


@dataclass(slots=True, eq=False)
class Seen:
    """The caller; what isn't asked for isn't read."""

    # What may be read again (execution/compiled/plain.py); what is asked for later begins anew.
    STEADY: ClassVar = frozenset({"caller", "ip", "organization", "scopes"})

    context: Context

    @property
    def caller(self) -> Later[Any]:
        return Later(self._key)

    @property
    def organization(self) -> Any:
        # What is known already is given as it is: nothing has to be awaited for it.
        context = self.context
        known = context.house.cache.organization(context.caller.key.organization_id)
        return known or Later(lambda: organization_of(context))

    @property
    def scopes(self) -> list[Scope]:
        return [scope for scope in Scope if scope in self.context.caller.key.scopes]

    @property
    def ip(self) -> str:
        return str(self.context.caller.address)

    async def _key(self) -> Any:
        context, key = self.context, self.context.caller.key
        async with context.reading() as connection:
            return await db.api_key.find(connection, key.organization_id, key.id, context.now)


async def organization_of(context: Context) -> Any:
    """The caller's organization, as it was read lately or else as it is.

    Whoever has changed it in the same operation reads it from the database instead.
    """
    cache = context.house.cache
    if known := cache.organization(context.organization_id):
        return known
    asked = cache.asking()
    async with context.reading() as connection:
        row = await db.organization.find(connection, context.organization_id)
    if row is not None:
        cache.put_organization(row, asked)
    return row


@strawberry.type
class ViewerQueries:
    @public(Viewer)
    async def viewer(self, info: Info) -> Seen:
        return Seen(info.context)

    @public(shapes.Organization)
    async def organization(self, info: Info) -> db.organization.Organization:
        return await organization_of(info.context)

    @public(list[ScopeInfo], "All scopes, in the order in which the API lists them.")
    async def scopes(self) -> list[ScopeInfo]:
        return [
            ScopeInfo(
                scope=scope,
                name=scope.value,
                description=DESCRIPTIONS[scope],
                available_to_developers=available_to_developers(scope),
            )
            for scope in Scope
        ]

    @public(
        Node | None,
        "Any object by id, guarded by the read scope of its type; null where it isn't the "
        "caller's.",
        by_id="id",
    )
    async def node(self, info: Info, id: strawberry.ID) -> Any:
        return await find_node(info.context, id)

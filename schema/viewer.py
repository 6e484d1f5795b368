"""Who is calling, as they see themselves."""

from typing import Annotated

import strawberry

from schema.api_key import ApiKey
from schema.organization import Organization
from schema.scope import Scope

Caller = Annotated[
    ApiKey,
    strawberry.union(
        "Caller", description="The caller: a key, or a member signed in to the dashboard."
    ),
]


@strawberry.type(description="The caller.")
class Viewer:
    caller: Caller
    organization: Organization
    scopes: list[Scope] = strawberry.field(
        description="What the caller may do now, full access spelled out."
    )
    ip: str = strawberry.field(description="The address the server sees, after trusted proxies.")

"""Who did something, as clients see it."""

import strawberry

from db.actor import ActorKind

strawberry.enum(ActorKind)


@strawberry.type(
    description="A key or member as it was called when it acted; stays readable after it is gone."
)
class Actor:
    kind: ActorKind
    id: strawberry.ID
    name: str

"""Rows that keep who made them."""

from db.actor import Actor, ActorKind
from db.base import OwnedRow, text


class CreatedRow(OwnedRow):
    """A row that keeps who made it."""

    created_by_kind: ActorKind = text()
    created_by_id: str
    created_by_name: str

    @property
    def created_by(self) -> Actor:
        return Actor(self.created_by_kind, self.created_by_id, self.created_by_name)


def created_by(actor: Actor) -> dict[str, str]:
    """The actor as a CreatedRow's columns."""
    kind, id, name = actor
    return {"created_by_kind": kind, "created_by_id": id, "created_by_name": name}

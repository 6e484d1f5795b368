"""A field of an object that leads on to others, in the form that many objects share."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from strawberry.permission import BasePermission

from access.caller import Caller
from db.widths import Reads
from schema.batch import AnyBatch, Sparing
from schema.context import Context, Info
from schema.direct import reads_of
from schema.scope import Scope
from schema.veil import seen_by

Veil = Callable[[Any], Scope | None]


class Nested(NamedTuple):
    """One check and one call, however many objects there are."""

    guard: BasePermission
    id_of: Callable[[Any], Any]
    batch: AnyBatch
    veiled: Veil | None
    follows_types: bool
    # The attribute of the object that is the id, where that is all there is to it.
    attribute: str | None = None

    @property
    def spares(self) -> bool:
        """Whether an attribute of the objects is all that it takes to load, for whoever may ask."""
        is_open = self.veiled is None and not self.follows_types
        return is_open and self.attribute is not None and isinstance(self.batch, Sparing)

    def id_for(self, source: Any, context: Context) -> Any:
        """The id to load, None where there is none or the caller may not see it."""
        needed = self.veiled(source) if self.veiled else None
        if needed is not None and needed not in context.caller.key.scopes:
            return None
        return self.id_of(source)

    def load(self, ids: Sequence[Any], info: Info, *, alone: bool = False) -> Awaitable[list[Any]]:
        """What there is for each id, or an exception in its place; raises what the guard does.

        `alone` where no other field of the operation loads by the same batch.
        """
        self._must_admit(info)
        return self.found(ids, info.context, reads_of(info), alone=alone)

    def load_rows(self, ids: Sequence[Any], info: Info) -> Awaitable[list[Any]]:
        """The rows of some ids, of a field that `spares`; raises what the guard does."""
        assert isinstance(self.batch, Sparing), "others don't give rows with their places"
        self._must_admit(info)
        return info.context.load_rows(self.batch, ids, reads_of(info))

    def found(
        self, ids: Sequence[Any], context: Context, reads: Reads = None, *, alone: bool = False
    ) -> Awaitable[list[Any]]:
        rows = context.load_all(self.batch, ids, reads, alone=alone)
        return _seen(rows, context.caller) if self.follows_types else rows

    def _must_admit(self, info: Info) -> None:
        # Nothing but True lets anybody in: a coroutine, too, would count as true.
        if self.guard.has_permission(None, info) is not True:
            self.guard.on_unauthorized()


async def _seen(rows: Awaitable[list[Any]], caller: Caller) -> list[Any]:
    return [row if isinstance(row, Exception) else seen_by(caller, row) for row in await rows]

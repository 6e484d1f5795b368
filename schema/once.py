"""Does a change once for each Idempotency-Key, and answers the same when it is asked again.

The record is written in the transaction of the change itself, so there are both or neither:
what was cut off before its commit is done when it is sent again, and what was done is not.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import Any, Final

from strawberry.extensions import FieldExtension

from db import idempotency
from db.errors import Conflict, IdempotencyMismatch
from db.idempotency import Found, Slot
from db.preserved import preserved, restored
from db.statement import Connection
from schema.attempt import Attempt
from schema.context import Context, Info

RUNNING: Final = (
    "A request with this Idempotency-Key is still running; send it again, with the same key, once"
    " it has ended."
)
OTHER: Final = (
    "This Idempotency-Key was used for another request within the last 24 hours; give each request"
    " a key of its own."
)


class Overtaken(Exception):
    """Another request with the same key was first; all that this one did is undone."""


class Once(FieldExtension):
    """A change `in_steps` has a transaction for each step, and harms nothing when done twice."""

    def __init__(self, *, in_steps: bool = False) -> None:
        self._in_steps = in_steps

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        context = info.context
        try:
            if context.attempt is None:
                return await next_(source, info, **kwargs)
            run = partial(next_, source, info, **kwargs)
            place = Place(context, context.attempt, str(info.path.key))
            return await (place.in_steps(run) if self._in_steps else place.at_once(run))
        finally:
            # One in steps may have changed something though it failed.
            context.forget_loaded()


class Place:
    """The record of one field of one request."""

    def __init__(self, context: Context, attempt: Attempt, path: str) -> None:
        self._context, self._attempt = context, attempt
        self._owner = context.organization_id
        self._slot = Slot(context.caller.key.id, attempt.key, sha256(path.encode()).digest())

    async def at_once(self, run: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await self._tried(run)
        except Overtaken:
            # Its record is there now, but where its day has just ended.
            return await self._tried(run)
        finally:
            for id in self._attempt.forgotten:
                self._context.house.cache.forget(id)

    async def in_steps(self, run: Callable[[], Awaitable[Any]]) -> Any:
        async with self._context.reading() as connection:
            found = await self._looked(connection)
        if found is not None:
            return self._opened(found)
        value = await run()
        try:
            async with self._context.transaction() as connection:
                await self._keep(connection, value)
        except Overtaken:
            return await self.in_steps(run)
        return value

    async def _tried(self, run: Callable[[], Awaitable[Any]]) -> Any:
        async with self._context.transaction() as connection:
            found = await self._looked(connection)
            if found is not None:
                return self._opened(found)
            self._attempt.connection = connection
            try:
                value = await run()
            finally:
                self._attempt.connection = None
            await self._keep(connection, value)
            return value

    async def _looked(self, connection: Connection) -> bytes | None:
        """The sealed answer, None where there is none yet; Conflict, or IdempotencyMismatch."""
        now = self._context.now
        records = await idempotency.look(connection, self._owner, self._slot, now)
        answer = next((each.answer for each in records if each.answer is not None), None)
        if any(self._is_another(each) for each in records):
            raise IdempotencyMismatch(OTHER)
        if answer is None and not records[0].is_free:
            raise Conflict(RUNNING)
        return answer

    def _is_another(self, found: Found) -> bool:
        return found.fingerprint is not None and found.fingerprint != self._attempt.fingerprint

    async def _keep(self, connection: Connection, value: Any) -> None:
        context, fingerprint = self._context, self._attempt.fingerprint
        sealed = context.house.encryption.encrypt(preserved(value), self._bound)
        is_kept = await idempotency.keep(
            connection, self._owner, self._slot, fingerprint, sealed, context.now
        )
        if not is_kept:
            raise Overtaken

    def _opened(self, sealed: bytes) -> Any:
        return restored(self._context.house.encryption.decrypt(sealed, self._bound))

    @property
    def _bound(self) -> bytes:
        """What the sealed answer belongs to, so that no other record can show it."""
        slot, owner = self._slot, self._owner.bytes + self._slot.api_key_id.bytes
        return owner + slot.key + slot.path + self._attempt.fingerprint

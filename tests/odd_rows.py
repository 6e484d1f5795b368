"""Rows whose values are null, wrong or raise at places that never change."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from ipaddress import ip_address
from typing import Any
from uuid import UUID
from zlib import crc32

from access.caller import Caller, KnownKey
from access.networks import Rules
from db.actor import OPERATOR
from db.scope import Scope
from schema.loader import Loader

KINDS = ("Author", "Book", "Pamphlet", "Ghost")
NOBODY = UUID(int=0)


class Misfortune(Exception):
    """What a resolver of the odd schema raises."""


def chance(*what: object) -> int:
    """A number from 0 to 99 that never changes for the same question."""
    return crc32(repr(what).encode()) % 100


def fated(value: Any, *what: object, nulls: int = 10, errors: int = 8) -> Any:
    """The value, or null, or an error."""
    fate = chance("fate", *what)
    if fate < errors:
        raise Misfortune(f"misfortune {what}")
    return None if fate < nulls + errors else value


class Color(Enum):
    RED = "r"
    GREEN = "g"
    BLUE = 3


class Mood(StrEnum):
    CALM = "CALM"
    WILD = "WILD"


class Row:
    """What a database function would return: no Strawberry type."""

    def __init__(self, kind: str, id: str) -> None:
        self.kind, self.id = kind, id
        self.name = self.strict_name = None if self.chance("name") < 8 else f"{kind} {id}"
        self.color = list(Color)[self.chance("color") % 3] if self.chance("c") > 5 else "plaid"
        self.mood = ("CALM", Mood.WILD, "WILD", "so-so")[min(self.chance("mood") // 30, 3)]
        self.hex = self.chance("hex") % 20
        self.ratio = self.chance("ratio") / 7 if self.chance("r") > 5 else float("nan")
        self.count = self.chance("count") if self.chance("n") > 5 else 2**40
        self.lively = self.chance("lively") > 50
        self.made_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.chance("made"))
        self.price = Decimal(self.chance("price")) / 4 if self.chance("p") > 10 else None
        self.tags = self.strict_tags = self._tags()

    def chance(self, what: str) -> int:
        return chance(self.id, what)

    @property
    def moody(self) -> str:
        """Raises when read, for some rows."""
        return fated("fine", self.id, "moody", nulls=0)

    @property
    def matrix(self) -> Any:
        if self.chance("matrix") < 5:
            return "not a matrix"
        rows = [[n, None if self.chance(f"m{n}") < 8 else n + 1] for n in range(3)]
        return [None if self.chance(f"row{n}") < 8 else row for n, row in enumerate(rows)]

    @property
    def later(self) -> Any:
        """A plain field whose value has to be awaited."""

        async def waited() -> str:
            await asyncio.sleep(0)
            return fated("at last", self.id, "later")

        return waited()

    def _tags(self) -> Any:
        tags = [None if self.chance(f"tag{n}") < 5 else f"t{n}" for n in range(3)]
        return tuple(tags) if self.chance("tuple") < 50 else tags


def id_of(source: Any) -> str:
    return getattr(source, "id", "root")


def below(source: Any, name: str, size: int = 2, kind: str = "") -> Any:
    """Rows below a row; some items are null, some an exception, some of a type unknown to all."""
    id = f"{id_of(source)}.{name}"

    def item(n: int) -> Any:
        fate = chance(id, n)
        if fate < 8:
            return None if fate < 4 else Misfortune(f"item {n} of {id}")
        return Row(kind or KINDS[min(fate // 30, 3)], f"{id}{n}")

    items = fated([item(n) for n in range(size)], id, nulls=5, errors=5)
    return (item for item in items) if items and chance(id, "lazily") < 20 else items


def one(source: Any, name: str, kind: str = "Author") -> Any:
    """A row below a row, or null, or an error."""
    id = f"{id_of(source)}.{name}"
    return fated(Row(kind, id), id)


def numbers(source: Any) -> Iterator[int]:
    """A generator, which raises for some rows before it gives anything."""
    if chance(id_of(source), "no numbers") < 10:
        raise Misfortune("no numbers")
    yield from range(chance(id_of(source), "numbers") % 4)


async def letters(source: Any) -> AsyncIterator[str]:
    for letter in "abc"[: chance(id_of(source), "letters") % 4]:
        await asyncio.sleep(0)
        yield letter


class Context:
    """What a request brings; `later` makes about half of the resolvers answer asynchronously."""

    def __init__(self, *, later: bool, scopes: frozenset[Scope] = frozenset(Scope)) -> None:
        self.later = later
        self.fails = False
        self.log: list[str] = []
        self.batches: list[list[UUID]] = []
        self.loaders: dict[Any, Loader] = {}
        key = KnownKey(NOBODY, NOBODY, OPERATOR, scopes, False, Rules(frozenset()), None)  # noqa: FBT003
        self.caller = Caller(key, ip_address("192.0.2.1"))

    async def load_all(self, batch: Any, ids: Any, _reads: Any = None, **_: Any) -> list[Any]:
        async def find(ids: list[UUID]) -> dict[UUID, Any]:
            self.batches.append(ids)
            return await batch(self, NOBODY, ids)

        return await self.loaders.setdefault(batch, Loader(find)).load(ids)

    def hold(self) -> None:
        """There are no connections that could be held."""

    async def let_go(self) -> None:
        """So there are none to let go of."""

    def answer(self, value: Any, *what: object) -> Any:
        """The value, or an awaitable that gives it after a few turns of the loop."""
        delay = chance("delay", *what) % 6
        if self.later and delay < 3:
            return _late(value, delay)
        if isinstance(value, Exception):
            raise value
        return value


async def _late(value: Any, delay: int) -> Any:
    for _ in range(delay):
        await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


async def publishers(context: Any, _owner: UUID, ids: Any) -> dict[UUID, Any]:
    """A batch that finds most, and fails as a whole where the context is told to."""
    await asyncio.sleep(0)
    if context.fails:
        raise Misfortune("no publishers today")
    return {id: Row("Author", f"publisher{id.int}") for id in ids if id.int % 3}

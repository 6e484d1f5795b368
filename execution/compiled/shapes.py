"""How a column of resolved values becomes a column of the response, by the field's type."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Awaitable
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from execution.compiled.columns import (
    LIVE,
    Column,
    Coming,
    Nature,
    nature_of,
    natures_of,
    settled,
    spread,
    then,
)
from execution.compiled.core import is_iterable
from execution.compiled.late import LATE_FROM, Unmade
from execution.compiled.places import ItemPlace, PartPlace, Place
from execution.compiled.plain import Awaited, NotPlain

if TYPE_CHECKING:
    from execution.compiled.fields import Fields
    from execution.compiled.run import Run

LISTS: set[type] = {list, tuple}


class Shape(ABC):
    """What a type makes of a column; nulls, errors and awaitables are sorted out for all alike."""

    required: bool
    # Whether a column of it that is kept for a while may be made smaller.
    packs = False

    @abstractmethod
    def finish(self, run: "Run", values: Column, place: Place) -> Coming:
        """Complete values of which none is null, failed or still to be awaited."""

    @abstractmethod
    def live(self, values: Column) -> Column:
        """The same where all of them are plain; raises NotPlain, or anything, where they aren't."""

    @property
    @abstractmethod
    def may_be_plain(self) -> bool:
        """Whether nothing below has a resolver that must be called."""

    def shows(self, kinds: frozenset[type]) -> bool:
        """Whether all values of these types are shown as they are."""
        return False

    def is_ready(self, column: Column) -> bool:
        """Whether the column can be shown as it is."""
        return False

    def packed(self, column: Column) -> Column:
        """A complete column that is to be kept for a while."""
        return column

    def fields_of_kind(self, kind: type[Any]) -> "Fields | None":
        """What is selected of objects of a Python type; None where they may not be plain."""
        return None

    def fields_of_type(self) -> "Fields | None":
        """What is selected of objects that are all of one type; None of anything else."""
        return None

    def plain(self, column: Column) -> Column:
        """The values as the response shows them; raises NotPlain, or anything, for a run to do."""
        natures = natures_of(column)
        if natures <= LIVE:
            return self.live(column) if column else column
        if Nature.AWAITABLE in natures:
            raise Awaited
        if self.required or Nature.FAILED in natures:
            raise NotPlain
        positions = [place for place, value in enumerate(column) if nature_of(value) in LIVE]
        if not positions:
            return [None] * len(column)
        shown = self.live([column[position] for position in positions])
        return spread(shown, positions, len(column))

    def one(self, value: Any) -> Any:
        """The same of a single value, such as what the only field of a query gives."""
        return self.plain([value])[0]

    def complete(self, run: "Run", column: Column, place: Place) -> Coming:
        """The values as the response shows them; what is wrong becomes null and a failure."""
        natures = natures_of(column)
        if natures <= LIVE:
            return self.finish(run, column, place) if column else column
        if Nature.AWAITABLE in natures:
            return self._awaited(run, column, place)
        return self._without_dead(run, column, place)

    async def _awaited(self, run: "Run", column: Column, place: Place) -> Column:
        completed = self.complete(run, await settled(column), place)
        return completed if isinstance(completed, list) else await completed

    def _without_dead(self, run: "Run", column: Column, place: Place) -> Coming:
        positions: list[int] = []
        for index, value in enumerate(column):
            match nature_of(value):
                case Nature.LIVE:
                    positions.append(index)
                case Nature.FAILED:
                    run.fail(place, index, value)
                case _ if self.required:
                    run.fail(place, index, _null_refused(place))
                case _:
                    pass
        if not positions:
            return [None] * len(column)
        live = [column[position] for position in positions]
        finished = self.finish(run, live, PartPlace(place, positions))
        return then(finished, lambda values: spread(values, positions, len(column)))


def _null_refused(place: Place) -> TypeError:
    field = place.field
    return TypeError(f"Cannot return null for non-nullable field {field.parent.name}.{field.name}.")


class Many(Shape):
    """Lists: their items are completed as one long column."""

    def __init__(self, items: Shape, *, required: bool) -> None:
        self.items, self.required = items, required

    @cached_property
    def may_be_plain(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # worked out once
        return self.items.may_be_plain

    def one(self, value: Any) -> Any:
        if type(value) in LISTS and len(value) < LATE_FROM:
            return self.items.plain(value)
        return super().one(value)

    def live(self, values: Column) -> Column:
        if not LISTS.issuperset(map(type, values)):
            raise NotPlain
        lengths = list(map(len, values))
        if sum(lengths) >= LATE_FROM:
            raise NotPlain
        items = values[0] if len(values) == 1 else list(chain.from_iterable(values))
        return cut(self.items.plain(items), lengths)

    def complete(self, run: "Run", column: Column, place: Place) -> Coming:
        if column and LISTS.issuperset(map(type, column)):
            return self._flat(run, column, place)
        return super().complete(run, column, place)

    def finish(self, run: "Run", values: Column, place: Place) -> Coming:
        if not LISTS.issuperset(map(type, values)):
            return self.complete(run, [_listed(value, place) for value in values], place)
        return self._flat(run, values, place)

    def _flat(self, run: "Run", values: Column, place: Place) -> Coming:
        lengths = list(map(len, values))
        items = list(chain.from_iterable(values))
        below = ItemPlace(place, lengths, required=self.items.required)
        below.is_long = len(items) >= LATE_FROM
        completed = self.items.complete(run, items, below)
        if isinstance(completed, list):
            return cut(completed, lengths)
        return then(completed, lambda items: cut(items, lengths))


def cut(items: Column, lengths: list[int]) -> Column:
    if isinstance(items, Unmade):
        return items.cut(lengths)
    if len(lengths) == 1:
        return [items]
    end = 0
    return [items[end : (end := end + length)] for length in lengths]


def _listed(value: Any, place: Place) -> Column | Exception | Awaitable[Column] | tuple[Any, ...]:
    if type(value) in LISTS:
        return value
    if isinstance(value, AsyncIterable):
        return _drained(value)  # pyright: ignore[reportUnknownArgumentType]  # items may be anything
    if is_iterable(value):
        try:
            return list(value)
        except Exception as error:  # noqa: BLE001  # a generator may raise anything
            return error
    field = place.field
    name = f"{field.parent.name}.{field.name}"
    return GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")


async def _drained(values: AsyncIterable[Any]) -> Column:
    return [value async for value in values]

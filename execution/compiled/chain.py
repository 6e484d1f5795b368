"""Objects that lead on to others, and these to others: loaded level by level, then shown at once.

Each level is asked for as it is by itself (led.py): its guard first, then one statement. What is
out of the ordinary - an error, very many rows, what others load as well - ends the chain, and what
has been loaded by then is completed in general.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from execution.compiled.chain_rows import Selected, maker_of_levels
from execution.compiled.columns import Column, Coming, Pending, Step, attempt, then
from execution.compiled.fields import Fields
from execution.compiled.late import LATE_FROM
from execution.compiled.led import info_of
from execution.compiled.link import NOTHING, Link, link_of
from execution.compiled.making import NO_KINDS, made_with, rows_by_level
from execution.compiled.places import FieldPlace, ItemPlace, Place
from execution.compiled.shapes import cut

if TYPE_CHECKING:
    from execution.compiled.run import Run


class Level(NamedTuple):
    """Objects that others led to, what is selected of them, and their Python type.

    `column` is what there is for each object above; where that is a list for each, the objects
    tell by their places what is whose. `fields` are NOTHING where the chain ends here.
    """

    link: Link
    objects: Column
    column: Column | None
    fields: Fields = NOTHING
    kind: type[Any] = NoneType

    @property
    def selected(self) -> Selected:
        return Selected(self.fields.fields, self.kind, has_place=self.column is None)

    def column_for(self, count: int) -> Column:
        if self.column is not None:
            return self.column
        return self.link.batch.parted(self.objects, count)


def rows_of(
    run: "Run",
    fields: Fields,
    objects: Column,
    place: Place,
    kinds: AbstractSet[type[Any]] = NO_KINDS,
) -> Coming:
    """One dict for each object: made now, when all is loaded, or when it is written."""
    if fields.leading and not place.is_long:
        [kind, *others] = kinds or set(map(type, objects))
        link = None if others else link_of(fields, kind)
        if link is not None:
            return Chain(run, fields, link, objects, lambda: place, kind)
    return rows_by_level(run, fields, objects, place, kinds)


class Chain(Pending):
    """The rows of some objects, for which nothing is begun before it is awaited."""

    __slots__ = ("_fields", "_kind", "_link", "_objects", "_run", "_where")

    def __init__(  # what rows are made of
        self,
        run: "Run",
        fields: Fields,
        link: Link,
        objects: Column,
        where: Callable[[], Place],
        kind: type[Any],
    ) -> None:
        self._run, self._fields, self._link, self._objects = run, fields, link, objects
        self._where, self._kind = where, kind
        self._steps: list[Step] = []

    async def _taken(self) -> Column:
        run, levels = self._run, await self._loaded()
        rows = self._made(levels)
        if rows is None:
            # What keeps them from being made, the run meets again and tells. Of what is still to be
            # loaded, several may have to wait at the same time.
            await run.context.let_go()
            coming = _rows(run, self._fields, self._objects, self._kind, levels, self._where())
            rows = coming if isinstance(coming, list) else await coming
        return await self.stepped(rows) if self._steps else rows

    async def _loaded(self) -> list[Level]:
        """What the objects lead on to, level by level, as far as that goes."""
        run, link, objects = self._run, self._link, self._objects
        levels: list[Level] = []
        while link is not None:
            ids = link.asked(objects, run.context)
            if ids is None:
                break
            where = partial(self._place_of, link, levels, len(levels))
            try:
                rows = await link.nested.load_rows(ids, info_of(link.field, run, where))
            except Exception as error:  # noqa: BLE001  # what refuses one refuses all
                level = Level(link, [], [error] * len(ids))
            else:
                level = _level(link, rows, len(ids))
            levels.append(level)
            link, objects = link_of(level.fields, level.kind), level.objects
        return levels

    def _made(self, levels: Sequence[Level]) -> Column | None:
        """The rows, where all that they need has been loaded and is plain."""
        if not levels or not levels[-1].fields.is_plain:
            return None
        kinds = (self._kind, *[level.kind for level in levels])
        maker = self._fields.level_makers.get(kinds)
        if maker is None:
            first = Selected(self._fields.fields, self._kind, has_place=False)
            maker = maker_of_levels([first, *[level.selected for level in levels]])
            self._fields.level_makers[kinds] = maker
        made = attempt(maker, self._objects, *[level.objects for level in levels])
        return None if isinstance(made, Exception) else made

    def _place_of(self, link: Link, levels: Sequence[Level], depth: int) -> Place:
        """Where a field of the objects of so many levels stands."""
        place, count = self._where(), len(self._objects)
        for level in levels[:depth]:
            place, _ = _items(level, count, place)
            count = len(level.objects)
        return FieldPlace(place, link.field, link.order)


def _level(link: Link, rows: Column, count: int) -> Level:
    """What so many objects lead on to, of the rows that were found."""
    objects = rows if link.is_many else link.batch.parted(rows, count)
    column = None if link.is_many else objects
    # Very many are written late.
    if not rows or len(rows) >= LATE_FROM:
        return Level(link, objects, column)
    kind = cast("type[Any]", type(rows[0]))
    return Level(link, objects, column, link.fields_of(kind), kind)


def _rows(  # what a level is known by, and the levels below it
    run: "Run",
    fields: Fields,
    objects: Column,
    kind: type[Any],
    levels: Sequence[Level],
    place: Place,
) -> Coming:
    """The same rows in general, with what has been loaded of what the objects lead on to."""
    if not levels:
        return rows_by_level(run, fields, objects, place, {kind})
    level, *rest = levels
    column: Coming
    if rest:
        items, lengths = _items(level, len(objects), place)
        rows = _rows(run, level.fields, level.objects, level.kind, rest, items)
        column = then(rows, lambda rows: cut(rows, lengths))
    else:
        below = FieldPlace(place, level.link.field, level.link.order)
        below.late = True
        column = level.link.field.completed(run, level.column_for(len(objects)), below)
    return then(column, lambda column: made_with(run, fields, kind, objects, place, column))


def _items(level: Level, count: int, above: Place) -> tuple[Place, list[int]]:
    """Where the items of lists stand that others follow on, and how long the lists are."""
    place = FieldPlace(above, level.link.field, level.link.order)
    place.late = True
    lengths = list(map(len, level.column_for(count)))
    return ItemPlace(place, lengths, required=level.link.items.required), lengths

"""The fields of objects that lead on to others, loaded for all objects of a column at once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from execution.compiled.cells import place_of
from execution.compiled.columns import (
    LIVE,
    Column,
    Pending,
    Step,
    mapped,
    nature_of,
    natures_of,
)
from execution.compiled.places import FieldPlace, Place
from schema.direct import KnowingInfo
from schema.nested import Nested

if TYPE_CHECKING:
    from execution.compiled.field import Field
    from execution.compiled.run import Run


class Led(Pending):
    """What objects lead on to, for which nothing is begun before it is awaited."""

    __slots__ = ("_field", "_kind", "_nested", "_objects", "_place", "_run")

    def __init__(
        self,
        field: "Field",
        run: "Run",
        nested: Nested,
        objects: Column,
        place: FieldPlace,
        kind: type[Any] | None,
    ) -> None:
        self._field, self._run, self._nested = field, run, nested
        self._objects, self._place, self._kind = objects, place, kind
        self._steps: list[Step] = []

    async def _taken(self) -> Column:
        """Who may ask is the same for all objects, so it is checked once."""
        field, run, place, nested = self._field, self._run, self._place, self._nested
        ids = _ids(nested, run, self._objects, self._kind)
        column = await _loaded(field, nested, ids, info_of(field, run, lambda: place))
        following = field.completed(run, column, place)
        return await self.stepped(following if isinstance(following, list) else await following)


def info_of(field: "Field", run: "Run", where: Callable[[], Place]) -> KnowingInfo:
    """What a guard is told; where the first value stands is only worked out if it asks."""
    own = field.definition.extensions["strawberry-definition"]
    return KnowingInfo(run.context, own, field.reads(), lambda: run.info(field, where().path(0)))


async def _loaded(field: "Field", nested: Nested, ids: Column, info: KnowingInfo) -> Column:
    """What there is for each of some ids, or for what stands in place of one."""
    all_have_one = natures_of(ids) <= LIVE
    wanted = ids if all_have_one else [id for id in ids if nature_of(id) in LIVE]
    try:
        found = await nested.load(wanted, info, alone=field.is_alone())
    except Exception as error:  # noqa: BLE001  # what refuses one refuses all
        return [error] * len(ids)
    assert len(found) == len(wanted), "each id has its answer"
    return found if all_have_one else _between(ids, found)


def _ids(nested: Nested, run: "Run", objects: Column, kind: type[Any] | None) -> Column:
    if nested.veiled:
        return mapped(lambda source: nested.id_for(source, run.context), objects)
    place = place_of(kind, nested.attribute) if kind and nested.attribute else None
    if place is not None:
        return [source[place] for source in objects]
    return mapped(nested.id_of, objects)


def _between(ids: Column, found: Column) -> Column:
    """What was found, with what stands for it where there was no id to look for."""
    coming = iter(found)
    return [next(coming) if nature_of(id) in LIVE else id for id in ids]

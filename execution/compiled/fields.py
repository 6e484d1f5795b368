"""What a program selects on one object type."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

from execution.compiled.cells import Take, takes_of
from execution.compiled.columns import Column
from execution.compiled.field import NOT_READ, Field
from execution.compiled.plain import (
    Awaited,
    Maker,
    SingleMaker,
    maker_of,
    never,
    single_maker_of,
)
from execution.compiled.rows import RowMaker, Rows, row_maker
from schema.nested import Nested

MOST_MISSES: Final = 3
# What is awaited now and then, as when a row that is kept has to be read again, is tried again.
PAUSE: Final = 500


class Fields:
    """What is selected on one object type."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self._nothing: list[Column] = [NOT_READ] * len(fields)
        self._takes: dict[type[Any], list[Take | None] | None] = {}
        # Whether they are kept, so that it pays to generate functions for them.
        self.are_kept = False
        self._makers: dict[type[Any], Maker] = {}
        # How they lead on to others, by their kinds (link.py).
        self.links: dict[type[Any], Any] = {}
        # The same for rows with what they lead on to, by the kinds of all levels.
        self.level_makers: dict[tuple[type[Any], ...], Maker] = {}
        self._single: dict[type[Any], SingleMaker] = {}
        self._misses: dict[type[Any], int] = {}

    @cached_property
    def is_plain(self) -> bool:
        """Whether no field here or below has a resolver that must be called."""
        return self.has_plain_rest and not self.resolved

    @cached_property
    def resolved(self) -> list[tuple[int, Field]]:
        """The fields whose resolvers must be called, with their places among all."""
        return [(order, field) for order, field in enumerate(self.fields) if not field.plain]

    @cached_property
    def leading(self) -> tuple[int, Field, Nested] | None:
        """The one field that isn't plain, with its place, where many objects share its load."""
        if len(self.resolved) != 1 or not self.has_plain_rest:
            return None
        [(order, field)] = self.resolved
        return (order, field, field.nested) if field.nested and field.nested.spares else None

    @cached_property
    def has_plain_rest(self) -> bool:
        """Whether the rows of the other fields can be made by a function that is kept."""
        return self.are_kept and all(
            field.shape.may_be_plain for field in self.fields if field.plain
        )

    @cached_property
    def only(self) -> Field | None:
        """The one field that there is, where it has no resolver."""
        return self.fields[0] if len(self.fields) == 1 and self.fields[0].plain else None

    @cached_property
    def small_first(self) -> list[tuple[int, Field]]:
        """All fields with their places, those before others whose columns can be packed."""
        return sorted(enumerate(self.fields), key=lambda pair: not pair[1].shape.packs)

    def maker(self, kind: type[Any]) -> Maker:
        """What makes the rows of plain objects of one kind; `never` where nothing does."""
        maker = self._makers.get(kind)
        if maker is None:
            maker = self._makers[kind] = maker_of(self.fields, kind)
        return maker

    def is_tried(self, kind: type[Any]) -> bool:
        """Whether a function is to make their rows; who asks while it is left out counts, too."""
        if self.maker(kind) is not never:
            return True
        if kind in self._misses:
            self._missed(kind)
        return False

    def made(self, objects: Column, kind: type[Any], *resolved: Column) -> Rows:
        """The rows, with what resolvers gave; raises NotPlain, or anything, for a run to do."""
        return self._made_by(self.maker(kind), kind, objects, *resolved)

    def one(self, value: Any, kind: type[Any]) -> dict[str, Any]:
        """The same of one object, where no resolver has to be called."""
        maker = self._single.get(kind)
        if maker is None:
            maker = self._single[kind] = single_maker_of(self.fields, kind)
        return self._made_by(maker, kind, value)

    def _made_by(self, maker: Callable[..., Any], kind: type[Any], *given: Any) -> Any:
        try:
            made = maker(*given)
        except Awaited:
            self._missed(kind)
            raise
        if self._misses:
            self._misses.pop(kind, None)
        return made

    def _missed(self, kind: type[Any]) -> None:
        """What had to be awaited three times in a row is not tried for a while."""
        misses = self._misses[kind] = self._misses.get(kind, 0) + 1
        if misses == MOST_MISSES:
            self._makers[kind] = self._single[kind] = never
        elif misses == MOST_MISSES + PAUSE:
            # One more miss, and there is another pause.
            self._misses[kind] = MOST_MISSES - 1
            del self._makers[kind], self._single[kind]

    def read(self, objects: Column) -> list[Column]:
        """The columns of those fields that can be read of all objects at once, else NOT_READ."""
        kinds = set(map(type, objects))
        if len(kinds) != 1:
            return self._nothing.copy()
        kind = kinds.pop()
        if kind not in self._takes:
            self._takes[kind] = takes_of(kind, [field.attribute for field in self.fields])
        takes = self._takes[kind]
        if takes is None:
            return self._nothing.copy()
        cells = list(zip(*objects, strict=True))
        return [take(cells) if take else NOT_READ for take in takes]

    def rows(self, columns: list[Column], objects: Column) -> Rows:
        return self._make_rows(columns) if self.fields else [{} for _ in objects]

    @cached_property
    def _make_rows(self) -> RowMaker:
        """Made when first asked for: most rows are made by a maker, or from lists that are long."""
        return row_maker(tuple(field.key for field in self.fields))

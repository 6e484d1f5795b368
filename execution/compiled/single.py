"""A query of one field whose guard and resolver are called here, as most queries are."""

from collections.abc import Coroutine
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from graphql import ExecutionResult
from graphql.pyutils import Path

from execution.compiled.columns import attempt
from execution.compiled.direct import Shortcut
from execution.compiled.field import Field
from execution.compiled.fields import Fields
from execution.compiled.lead import Lead, lead_of
from execution.compiled.places import FieldPlace, Place
from execution.compiled.plain import NotPlain
from schema.direct import KnowingInfo

if TYPE_CHECKING:
    from execution.compiled.run import Run

# In place of what isn't tried.
LEFT: Final = NotPlain()


class Single:
    """What no request has a part in is settled beforehand; it knows no caller.

    What is wrong, null where it must not be, or has to be awaited is left to the run, which comes
    to the same in general.
    """

    def __init__(self, field: Field, shortcut: Shortcut) -> None:
        self._field, self._shortcut, self._shape = field, shortcut, field.shape
        self._path = Path(None, field.key, field.parent.name)

    @cached_property
    def _may_be_plain(self) -> bool:
        """What is selected below is compiled by then, and stays as it is."""
        return self._shape.may_be_plain

    @cached_property
    def _lead(self) -> Lead | None:
        return lead_of(self._field)

    def answer(self, run: "Run") -> Coroutine[Any, Any, ExecutionResult]:
        """What the field comes to for one request."""
        return self._led(run, self._lead) if self._lead else self._shown(run)

    async def _shown(self, run: "Run") -> ExecutionResult:
        value = await self._value(run)
        # What keeps it from being shown, the run meets again and tells.
        shown = attempt(self._shape.one, value) if self._may_be_plain else LEFT
        if isinstance(shown, Exception):
            return await self._completed(run, value)
        return ExecutionResult({self._field.key: shown}, None)

    async def _led(self, run: "Run", lead: Lead) -> ExecutionResult:
        """The same where rows lead on to others, whose statements follow at once."""
        context = run.context
        context.hold()
        try:
            value = await self._value(run)
            chain = lead.chain(run, value)
            if chain:
                return run.result({self._field.key: {lead.key: await chain}})
        finally:
            await context.let_go()
        return await self._completed(run, value)

    async def _value(self, run: "Run") -> Any:
        """What the resolver gives, or what it raises."""
        field, shortcut = self._field, self._shortcut
        tell = partial(run.info, field, self._path)
        info = KnowingInfo(run.context, shortcut.own, shortcut.reads(), tell)
        try:
            arguments = shortcut.converted
            if arguments is None:
                arguments = shortcut.convert(run.arguments(field))
            return await shortcut.direct.begun(None, info, arguments)
        except Exception as error:  # noqa: BLE001  # whatever a resolver raises is its field's error
            return error

    async def _completed(self, run: "Run", value: Any) -> ExecutionResult:
        place = FieldPlace(Place(), self._field, 0)
        completed = self._shape.complete(run, [value], place)
        column = completed if isinstance(completed, list) else await completed
        return run.result({self._field.key: column[0]})


def single_of(fields: Fields) -> Single | None:
    """None where there are several fields, no room, or Strawberry's resolver is to be called."""
    if len(fields.fields) != 1 or not fields.are_kept:
        return None
    [field] = fields.fields
    return Single(field, field.shortcut) if field.shortcut else None

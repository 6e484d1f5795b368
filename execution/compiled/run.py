"""One run of a program: the request's values, and the failures met on the way."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    ExecutionResult,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    OperationType,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path

from execution.compiled.arguments import read
from execution.compiled.chain import rows_of
from execution.compiled.columns import Column, attempt
from execution.compiled.concrete import valid_type
from execution.compiled.core import HELPERS, Info, is_awaitable, type_of
from execution.compiled.field import NOT_READ, Field
from execution.compiled.fields import Fields
from execution.compiled.late import made
from execution.compiled.nulls import Failure, settle
from execution.compiled.places import FieldPlace, Place

if TYPE_CHECKING:
    from execution.compiled.program import Program
    from execution.compiled.selections import Variant

Abstract: TypeAlias = GraphQLInterfaceType | GraphQLUnionType


class Run:
    """The fields of a query run side by side, those of a mutation one after another.

    An event of a subscription is what the root's fields are read from; others are read from None.
    """

    __slots__ = (
        "_event",
        "_failures",
        "_program",
        "_values",
        "_variant",
        "context",
        "has_late_rows",
    )

    def __init__(
        self,
        program: "Program",
        variant: "Variant",
        values: VariableValues,
        context: Any,
        event: Any,
    ) -> None:
        self._program, self._variant = program, variant
        self._values, self.context, self._event = values, context, event
        self._failures: list[Failure] = []
        self.has_late_rows = False

    def execute(self) -> Coroutine[Any, Any, ExecutionResult]:
        single = self._variant.single
        return single.answer(self) if single else self._all()

    async def _all(self) -> ExecutionResult:
        fields = self._variant.root.of(self._program.root)
        if self._program.operation.operation is OperationType.MUTATION:
            return self.result(await self._serially(fields))
        rows = rows_of(self, fields, [self._event], Place())
        [data] = rows if isinstance(rows, list) else await rows
        return self.result(data)

    def result(self, data: dict[str, Any]) -> ExecutionResult:
        """The answer, with null in place of what failed."""
        if not self._failures:
            return ExecutionResult(data, None)
        whole = made(data) if self.has_late_rows else data
        return ExecutionResult(*settle(whole, self._failures))

    async def _serially(self, fields: Fields) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for order, field in enumerate(fields.fields):
            column = field.column(self, [None], Place(), order, NOT_READ)
            data[field.key] = (column if isinstance(column, list) else await column)[0]
            if any(failure.empties_the_answer for failure in self._failures):
                break
        return data

    def fail(self, place: Place, index: int, error: Exception) -> None:
        self._failures.append(Failure(place, index, error))

    def without_failures(self, column: Column, place: Place) -> Column:
        """The column with None in place of each exception, which becomes a failure."""
        for index, value in enumerate(column):
            if isinstance(value, Exception):
                self.fail(place, index, value)
                column[index] = None
        return column

    def arguments(self, field: Field) -> dict[str, Any]:
        if field.fixed is not None:
            return field.fixed
        arguments = read(field.parts, self._values.coerced) if field.parts else None
        if arguments is not None:
            return arguments
        return get_argument_values(field.definition, field.nodes[0], self._values)

    def info(self, field: Field, path: Path | None) -> Info:
        assert path, "a field has a path"
        program = self._program
        return Info(
            field.name,
            field.nodes,
            type_of(field.definition),
            field.parent,
            path,
            program.schema,
            program.fragments,
            self._event,
            program.operation,
            self._values.coerced,  # pyright: ignore[reportArgumentType]  # as Strawberry gives them
            self.context,
            is_awaitable,
            None,
            HELPERS,
        )

    def first_info(self, place: Place) -> Info:
        """The info that type resolvers share for a whole column: their field's, at its first."""
        index = 0
        while not isinstance(place, FieldPlace):
            index, _ = place.climb(index)
            assert place.above, "a field stands above all items and parts"
            place = place.above
        return self.info(place.field, place.path(index))

    def concrete(self, abstract: Abstract, names: Column, values: Column, info: Info) -> Column:
        """The object types of these names, or the errors that come instead."""

        def checked(name: Any, value: Any) -> GraphQLObjectType:
            return valid_type(self._program.schema, name, abstract, info, value)

        if names.count(names[0]) == len(names) and isinstance(names[0], str):
            return [attempt(checked, names[0], values[0])] * len(names)
        return [attempt(checked, *pair) for pair in zip(names, values, strict=True)]

"""Runs one operation twice, by graphql-core and by a program, and says in what they differ."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import graphql
import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema
from graphql.pyutils import is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from db.scope import ALL_SCOPES, Scope
from execution.compiled.late import show_late
from execution.compiled.program import Program
from execution.compiled.room import Room
from execution.plan import find_operation, fragments_of
from tests.inputs import Inputs
from tests.odd_rows import Context
from tests.odd_schema import CORE
from tests.operations import SWITCHES, Writer

IDS = ("a", "b", "c", "d", "e", 7)
# What is asynchronous whatever the context says.
LATE = frozenset(
    {
        "later",
        "lateFriend",
        "lateAuthors",
        "lateWrite",
        "letters",
        "publisher",
        "strictPublisher",
    }
)


# Fields that are worth more than others: what loads many objects at once.
OFTEN = {"Query": "books", "Author": "books", "Book": "publisher"}


class OddInputs(Inputs):
    """Values that differ, and variables that are left out or null."""

    def variable(self, names: Sequence[str], type_: Any) -> str:
        shown = super().variable(names, type_)
        name = shown.removeprefix("$")
        if names != SWITCHES and "!" not in self.declared[name] and self.chance(0.2):
            self.given[name] = None
        return shown

    def value(self, type_: Any) -> Any:
        named = getattr(type_, "name", "")
        if named == "Int":
            return self.random.randint(0, 60)
        return f"x{self.random.randint(0, 60)}" if named == "String" else super().value(type_)


class CoveredWriter(Writer):
    """Operations without introspection, which no program covers."""

    def selection(self, type_: Any, room: int) -> str:
        written = super().selection(type_, room)
        return "__typename" if written.startswith("__schema") else written


class OddWriter(CoveredWriter):
    def __init__(
        self, random: Random, without: frozenset[str] = frozenset(), schema: Any = CORE
    ) -> None:
        super().__init__(schema, random, IDS)
        self.inputs, self.without = OddInputs(random, IDS), without

    def selection(self, type_: Any, room: int) -> str:
        often = OFTEN.get(type_.name)
        if often and room > 1 and self.chance(0.25):
            return self.field(often, type_.fields[often], room - 2)
        return super().selection(type_, room)

    def field(self, name: str, field: Any, room: int) -> str:
        return "__typename" if name in self.without else super().field(name, field, room)


class Asked(NamedTuple):
    """What is run twice; some callers lack the scope of one field."""

    document: DocumentNode
    values: dict[str, Any]
    scopes: frozenset[Scope]


def written(seed: int, *, later: bool) -> Iterator[Asked]:
    """One document, with its variables as they were made up, and with the switches otherwise."""
    random = Random(seed)
    operation = OddWriter(random, frozenset() if later else LATE).operation()
    document = graphql.parse(operation.text)
    scopes = ALL_SCOPES if seed % 4 else frozenset[Scope]()
    yield Asked(document, operation.variables, scopes)
    given = {name: value for name, value in operation.variables.items() if name in SWITCHES}
    if given:
        turned = {name: not value for name, value in given.items()}
        yield Asked(document, operation.variables | turned, scopes)
        mixed = {name: number % 2 == 0 for number, name in enumerate(given)}
        yield Asked(document, operation.variables | mixed, scopes)


class Ran(NamedTuple):
    result: ExecutionResult
    context: Context

    @property
    def written(self) -> bytes:
        return orjson.dumps(self.result.data, show_late, orjson.OPT_UTC_Z)


class Both(NamedTuple):
    ours: Ran
    theirs: Ran
    difference: str | None


def compiled(text: str | DocumentNode, name: str | None = None, schema: Any = CORE) -> Program:
    document = graphql.parse(text) if isinstance(text, str) else text
    return Program(schema, fragments_of(document), find_operation(document, name), Room(10_000))


async def by_core(
    document: DocumentNode,
    values: Any,
    context: Any,
    name: str | None,
    schema: GraphQLSchema,
    event: Any = None,
) -> ExecutionResult:
    result = graphql.execute(
        schema,
        document,
        root_value=event,
        context_value=context,
        variable_values=values,
        operation_name=name,
        executor_class=StrawberryGraphQLCoreExecutionContext,
    )
    return await result if is_awaitable(result) else result


async def both(
    document: DocumentNode,
    values: dict[str, Any],
    *,
    later: bool,
    scopes: frozenset[Scope] = ALL_SCOPES,
    schema: GraphQLSchema = CORE,
    event: Callable[[], Any] = lambda: None,
) -> Both:
    """The answers to the only operation, or the one named Run, which a program covers.

    Of a subscription it is what is shown of an event, which each way is given anew.
    """
    ours, theirs = Context(later=later, scopes=scopes), Context(later=later, scopes=scopes)
    name = "Run" if len(operations_of(document)) > 1 else None
    program = compiled(document, name, schema)
    assert program.obstacles == ()
    run = program.start(values, ours, event())
    result = await by_core(document, values, theirs, name, schema, event())
    # What isn't run is told by graphql-core alone, and is an error that stands nowhere.
    assert run or all(error.path is None for error in result.errors or [])
    mine = Ran(await run.execute() if run else result, ours)
    return Both(mine, Ran(result, theirs), difference(mine, Ran(result, theirs), later=later))


def operations_of(document: DocumentNode) -> list[Any]:
    return [part for part in document.definitions if part.kind == "operation_definition"]


def difference(ours: Ran, theirs: Ran, *, later: bool) -> str | None:
    """None where the bytes of the data and the errors are the same.

    Where resolvers answer asynchronously, which of several errors below one null are told is
    left open by the specification, and graphql-core lets it depend on the event loop's turns.
    """
    if ours.written != theirs.written:
        return "data"
    shown, wanted = [list(map(appearance, ran.result.errors or [])) for ran in (ours, theirs)]
    if shown == wanted or (later and Counter(shown) == Counter(wanted)):
        return None
    return "told" if later and told_alike(shown, wanted, theirs.result.data) else "errors"


def appearance(error: Any) -> tuple[Any, ...]:
    return tuple(error.path or ()), error.message, tuple(error.locations or ())


def told_alike(shown: Sequence[Any], wanted: Sequence[Any], data: Any) -> bool:
    """Whether errors, of which each begins with its path, differ only in what is told of a null."""
    return parted(shown, data) == parted(wanted, data)


def parted(errors: Iterable[Any], data: Any) -> tuple[Counter[Any], set[Any]]:
    """The errors at nulls of their own, and the nulls that other errors were taken up to."""
    own: Counter[Any] = Counter()
    nulls: set[Any] = set()
    for error in errors:
        null = null_above(data, error[0])
        if null == error[0]:
            own[error] += 1
        else:
            nulls.add(null)
    return own, nulls


def null_above(data: Any, path: Sequence[Any]) -> tuple[Any, ...]:
    for length, key in enumerate(path):
        if data is None:
            return tuple(path[:length])
        data = data[key]
    return tuple(path)

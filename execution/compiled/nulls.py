"""The second pass: takes failures up to the nearest nullable position and reports them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError
from graphql.error import located_error

from execution.compiled.places import Key, Place, Step


class Failure(NamedTuple):
    """An error at one value of a column."""

    place: Place
    at: int
    error: Exception

    @property
    def empties_the_answer(self) -> bool:
        return all(step.required for step in self.trace())

    def trace(self) -> list[Step]:
        return self.place.trace(self.at)


def settle(data: Any, failures: Sequence[Failure]) -> tuple[Any, list[GraphQLError]]:
    """Put nulls where failures ask for them, and list the errors in the response's order.

    A failure inside of what is null already says nothing, as in graphql-core.
    """
    traced = [(failure.trace(), failure) for failure in failures]
    traced.sort(key=lambda pair: [step.rank for step in pair[0]])
    gone: set[tuple[Key, ...]] = set()
    errors: list[GraphQLError] = []
    for steps, failure in traced:
        path = tuple(step.key for step in steps)
        if any(path[:length] in gone for length in range(len(path) + 1)):
            continue
        null = _nulled(steps)
        gone.add(null)
        errors.append(located_error(failure.error, failure.place.field.nodes, list(path)))
        data = _without(data, null)
    return data, errors


def _nulled(steps: Sequence[Step]) -> tuple[Key, ...]:
    """The path of what becomes null when the last step's value fails."""
    length = len(steps)
    while length and steps[length - 1].required:
        length -= 1
    return tuple(step.key for step in steps[:length])


def _without(data: Any, path: tuple[Key, ...]) -> Any:
    if not path:
        return None
    holder = data
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = None
    return data

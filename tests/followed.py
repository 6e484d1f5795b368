"""Writes random subscriptions that a schema takes: one field at the root, however it is spread."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from random import Random
from typing import Any, NamedTuple

from graphql import DocumentNode, get_named_type, is_composite_type, parse

from db.scope import ALL_SCOPES, Scope
from tests.compared import LATE, Both, OddWriter, both
from tests.odd_events import EVENTS, event
from tests.operations import ROOM, SWITCHES, Fragment, Operation, Writer

# Of what is followed, how many events are shown.
SHOWN = 3


def subscription(writer: Writer, name: str) -> Operation:
    """An operation that follows one field of the schema."""
    root = writer.schema.subscription_type
    assert root
    field = root.fields[name]
    arguments = writer.arguments(field.args)
    inner = is_composite_type(named := get_named_type(field.type))
    alias = writer.alias(name, (name, arguments, "" if inner else str(field.type)))
    head = f"{alias}{name}{arguments}"
    times = writer.random.randint(1, 2)
    bodies = [f" {writer.selections(named, ROOM - 2)}" if inner else "" for _ in range(times)]
    shown = [spread(writer, f"{head}{body}") for body in bodies]
    return writer.document("subscription", f"{{ {' '.join(shown)} }}")


def spread(writer: Writer, field: str) -> str:
    """The field itself, or in a fragment; @skip and @include are not for the root."""
    root, roll = writer.schema.subscription_type, writer.random.random()
    if roll < 0.2:
        return f"... {{ {field} }}"
    if roll < 0.4:
        return f"... on {root} {{ {field} }}"
    if roll < 0.6:
        name = f"F{len(writer.fragments)}"
        writer.fragments[name] = Fragment(root, ROOM, f"{{ {field} }}")
        return f"...{name}"
    return field


class Followed(NamedTuple):
    """What is run twice for each of some events."""

    document: DocumentNode
    values: dict[str, Any]
    scopes: frozenset[Scope]
    field: str
    numbers: list[int]


def followed(seed: int, *, later: bool) -> Iterator[Followed]:
    """One subscription, with its variables as they were made up, and with the switches turned."""
    random = Random(seed)
    assert EVENTS.subscription_type
    field = random.choice(list(EVENTS.subscription_type.fields))
    writer = OddWriter(random, frozenset() if later else LATE, EVENTS)
    operation = subscription(writer, field)
    document = parse(operation.text)
    scopes = ALL_SCOPES if seed % 4 else frozenset[Scope]()
    numbers = [random.randint(0, 60) for _ in range(SHOWN)]
    yield Followed(document, operation.variables, scopes, field, numbers)
    switches = {name: value for name, value in operation.variables.items() if name in SWITCHES}
    if switches:
        turned = operation.variables | {name: not value for name, value in switches.items()}
        yield Followed(document, turned, scopes, field, numbers)


async def shown(asked: Followed, *, later: bool) -> AsyncIterator[Both]:
    """What is shown of each event, both ways."""
    for number in asked.numbers:
        yield await both(
            asked.document,
            asked.values,
            later=later,
            scopes=asked.scopes,
            schema=EVENTS,
            event=partial(event, asked.field, number, later=later),
        )

"""What it costs to have the schema shown: counted by looking at the schema that there is.

All of it is done by graphql-core at one go, so that nobody else is answered meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    SchemaMetaFieldDef,
    SelectionSetNode,
    StringValueNode,
    TypeMetaFieldDef,
)

from execution.weight import is_list, shown

# Each takes graphql-core some 4 to 10 us, and a cost of 1 is worth 20.
FIELDS_EACH: Final = 3
# As many are looked at for an operation; where that isn't enough, there are far too many.
MOST_LOOKED_AT: Final = 10_000
BEYOND: Final = 10**6
ROOTS: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}

Selected = list[tuple[SelectionSetNode, int]]
Nodes = list[tuple[FieldNode, int]]
Collected = Callable[[GraphQLObjectType, Selected], Mapping[str, Nodes]]


class Introspected:
    """The fields of one operation below `__schema` and `__type`.

    What is deprecated counts, and what hangs on variables; of a type that a variable names it is
    the dearest that counts. What was counted of an object is kept for where it comes again.
    """

    def __init__(self, schema: GraphQLSchema, collected: Collected) -> None:
        self._schema, self._collected = schema, collected
        # All that graphql-core's own resolvers look at.
        self._info: Any = SimpleNamespace(schema=schema)
        self._known: dict[tuple[int, ...], int] = {}

    def cost(self, nodes: Nodes) -> int:
        """What a field at the root costs that is asked for by these nodes."""
        name = nodes[0][0].name.value
        counted = max(
            self._count(shown(ROOTS[name]), thing, below(nodes)) for thing in self._roots(nodes)
        )
        return -(-counted // FIELDS_EACH)

    def _roots(self, nodes: Nodes) -> Sequence[Any]:
        arguments = nodes[0][0].arguments
        if not arguments:
            return [self._schema]
        [name] = [argument.value for argument in arguments]
        types = self._schema.type_map
        return [types.get(name.value)] if isinstance(name, StringValueNode) else [*types.values()]

    def _count(self, type_: Any, thing: Any, selected: Selected) -> int:
        """The fields of an object and of all that it leads to."""
        if thing is None:
            return 0
        # What has a name of its own comes beside it, in a pair that is made anew each time.
        own = cast("Any", thing)[1] if isinstance(thing, tuple) else thing
        place = id(own), *(id(selection_set) for selection_set, _ in selected)
        known = self._known.get(place)
        if known is None:
            if len(self._known) >= MOST_LOOKED_AT:
                return BEYOND
            fields = self._collected(type_, selected).values()
            known = sum(1 + self._below(type_, thing, nodes) for nodes in fields)
            self._known[place] = known
        return known

    def _below(self, type_: Any, thing: Any, nodes: Nodes) -> int:
        selected = below(nodes)
        if not selected:
            return 0
        definition = type_.fields[nodes[0][0].name.value]
        arguments = dict.fromkeys(definition.args, True)
        inner = shown(definition)
        found: Any = definition.resolve(thing, self._info, **arguments)
        things = found if is_list(definition) and found is not None else [found]
        return sum(self._count(inner, each, selected) for each in things)


def below(nodes: Nodes) -> Selected:
    # Conditions count as met, so that it doesn't matter where something is met first.
    return [(node.selection_set, 0) for node, _ in nodes if node.selection_set]

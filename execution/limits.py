"""What a document may be made of, found by one pass over it before it is validated."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from execution.errors import QueryTooComplex

# The longest way through the schema that meets no type twice has 8 fields.
MOST_DEEP: Final = 12
# GraphiQL's introspection query has as many, most of them for lists around lists.
MOST_DEEP_INTROSPECTION: Final = 15
# As many as a page has items: to ask for one object each by id.
MOST_ALIASES: Final = 100
# There are two, @skip and @include: each once at one place.
MOST_DIRECTIVES_AT_ONCE: Final = 4
MOST_DIRECTIVES: Final = 200
# Each is resolved on its own, all of a query at once.
MOST_ROOT_FIELDS: Final = 100
# The largest type has some 20 fields; what is asked for twice is looked at twice.
MOST_FIELDS: Final = 200
# All that planning reads, fragments counted wherever they are spread.
MOST_SELECTIONS: Final = 5_000
# Selections inside selections, whatever they are: this pass goes down as deep.
MOST_NESTED: Final = 100


class Measured(NamedTuple):
    """What a selection comes to, each fragment counted wherever it is spread."""

    depth: int = 0
    deepest: tuple[str, ...] = ()
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    selections: int = 0

    def beside(self, other: "Measured") -> "Measured":
        deeper = self if self.depth >= other.depth else other
        return Measured(
            deeper.depth,
            deeper.deepest,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.selections + other.selections,
        )


# The counts that hold for an operation as a whole, and what is said of each.
WHOLE: Final = (
    ("fields", MOST_ROOT_FIELDS),
    ("aliases", MOST_ALIASES),
    ("directives", MOST_DIRECTIVES),
    ("selections", MOST_SELECTIONS),
)


def must_be_within_limits(root: DocumentNode) -> None:
    """Raises QueryTooComplex, which names a field. Fragments may be missing or go in circles."""
    measuring = Measuring(root)
    for definition in root.definitions:
        if isinstance(definition, OperationDefinitionNode):
            measuring.operation(definition)


class Measuring:
    """The measures of one document; each fragment is measured once."""

    def __init__(self, root: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in root.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Measured] = {}

    def operation(self, operation: OperationDefinitionNode) -> None:
        parts = list(self._parts(operation.selection_set, (), 0))
        whole = total(measured for _, measured in parts)
        _must_fit("levels", whole.depth, MOST_DEEP, ".".join(whole.deepest[: MOST_DEEP + 1]))
        for what, most in WHOLE:
            found = getattr(whole, what)
            if found > most:
                selection, own = max(parts, key=lambda part: getattr(part[1], what))
                at = f" ({getattr(own, what)} of them at {_name(selection)})"
                _must_fit(what, found, most, _name(selection), f"The operation{at}")

    def _parts(
        self, selected: SelectionSetNode, path: tuple[str, ...], nested: int
    ) -> Iterator[tuple[SelectionNode, Measured]]:
        if nested > MOST_NESTED:
            raise QueryTooComplex("Document repeats or nests its selections too often.")
        for selection in selected.selections:
            at_once = len(selection.directives or ())
            where = ".".join((*path, _name(selection)))
            _must_fit("directives at one place", at_once, MOST_DIRECTIVES_AT_ONCE, where)
            inside = self._inside(selection, path, nested)
            own = Measured(directives=at_once, selections=1)
            yield selection, inside.beside(own)

    def _inside(self, selection: SelectionNode, path: tuple[str, ...], nested: int) -> Measured:
        if isinstance(selection, FieldNode):
            return self._field(selection, path, nested)
        if isinstance(selection, InlineFragmentNode):
            return self._set(selection.selection_set, path, nested)
        assert isinstance(selection, FragmentSpreadNode)
        name = selection.name.value
        if name not in self._known:
            # In a circle it counts as empty: such a document isn't valid.
            self._known[name] = Measured()
            if fragment := self._fragments.get(name):
                self._known[name] = self._set(fragment.selection_set, (f"...{name}",), nested)
        return self._known[name]

    def _field(self, node: FieldNode, path: tuple[str, ...], nested: int) -> Measured:
        name = node.name.value
        inside = Measured()
        if node.selection_set:
            inside = self._set(node.selection_set, (*path, name), nested)
        depth, deepest = inside.depth + 1, (name, *inside.deepest)
        if name.startswith("__"):
            _must_fit("levels", depth, MOST_DEEP_INTROSPECTION, ".".join(deepest))
            depth, deepest = 1, (name,)
        aliases = inside.aliases + (node.alias is not None)
        return inside._replace(depth=depth, deepest=deepest, fields=1, aliases=aliases)

    def _set(self, selected: SelectionSetNode, path: tuple[str, ...], nested: int) -> Measured:
        whole = total(measured for _, measured in self._parts(selected, path, nested + 1))
        _must_fit("fields in one selection", whole.fields, MOST_FIELDS, ".".join(path))
        return whole


def total(measures: Iterable[Measured]) -> Measured:
    whole = Measured()
    for measured in measures:
        whole = whole.beside(measured)
    return whole


def _must_fit(what: str, found: int, most: int, field: str, whose: str = "") -> None:
    if found > most:
        raise QueryTooComplex(
            f"{whose or field} comes to {found} {what}; at most {most} fit.",
            {"limit": what, "field": field, "found": found, "most": most},
        )


def _name(selection: SelectionNode) -> str:
    if isinstance(selection, FieldNode):
        return selection.name.value
    return f"...{selection.name.value}" if isinstance(selection, FragmentSpreadNode) else "..."

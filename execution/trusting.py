"""Looks whether a document can be trusted: whether each of its operations could run."""

from collections.abc import Callable

import strawberry
from graphql import GraphQLError, OperationDefinitionNode

from execution.documents import Documents, NotValid
from execution.errors import QueryTooComplex
from execution.guard_rules import GuardRules


def checker(api: strawberry.Schema) -> Callable[[str], list[str]]:
    """Make a function that gives the names of a document's operations.

    It raises ValueError, which says all that is wrong with the document.
    """
    schema = api._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Strawberry has no other way to it
    documents = Documents(schema, GuardRules())

    def checked(text: str) -> list[str]:
        try:
            return _names(documents, text)
        except NotValid as fault:
            raise ValueError("; ".join(map(_worded, fault.errors))) from None
        except QueryTooComplex as error:
            raise ValueError(str(error)) from None

    return checked


def _names(documents: Documents, text: str) -> list[str]:
    document = documents.get(text)
    operations = [
        node for node in document.root.definitions if isinstance(node, OperationDefinitionNode)
    ]
    names = [operation.name.value if operation.name else None for operation in operations]
    for name in names:
        documents.plan(document, name)
        documents.cost(document, name)
    return [name or "" for name in names]


def _worded(error: GraphQLError) -> str:
    places = [f"line {at.line}, column {at.column}: " for at in (error.locations or ())[:1]]
    return "".join([*places, error.message])

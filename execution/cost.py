"""What an operation costs: known before any of it runs, compiled once into a small function.

Each item of a list costs 1, as many as there may be, and so does what one leads to; what is found
by itself costs as much as its statement, and what it is given by the item. What is part of another
object, such as a price, costs nothing; what the schema shows of itself costs by the field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode

from execution.amount import Amount, Given, added
from execution.conditions import Conditions
from execution.cost_walk import CostWalk, Part
from execution.weight import CHANGE, FOUND

# What the server can do in half a second; a page of 100 invoices with lines and products is 20,210.
MOST_COST: Final = 25_000


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one operation; it knows no caller, so that all can share it."""

    parts: Sequence[Part]
    amount: Amount
    conditions: Conditions
    introspects: bool
    # Whether it was the caller's request that its document was read for.
    is_let_in: bool = False

    def of(self, variables: Mapping[str, Any]) -> int:
        """What a request costs that sends these variables, which are raw JSON."""
        amount = self.amount
        return amount if isinstance(amount, int) else amount(self.given(variables))

    def let_in(self) -> "Cost":
        """The same for a request that was let in already, when its document was read."""
        return replace(self, is_let_in=True)

    def of_event(self, variables: Mapping[str, Any]) -> int:
        """What each event of a subscription costs: as much as a query that shows the same."""
        return max(FOUND, self.of(variables) - CHANGE + FOUND)

    def given(self, variables: Mapping[str, Any]) -> Given:
        return Given(variables, self.conditions.failed(variables), {})


def compile_cost(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
) -> Cost:
    """The cost of an operation that is valid for the schema and within the limits."""
    walk = CostWalk(schema, fragments, operation)
    parts = walk.root()
    return Cost(
        parts, added([part.amount for part in parts]), walk.conditions, introspects=walk.introspects
    )

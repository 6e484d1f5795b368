"""What is said of an operation that costs too much: which field costs most, and what would fit."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from execution.amount import added, under, value
from execution.cost import MOST_COST, Cost
from execution.cost_walk import Part
from execution.errors import QueryTooComplex


def too_costly(cost: Cost, variables: Mapping[str, Any]) -> QueryTooComplex:
    given = cost.given(variables)
    by_name: defaultdict[str, list[Part]] = defaultdict(list)
    for part in cost.parts:
        by_name[part.name].append(part)
    costs = {
        name: value(added([part.amount for part in parts]), given)
        for name, parts in by_name.items()
    }
    name = max(costs, key=costs.__getitem__)
    whole = cost.of(variables)
    fits = None
    parts = by_name[name]
    if any(part.size is not None for part in parts):
        each = value(added([under(part.conditions, part.each) for part in parts]), given)
        rest = value(added([under(part.conditions, part.base) for part in parts]), given)
        fits = max(0, (MOST_COST - (whole - costs[name]) - rest) // max(1, each))
    message = (
        f"The operation costs {whole}, {costs[name]} of it for {name}; at most {MOST_COST} fit."
    )
    details = {"limit": "cost", "field": name, "found": whole, "most": MOST_COST}
    if fits:
        message += f" With first: {fits} in its place it would."
        details["first"] = fits
    else:
        message += " Ask for less at once."
    return QueryTooComplex(message, details)

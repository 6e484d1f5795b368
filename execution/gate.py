"""The first line of defence: a whole operation is refused before any of it runs."""

from collections.abc import Mapping
from typing import Any, Final

from access.caller import Caller
from access.errors import MissingScope
from db.scope import Scope
from execution.plan import Plan, in_order

# What callers lack of one operation differs with the scopes of their keys.
MOST_REFUSALS: Final = 16


def must_hold_scopes(plan: Plan, caller: Caller, variables: Mapping[str, Any]) -> None:
    """Raises MissingScope, which names what is missing, each with the first field that needs it."""
    held = caller.key.scopes
    settled = plan.settled
    required = plan.required(variables) if settled is None else settled
    if required <= held:
        return
    if settled is None:
        raise _refusal(plan, required, held, variables)
    lacking = required - held
    refusal = plan.refusals.get(lacking)
    if refusal is None:
        refusal = _refusal(plan, required, held, variables)
        if len(plan.refusals) < MOST_REFUSALS:
            plan.refusals[lacking] = refusal
    raise refusal.again()


def _refusal(
    plan: Plan, required: frozenset[Scope], held: frozenset[Scope], variables: Mapping[str, Any]
) -> MissingScope:
    missing = plan.missing(held, variables)
    return MissingScope(in_order(required), {need.scope: need.coordinate for need in missing})

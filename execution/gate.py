"""The first line of defence: a whole operation is refused before any of it runs."""

from collections.abc import Mapping
from typing import Any

from access.caller import Caller
from access.errors import MissingScope
from execution.plan import Plan, in_order


def must_hold_scopes(plan: Plan, caller: Caller, variables: Mapping[str, Any]) -> None:
    """Raises MissingScope, which names what is missing, each with the first field that needs it."""
    held = caller.key.scopes
    required = plan.required(variables)
    if required <= held:
        return
    missing = plan.missing(held, variables)
    raise MissingScope(in_order(required), {need.scope: need.coordinate for need in missing})

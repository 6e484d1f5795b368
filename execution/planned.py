"""Operations of which it is known what they need, before any of it runs."""

from typing import NamedTuple

from graphql import DocumentNode

from access.caller import Caller
from execution import gate
from execution.compiled.program import Program
from execution.cost import Cost
from execution.errors import HttpRefused, MethodNotAllowed
from execution.plan import Plan
from execution.request import Asked


class Planned(NamedTuple):
    """An operation of which it is known what it needs."""

    asked: Asked
    root: DocumentNode
    plan: Plan
    cost: Cost
    program: Program | None

    def must_be_allowed(self, caller: Caller) -> None:
        """Raises MissingScope."""
        gate.must_hold_scopes(self.plan, caller, self.asked.variables)


class NeedsStream(HttpRefused):
    """A subscription, which no single answer can hold."""

    def __init__(self, planned: Planned) -> None:
        super().__init__("Run a subscription over a WebSocket, or accept text/event-stream.")
        self.planned = planned


def must_fit(planned: Planned, *, may_change: bool, costs: list[int] | None) -> None:
    """NeedsStream, or MethodNotAllowed; tells what it costs before."""
    if costs is not None:
        costs.append(planned.cost.of(planned.asked.variables))
    if planned.plan.is_subscription:
        raise NeedsStream(planned)
    if planned.plan.is_mutation and not may_change:
        raise MethodNotAllowed("A mutation is sent by POST.", "POST")

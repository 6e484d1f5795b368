"""What an operation pays before it runs, and what callers are told of their budgets."""

import re
from asyncio import sleep
from collections.abc import Mapping
from typing import Any, Final

from access.audience import Audience
from access.budget import AHEAD, Budgets
from access.caller import Caller, KnownKey
from access.errors import OverBudget
from execution.cost import MOST_COST, Cost
from execution.errors import IntrospectionForbidden
from execution.too_costly import too_costly

# What an answer of a page or two has is paid for with its items.
SHORT_BYTES: Final = 64 * 1024
UNIT_BYTES: Final = 4 * 1024
# The header by which a client asks for `extensions.cost`.
COST_HEADER: Final = "Tollhouse-Cost"
# How graphql-core names what the schema has instead.
SUGGESTION: Final = re.compile(r" Did you mean [^?\n]*\?")


def asks_for_cost(headers: Mapping[str, str]) -> bool:
    return headers.get(COST_HEADER) == "1"


class Toll:
    def __init__(self, budgets: Budgets, audience: Audience) -> None:
        self._budgets, self._audience = budgets, audience
        # As the draft on RateLimit header fields writes them, version 11.
        self._policy = f'"cost";q={budgets.burst};w={budgets.window_seconds}'

    def take(self, caller: Caller, cost: Cost, variables: Mapping[str, Any]) -> int:
        """Take what an operation costs; if it has to wait, nothing is taken: see Budgets.charge.

        A Refused where it is never let in.
        """
        if cost.introspects and not self._audience.holds(caller):
            raise IntrospectionForbidden("This server doesn't show its schema to this API key.")
        amount = cost.amount
        price = amount if isinstance(amount, int) else cost.of(variables)
        if price > MOST_COST:
            raise too_costly(cost, variables)
        if not price or not self._budgets.are_limited:
            return 0
        return self._budgets.charge(caller.key, price)

    async def pay(self, caller: Caller, cost: Cost, variables: Mapping[str, Any]) -> None:
        """Take what an operation costs; a Refused where it isn't let in, and nothing is taken."""
        if wait_seconds := self.take(caller, cost, variables):
            price = cost.of(variables)
            await self._held_up(caller, price, wait_seconds, is_let_in=cost.is_let_in)

    async def must_have_some(self, caller: Caller) -> None:
        """OverBudget where nothing remains, so that nothing is to be done for the caller."""
        if self._budgets.are_limited and (wait_seconds := self._budgets.charge(caller.key, 0)):
            await self._held_up(caller, 0, wait_seconds)

    async def lets_in_event(self, caller: Caller, price: int) -> bool:
        """Take what showing an event costs; False, and nothing is taken, once it had to wait.

        Whoever is told events is held up in place of being refused, and much may change meanwhile.
        """
        if not self._budgets.are_limited:
            return True
        wait_seconds = self._budgets.charge(caller.key, price)
        if wait_seconds == AHEAD:
            await self._budgets.caught_up(caller.key)
        elif wait_seconds:
            await sleep(wait_seconds)
        return not wait_seconds

    def owe(self, caller: Caller, price: int) -> None:
        """Take what something has cost already, be it there or not."""
        if self._budgets.are_limited:
            self._budgets.owe(caller.key, price)

    def owe_for_length(self, caller: Caller, length: int) -> None:
        """Take what a long answer of so many bytes costs beyond its items: 1 for each 4 KiB."""
        if length > SHORT_BYTES:
            self.owe(caller, (length - SHORT_BYTES) // UNIT_BYTES)

    async def _held_up(
        self, caller: Caller, price: int, wait_seconds: int, *, is_let_in: bool = False
    ) -> None:
        """Take it once the others know what was spent before; OverBudget where nothing remains.

        Whoever was let in before something else took the last is let in all the same.
        """
        while wait_seconds == AHEAD:
            await self._budgets.caught_up(caller.key)
            wait_seconds = self._budgets.charge(caller.key, price)
        if wait_seconds and is_let_in:
            self._budgets.owe(caller.key, price)
        elif wait_seconds:
            raise OverBudget(wait_seconds, self._budgets.burst)

    def fields(self, key: KnownKey) -> Mapping[str, str]:
        """The header fields of an answer to the key."""
        return dict(line.split(": ") for line in self.lines(key).splitlines())

    def lines(self, key: KnownKey, *, is_over: bool = False) -> str:
        """The same as they are written, `is_over` where it was refused for its budget.

        Something is left again a moment after a refusal, but then nobody is to be refused who is
        told of something left.
        """
        if not self._budgets.are_limited:
            return ""
        remaining, reset_seconds = self._budgets.level(key)
        limit = f'"cost";r={0 if is_over else remaining};t={reset_seconds}'
        return f"RateLimit: {limit}\r\nRateLimit-Policy: {self._policy}\r\n"

    def told(self, key: KnownKey, requested: int) -> dict[str, Any]:
        """The extension by which a client that asks is told what an operation or an event costs."""
        told = {"requested": requested, "most": MOST_COST}
        if self._budgets.are_limited:
            remaining, reset_seconds = self._budgets.level(key)
            limit = self._budgets.burst
            told |= {"limit": limit, "remaining": remaining, "resetSeconds": reset_seconds}
        return {"cost": told}

    def shown(self, errors: list[dict[str, Any]], caller: Caller) -> list[dict[str, Any]]:
        """The errors; names of the schema are only suggested to those who may read it."""
        if self._audience.holds(caller):
            return errors
        return [{**error, "message": SUGGESTION.sub("", error["message"])} for error in errors]

"""Refusals of a whole request: who is calling isn't known, or may not do this."""

from collections.abc import Mapping, Sequence
from typing import Any

from db.errors import Refused
from db.scope import Scope


class Unauthenticated(Refused):
    code = "UNAUTHENTICATED"


class IpNotAllowed(Refused):
    """`caller` is whose key it was, where that is known."""

    code = "IP_NOT_ALLOWED"

    def __init__(self, message: str, caller: Any = None) -> None:
        super().__init__(message)
        self.caller = caller


class MissingScope(Refused):
    """Names the scopes that the operation needs, and those of them that the caller hasn't.

    `missing` says for each of those what needs it, such as Query.products.
    """

    code = "MISSING_SCOPE"

    def __init__(self, required: Sequence[Scope], missing: Mapping[Scope, str]) -> None:
        needs = [f"{where} needs the scope {scope}" for scope, where in missing.items()]
        super().__init__(f"{'; '.join(needs)}.")
        self.required, self.missing = tuple(required), tuple(missing)

    def again(self) -> "MissingScope":
        """The same for another request: whoever raises an error leaves their own trace in it."""
        same = MissingScope.__new__(MissingScope, *self.args)
        same.required, same.missing = self.required, self.missing
        return same

    @classmethod
    def at(cls, where: str, scope: Scope) -> "MissingScope":
        """The refusal of one field, for the one scope that it needs."""
        return cls([scope], {scope: where})

    @property
    def details(self) -> Mapping[str, Any]:
        return {"required": list(self.required), "missing": list(self.missing)}


class RateLimited(Refused):
    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class OverBudget(RateLimited):
    """Says by its details what the headers say, for sockets have none."""

    def __init__(self, wait_seconds: int, limit: int) -> None:
        super().__init__(
            f"This API key has used up its budget of {limit}; try again in {wait_seconds} s.",
            wait_seconds,
        )
        self._limit = limit

    @property
    def details(self) -> Mapping[str, Any]:
        return {"limit": self._limit, "remaining": 0, "retryAfterSeconds": self.retry_after_seconds}

"""What an operation came to."""

from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """The parts of an answer; `ran` tells whether execution began, so that there may be data."""

    ran: bool
    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    is_mutation: bool = False

    @property
    def holds_something(self) -> bool:
        return any(value is not None for value in (self.data or {}).values())


def not_run(errors: list[dict[str, Any]]) -> Outcome:
    return Outcome(ran=False, data=None, errors=errors)

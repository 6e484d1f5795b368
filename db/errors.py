"""Failures that a caller can cause and should be told about."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

MOST_TOLD: Final = 5


class Fault(NamedTuple):
    """One thing that is wrong; `path` is as the client wrote it, e.g. input.price.amount."""

    path: str
    message: str


def told(faults: Sequence[Fault]) -> str:
    """All of them in one sentence, but for the tail of a long list: programs get them whole."""
    shown = [f"{path}: {message.removesuffix('.')}" for path, message in faults[:MOST_TOLD]]
    rest = len(faults) - MOST_TOLD
    return "; ".join([*shown, f"and {rest} more"] if rest > 0 else shown)


def fields_of(faults: Sequence[Fault]) -> Mapping[str, Any]:
    """The detail that names them; nothing where there are none."""
    return {"fields": [fault._asdict() for fault in faults]} if faults else {}


class Refused(Exception):
    """Base of all expected failures; `code` and `details` are part of the public API."""

    code = "REFUSED"

    @property
    def details(self) -> Mapping[str, Any]:
        return {}


class Pointed(Refused):
    """One that may have to do with fields of an input: `faults` name them."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)

    @property
    def details(self) -> Mapping[str, Any]:
        return fields_of(self.faults)


class NotFound(Pointed):
    """Not there, or another organization's."""

    code = "NOT_FOUND"


class Conflict(Pointed):
    """The state forbids it."""

    code = "CONFLICT"


class IdempotencyMismatch(Refused):
    code = "IDEMPOTENCY_MISMATCH"


class LockoutRisk(Refused):
    code = "LOCKOUT_RISK"


class Forbidden(Refused):
    """Beyond what the caller may do or give; `beyond` says what, for programs."""

    code = "FORBIDDEN"

    def __init__(self, message: str, beyond: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.beyond = beyond

    @property
    def details(self) -> Mapping[str, Any]:
        return {"beyond": self.beyond} if self.beyond else {}


class InvalidInput(Refused):
    """Names every field that is wrong."""

    code = "INVALID_INPUT"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(told(faults))
        self.faults = tuple(faults)

    @classmethod
    def at(cls, path: str, message: str) -> "InvalidInput":
        return cls([Fault(path, message)])

    @property
    def details(self) -> Mapping[str, Any]:
        return fields_of(self.faults)


class AnswerTooLarge(Refused):
    """What an operation finds takes too much memory, which nobody knew before."""

    code = "QUERY_TOO_COMPLEX"

    def __init__(self) -> None:
        super().__init__(
            "What this operation finds is too large for one answer. Ask for smaller pages, or for"
            " fewer of the long fields, such as metadata, description or payload."
        )


class Unavailable(Refused):
    """The database, or another part that an answer rests on, is away for now."""

    code = "UNAVAILABLE"
    retry_after_seconds = 2

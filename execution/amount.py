"""Amounts that depend on an operation's variables, put together once and asked for each request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias


class Given(NamedTuple):
    """The variables of a request as they came, and the bits of the conditions that don't hold.

    `sizes` are those of variables, once they are known (execution/input_size.py).
    """

    variables: Mapping[str, Any]
    failed: int
    sizes: dict[str, int]


# A number where the variables don't matter.
Amount: TypeAlias = int | Callable[[Given], int]


def value(amount: Amount, given: Given) -> int:
    return amount if isinstance(amount, int) else amount(given)


def added(amounts: Sequence[Amount]) -> Amount:
    fixed = sum(amount for amount in amounts if isinstance(amount, int))
    moving = [amount for amount in amounts if not isinstance(amount, int)]
    if not moving:
        return fixed
    if len(moving) == 1:
        [only] = moving
        return (lambda given: fixed + only(given)) if fixed else only
    return lambda given: fixed + sum(amount(given) for amount in moving)


def multiplied(size: Amount, each: Amount) -> Amount:
    if isinstance(size, int) and isinstance(each, int):
        return size * each
    if not isinstance(size, int) and isinstance(each, int):
        return (lambda given: size(given) * each) if each else 0
    return lambda given: value(size, given) * value(each, given)


def largest(amounts: Sequence[Amount]) -> Amount:
    if all(isinstance(amount, int) for amount in amounts):
        return max((value(amount, NOTHING) for amount in amounts), default=0)
    return lambda given: max(value(amount, given) for amount in amounts)


def under(conditions: Sequence[int], amount: Amount) -> Amount:
    """The amount where any of the conditions holds, else nothing."""
    if 0 in conditions or amount == 0:
        return amount
    any_of = tuple(conditions)
    return lambda given: value(amount, given) if _holds(any_of, given.failed) else 0


def _holds(any_of: Sequence[int], failed: int) -> bool:
    return any(not conditions & failed for conditions in any_of)


NOTHING = Given({}, 0, {})

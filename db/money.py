"""Money: exact decimal amounts in a currency, with the currency's number of decimals."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Final, NamedTuple

from iso4217 import Currency  # pyright: ignore[reportMissingTypeStubs]  # it has none

# ISO 4217 knows no crypto currencies; these have the decimals of their chains.
CRYPTO: Final = {"BTC": 8, "ETH": 18, "USDC": 6, "USDT": 6, "EURC": 6}
# Metals, bonds, test codes and "no currency" have no minor unit: nothing can be priced in them.
EXPONENTS: Final[dict[str, int]] = {
    **{c.code: c.exponent for c in Currency if c.exponent is not None},
    **CRYPTO,
}
# Twelve digits before the point: 100 lines of 2^31 pieces still fit into PRECISION.
PLAIN: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,30}))?", re.ASCII)
PRECISION: Final = Context(prec=60)


class Money(NamedTuple):
    amount: Decimal
    currency: str


def moneys(amounts: Iterable[Decimal], currencies: Iterable[str]) -> list[Money]:
    return list(map(Money, amounts, currencies))


def exponent(currency: str) -> int:
    """How many decimals the currency has; ValueError for one that isn't known."""
    decimals = EXPONENTS.get(currency)
    if decimals is None and (capitals := currency.upper()) in EXPONENTS:
        raise ValueError(f"must be written in capitals: {capitals}")
    if decimals is None:
        known = ", ".join(CRYPTO)
        raise ValueError(f"must be an ISO 4217 code such as EUR, or one of {known}")
    return decimals


def exact(amount: str, currency: str) -> Decimal:
    """The amount with the currency's decimals; ValueError where it doesn't fit."""
    decimals = exponent(currency)
    match = PLAIN.fullmatch(amount)
    if not match:
        raise ValueError('must be a plain number of zero or more, below 10^12, such as "19.99"')
    if len((match[2] or "").rstrip("0")) > decimals:
        raise ValueError(f"has too many decimals: {currency} has {decimals}")
    return Decimal(amount).quantize(Decimal(1).scaleb(-decimals), context=PRECISION)


def times(price: Decimal, quantity: int) -> Decimal:
    return PRECISION.multiply(price, Decimal(quantity))


def total(amounts: list[Decimal]) -> Decimal:
    """The exact sum of amounts of one currency; there is at least one."""
    sum_so_far = amounts[0]
    for amount in amounts[1:]:
        sum_so_far = PRECISION.add(sum_so_far, amount)
    return sum_so_far

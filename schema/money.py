"""Money as clients state it and see it."""

from typing import Annotated, Any

import strawberry
import strawberry.pydantic
from pydantic import AfterValidator, BaseModel, PlainValidator, ValidationInfo

from db.money import exact, exponent
from schema.scalars import Decimal


@strawberry.type(description="An exact amount.")
class Money:
    amount: Decimal = strawberry.field(description="With as many decimals as the currency has.")
    currency: str = strawberry.field(description="ISO 4217, or BTC, ETH, USDC, USDT, EURC.")


def known(currency: str) -> str:
    exponent(currency)
    return currency


def amount_from(value: Any, info: ValidationInfo) -> Decimal:
    """The exact amount, judged by the currency beside it."""
    if not isinstance(value, str):
        raise ValueError('must be a string such as "19.99"')  # noqa: TRY004  # pydantic's way
    # Where the currency is wrong that is said already, so any will do.
    return exact(value, info.data.get("currency", "ETH"))


@strawberry.pydantic.input(description="An amount with no more decimals than its currency has.")
class MoneyInput(BaseModel):
    currency: Annotated[str, AfterValidator(known)]
    amount: Annotated[Decimal, PlainValidator(amount_from)]

"""Products as clients state them and see them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry
import strawberry.pydantic
from pydantic import AfterValidator, BaseModel, Field

import db.product
from db.limits import Label, Memo, Name, Search
from schema.ids import ProductId
from schema.inputs import MaybeLabels, MaybeUrl
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.scalars import Metadata, Url


@strawberry.pydantic.type(description="Something that you sell.")
class Product(db.product.Details, Node):
    price: Money
    image_url: Url | None
    labels: Annotated[Metadata, strawberry.field(name="metadata")]
    created_at: datetime
    updated_at: datetime


@strawberry.enum
class ProductSort(StrEnum):
    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


@strawberry.enum
class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class ProductOrder:
    by: ProductSort = strawberry.field(description="NAME goes without regard to case.")
    direction: OrderDirection = OrderDirection.ASC


@strawberry.pydantic.input
class ProductFilter(BaseModel):
    active: bool | None = None
    search: Search | None = Field(None, description="A part of the name, sku or description.")
    sku: Label | None = None


def on_sale_unless_stated(active: bool | None) -> bool:  # noqa: FBT001  # pydantic hands it over
    return active is not False


@strawberry.pydantic.input
class CreateProductInput(db.product.Details):
    active: Annotated[bool | None, AfterValidator(on_sale_unless_stated)] = True  # pyright: ignore[reportIncompatibleVariableOverride]  # null is taken, never kept
    price: MoneyInput
    image_url: MaybeUrl = None
    labels: Annotated[MaybeLabels, strawberry.field(name="metadata")] = None


@strawberry.pydantic.input
class UpdateProductInput(BaseModel):
    id: ProductId
    name: strawberry.Maybe[Name] = None
    description: strawberry.Maybe[Memo | None] = None
    sku: strawberry.Maybe[Label | None] = None
    price: strawberry.Maybe[MoneyInput] = None
    active: strawberry.Maybe[bool] = None
    image_url: strawberry.Maybe[MaybeUrl] = None
    labels: Annotated[strawberry.Maybe[MaybeLabels], strawberry.field(name="metadata")] = None


@strawberry.pydantic.input
class DeleteProductInput(BaseModel):
    id: ProductId


@strawberry.type
class CreateProductPayload:
    product: Product


@strawberry.type
class UpdateProductPayload:
    product: Product


@strawberry.type
class DeleteProductPayload:
    deleted_product_id: strawberry.ID

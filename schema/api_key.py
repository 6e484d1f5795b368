"""API keys as clients state them and see them."""

from collections.abc import Sized
from datetime import datetime
from typing import Annotated

import strawberry
import strawberry.pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

import db.api_key
from access.networks import canonical, parse_rule
from db.api_key import MOST_RULES
from db.api_key_filter import ApiKeyStatus
from db.limits import STORABLE, Label, Memo, Name, Search
from schema.actor import Actor
from schema.ids import ApiKeyId
from schema.inputs import MaybeTime
from schema.node import Node
from schema.scalars import Cidr
from schema.scope import Scope

strawberry.enum(ApiKeyStatus)
A_DAY_SECONDS = 86_400


@strawberry.type(description="An address or network that may use a key.")
class IpRule:
    typeid: strawberry.ID = strawberry.field(name="id")
    cidr: Cidr
    note: str | None
    created_at: datetime


@strawberry.pydantic.type(description="What acts for an organization.")
class ApiKey(db.api_key.Details, Node):
    token_hint: str = Field(
        description="The public part of the token and its last four characters, enough to "
        "recognise it."
    )
    status: ApiKeyStatus
    full_access: bool
    scopes: list[Scope] = Field(description="What the key may do: all 20 when fullAccess.")
    ip_rules: list[IpRule] = Field(description="Empty: any address may use the key.")
    created_at: datetime
    updated_at: datetime
    created_by: Actor | None = Field(description="Who created it; the key outlives them.")
    token_issued_at: datetime = Field(
        description="When its current token was made: the age that rotation resets."
    )
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_ip: str | None
    overlap_ends_at: Annotated[
        datetime | None,
        strawberry.field(
            name="previousTokenExpiresAt",
            description="Set while a rotation overlaps: until then the previous token works too.",
        ),
    ]


def cidr_from(value: object) -> str:
    """The canonical form of an address or network."""
    if not isinstance(value, str):
        raise ValueError("must be a string such as 192.0.2.0/24")  # noqa: TRY004  # pydantic's way
    return canonical(parse_rule(value))


def at_most_the_limit(rules: object) -> object:
    """The same rules; too many are refused before any of them is looked at."""
    if isinstance(rules, Sized) and len(rules) > MOST_RULES:
        raise ValueError(f"has {len(rules)} rules, a key has at most {MOST_RULES}")
    return rules


Note = Annotated[str, StringConstraints(max_length=200), STORABLE]


@strawberry.pydantic.input
class IpRuleInput(BaseModel):
    cidr: Annotated[Cidr, BeforeValidator(cidr_from)]
    note: Note | None = None


IpRules = Annotated[list[IpRuleInput], BeforeValidator(at_most_the_limit)]


def at_least_one(scopes: list[Scope]) -> list[Scope]:
    if not scopes:
        raise ValueError("must name a scope; to lift all limits, say fullAccess: true")
    return scopes


def only_true(full_access: bool) -> bool:  # noqa: FBT001  # pydantic hands it over
    if not full_access:
        raise ValueError("can only be true; to limit the key, give scopes")
    return full_access


SomeScopes = Annotated[list[Scope], AfterValidator(at_least_one)]
OnlyTrue = Annotated[bool, AfterValidator(only_true)]


@strawberry.pydantic.input
class CreateApiKeyInput(db.api_key.Details):
    scopes: list[Scope] | None = Field(
        None,
        description="Omitted or empty: full permissions; refused where the caller itself has less.",
    )
    ip_rules: IpRules | None = Field(
        None,
        description="Omitted: the caller's own rules, where it is a key that has some; else any "
        "address.",
    )
    expires_at: MaybeTime = Field(
        None, description="Omitted: the caller's own, where it is a key that expires; else never."
    )


@strawberry.pydantic.input
class UpdateApiKeyInput(BaseModel):
    id: ApiKeyId
    name: strawberry.Maybe[Name] = None
    description: strawberry.Maybe[Memo | None] = None
    environment: strawberry.Maybe[Label | None] = None
    scopes: strawberry.Maybe[SomeScopes] = Field(
        None,
        description="Replaces the scopes, and ends full access. An empty list is refused: say "
        "fullAccess: true to lift all limits.",
    )
    full_access: strawberry.Maybe[OnlyTrue] = Field(
        None, description="Only true, and only without scopes."
    )
    ip_rules: strawberry.Maybe[IpRules] = Field(
        None, description="Replaces the rules; an empty list lets any address in."
    )
    expires_at: strawberry.Maybe[MaybeTime] = Field(None, description="null: never.")


def a_day_unless_stated(seconds: int | None) -> int:
    return A_DAY_SECONDS if seconds is None else seconds


@strawberry.pydantic.input
class RotateApiKeyInput(BaseModel):
    id: ApiKeyId
    overlap_seconds: Annotated[int, Field(ge=0, le=2_592_000)] | None = Field(
        A_DAY_SECONDS,
        description="How long the present token goes on working: 0 to 2592000 (30 days). An "
        "overlap that is running ends: two tokens at most.",
    )


@strawberry.pydantic.input
class DeleteApiKeyInput(BaseModel):
    id: ApiKeyId


@strawberry.pydantic.input
class ApiKeyFilter(BaseModel):
    status: ApiKeyStatus | None = None
    environment: Label | None = None
    search: Search | None = Field(
        None, description="A part of the name, description, environment or the token's id."
    )
    scope: Scope | None = Field(None, description="Keys that have it, by full access too.")
    full_access: bool | None = None


@strawberry.type(description="token is shown in this answer and never again.")
class CreateApiKeyPayload:
    api_key: ApiKey
    token: str


@strawberry.type(description="token is shown in this answer and never again.")
class RotateApiKeyPayload:
    api_key: ApiKey
    token: str


@strawberry.type
class UpdateApiKeyPayload:
    api_key: ApiKey


@strawberry.type
class DeleteApiKeyPayload:
    api_key: ApiKey

"""Serves the stock of Strawberry and SQLModel: its view, its engine and its check of keys."""

from typing import Any

import orjson
import sqlalchemy as sa
import strawberry
from aiohttp import web
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import col, select
from strawberry.aiohttp.views import GraphQLView

from benchmarks.by_hand_keys import Find, Keys, Stored
from benchmarks.serving import PATH
from benchmarks.stock import Context, Maker, Query
from db.api_key import ApiKey


class View(GraphQLView[Any, None]):
    def __init__(self, maker: Maker) -> None:
        super().__init__(strawberry.Schema(Query), graphql_ide=None)
        self._maker, self._keys = maker, Keys(finder(maker))

    async def get_context(self, request: web.Request, response: web.StreamResponse) -> Context:
        return Context(self._maker, await self._keys.caller(request))


def finder(maker: Maker) -> Find:
    """Keys by SQLModel."""

    async def find(token_id: str) -> Stored | None:
        works = sa.or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > sa.func.now())
        query = select(ApiKey).where(
            col(ApiKey.token_id) == token_id, col(ApiKey.revoked_at).is_(None), works
        )
        async with maker() as session:
            row = await session.scalar(query)
        return row and Stored(
            row.organization_id,
            row.full_access,
            row.granted,
            row.digest,
            row.pepper_version,
            row.expires_at,
            [rule["cidr"] for rule in row.rules],
        )

    return find


def application(url: str) -> web.Application:
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://"),
        pool_size=10,
        json_deserializer=orjson.loads,
    )
    maker = async_sessionmaker(engine, expire_on_commit=False)
    built = web.Application()
    built.router.add_post(PATH, View(maker))
    return built

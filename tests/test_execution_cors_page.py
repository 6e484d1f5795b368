"""A page of another origin in a real browser: what it may call, and what it may read."""

from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Error

from db.scope import Scope
from tests.browser_parts import chromium
from tests.shop import CREATE_PRODUCT, TEA, written

NAME = "{ __typename }"
ASK = """async ([url, token, query, variables, more]) => {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
      ...(token && { Authorization: `Bearer ${token}` }),
      ...more.headers,
    },
    ...more.options,
    body: JSON.stringify({ query, variables }),
  });
  return [answer.status, await answer.json(), Object.fromEntries(answer.headers)];
}"""
HEAR = """async ([url, token, query]) => {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "text/event-stream",
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query }),
  });
  const reader = answer.body.getReader();
  const first = await reader.read();
  await reader.cancel();
  return [answer.headers.get("Content-Type"), new TextDecoder().decode(first.value)];
}"""
# What a form can send, which asks nobody first.
SIMPLE = """async ([url, body]) => {
  const headers = { "Content-Type": "text/plain" };
  await fetch(url, { method: "POST", mode: "no-cors", headers, body });
}"""
FAILED = "Failed to fetch"


class Page:
    """A page of another origin."""

    def __init__(self, page, house, key):
        self.page, self.house, self.key = page, house, key
        self.complaints = []
        page.on("console", lambda message: self.complaints.append(message.text))

    async def ask(self, query, key=None, headers=None, options=None, **variables):
        more = {"headers": headers or {}, "options": options or {}}
        token = (key or self.key).token
        arguments = [self.house.url(), token, query, variables, more]
        return await self.page.evaluate(ASK, arguments)


async def blank(_request):
    return web.Response(text="<title>A shop</title>", content_type="text/html")


@pytest.fixture(scope="module")
async def shop():
    """Where the page comes from."""
    application = web.Application()
    application.router.add_get("/", blank)
    async with TestServer(application) as server:
        yield str(server.make_url("/"))


@pytest.fixture(scope="module")
async def browser():
    async with chromium() as browser:
        yield browser


@asynccontextmanager
async def visited(shop, browser, house):
    opened = await browser.new_page()
    await opened.goto(shop)
    yield Page(opened, house, await house.key())
    await opened.close()


@pytest.fixture
async def page(closed_house, browser, shop):
    """A page whose origin is named."""
    closed_house.origins = frozenset([shop.removesuffix("/")])
    async with visited(shop, browser, await closed_house.open()) as page:
        yield page


@pytest.fixture
async def stranger(house, browser, shop):
    """A page whose origin isn't."""
    async with visited(shop, browser, house) as page:
        yield page


async def test_a_page_of_a_named_origin_may_call_and_read(page):
    headers = {"X-Request-Id": "from-a-page", "Idempotency-Key": "one", "Tollhouse-Cost": "1"}
    status, body, shown = await page.ask(CREATE_PRODUCT, headers=headers, input=TEA)

    assert (status, body["data"]["createProduct"]["product"]["name"]) == (200, "Tea")
    assert shown["x-request-id"] == "from-a-page"
    assert page.complaints == []


async def test_it_may_read_why_it_is_refused(page):
    little = await page.house.key(scopes=[Scope.INVOICES_READ])
    refused = await page.ask("{ products { totalCount } }", little)
    unknown = await page.ask(NAME, little._replace(token=""))

    assert (refused[0], refused[1]["errors"][0]["extensions"]["code"]) == (403, "MISSING_SCOPE")
    assert (unknown[0], unknown[1]["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert unknown[2]["www-authenticate"] == 'Bearer realm="tollhouse"'


async def test_it_may_hear_events(page):
    query = "subscription { notificationAdded { id } }"

    found = await page.page.evaluate(HEAR, [page.house.url(), page.key.token, query])

    assert found == ["text/event-stream; charset=utf-8", ":\n\n"]


async def test_it_may_send_no_other_headers_and_no_cookies(page):
    for more in ({"headers": {"X-Other": "1"}}, {"options": {"credentials": "include"}}):
        with pytest.raises(Error, match=FAILED):
            await page.ask(NAME, **more)


async def test_a_page_of_another_origin_can_neither_call_nor_change(stranger):
    before = await written(stranger.house, stranger.key.organization)
    with pytest.raises(Error, match=FAILED):
        await stranger.ask(CREATE_PRODUCT, input=TEA)

    assert await written(stranger.house, stranger.key.organization) == before
    assert "blocked by CORS policy" in stranger.complaints[0]


async def test_what_a_form_can_send_changes_nothing(stranger):
    before = await written(stranger.house, stranger.key.organization)
    body = orjson.dumps({"query": CREATE_PRODUCT, "variables": {"input": TEA}}).decode()
    with stranger.house.counting() as statements:
        async with stranger.page.expect_response(stranger.house.url()) as answered:
            await stranger.page.evaluate(SIMPLE, [stranger.house.url(), body])
    answer = await answered.value

    assert (answer.status, statements) == (401, [])
    assert await written(stranger.house, stranger.key.organization) == before

"""The page at /graphiql in a real browser that reaches this server and nothing else."""

import json

import pytest
from playwright.async_api import Error, expect

from db.news import Kind
from db.scope import Scope
from tests.browser_parts import chromium, program
from tests.delivery_parts import until
from tests.told_parts import notified

DARK, LIGHT = "rgb(33, 42, 59)", "rgb(255, 255, 255)"
CREATE = """mutation {
  createProduct(input: {name: "Espresso cup", price: {amount: "12.50", currency: "EUR"}}) {
    product { id }
  }
}"""


class Desk:
    """A page with GraphiQL, all that it asked for, and all that it complained of."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.asked, self.complaints = [], []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        self.query = page.locator(".graphiql-query-editor")
        self.headers = page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden)")
        self.response = page.locator(".graphiql-response")

    def _hear(self, message):
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    async def open(self):
        await self.page.goto(self.url)
        await expect(self.query).to_contain_text("query Products")
        return self

    async def paste(self, key):
        """The key, where the banner says: before the quotation mark that ends the header."""
        await self.headers.get_by_text('"Bearer "').click()
        for press in ("End", "ArrowLeft"):
            await self.page.keyboard.press(press)
        await self.page.keyboard.insert_text(key.token)

    async def run(self):
        await self.page.get_by_role("button", name="Execute query").click()

    async def pick(self, example):
        await self.show("Examples")
        await self.page.get_by_role("button", name=example, exact=True).click()

    async def show(self, plugin):
        await self.page.get_by_role("button", name=f"Show {plugin}").click()

    async def stored(self, name):
        return await self.page.evaluate(f"JSON.stringify({{...{name}}})")


@pytest.fixture(scope="module")
async def browser():
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def desk(house, browser):
    page = await browser.new_page()
    yield await Desk(page, house.url("/graphiql")).open()
    await page.close()


async def test_the_network_is_cut(browser):
    page = await browser.new_page()
    with pytest.raises(Error, match="ERR_PROXY_CONNECTION_FAILED"):
        await page.goto("http://example.com/")
    await page.close()


def test_elsewhere_a_chromium_on_the_path_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="put one on PATH"):
        program(tmp_path)
    found = tmp_path / "google-chrome"
    found.touch(mode=0o755)

    assert program(tmp_path) == (found, {})


async def test_a_pasted_key_shows_products_and_nothing_is_asked_elsewhere(house, desk):
    key = await house.key()
    await house.ask(key, CREATE)

    await desk.paste(key)
    await desk.run()

    await expect(desk.response).to_contain_text('"name": "Espresso cup"')
    await expect(desk.response).to_contain_text('"amount": "12.50"')
    assert {url.removesuffix("/graphiql").partition("/graph")[0] for url in desk.asked} == {
        house.url("/").removesuffix("/")
    }
    assert desk.complaints == []


async def test_the_key_is_kept_in_memory_only(house, desk):
    key = await house.key()

    await desk.paste(key)
    await desk.run()
    await expect(desk.response).to_contain_text('"totalCount": 0')
    session, local = await desk.stored("sessionStorage"), await desk.stored("localStorage")
    await desk.page.reload()

    assert local == "{}"
    assert "query Products" in json.dumps(json.loads(session))
    assert key.token not in session
    await expect(desk.headers).to_contain_text('"Bearer "')


async def test_without_a_key_it_says_so_and_asks_nothing(house, desk):
    await expect(desk.response).to_contain_text("once there is an API key under Headers")

    assert house.url() not in desk.asked


async def test_a_missing_scope_is_told_as_the_server_tells_it(house, desk):
    await desk.paste(await house.key(scopes=[Scope.PRODUCTS_READ]))
    await desk.pick("Invoices")
    await desk.run()

    await expect(desk.response).to_contain_text("Query.invoices needs the scope invoices.read.")
    await expect(desk.response).to_contain_text('"code": "MISSING_SCOPE"')


async def test_the_explorer_opens_on_the_schema_of_the_key(house, desk):
    await desk.paste(await house.key())
    await desk.show("GraphiQL Explorer")
    explorer = desk.page.locator(".graphiql-explorer-root")
    await explorer.get_by_text("totalCount", exact=True).click()

    await expect(explorer).to_contain_text("products")
    await expect(desk.query).not_to_contain_text("totalCount")


async def test_a_new_tab_has_the_key_too(house, desk):
    key = await house.key()

    await desk.paste(key)
    await desk.page.get_by_role("button", name="New tab").click()

    await expect(desk.headers).to_contain_text(f'"Bearer {key.token}"')


async def test_a_subscription_shows_what_happens_until_it_is_stopped(house, desk):
    key = await house.key()
    await desk.paste(key)
    await desk.pick("Follow notifications")
    async with desk.page.expect_websocket() as opened:
        await desk.run()
    socket = await opened.value
    await until(lambda: house.hub._ears[Kind.NOTIFICATION, key.organization])
    await notified(house.database, key.organization, house.clock(), "Sold out")
    await expect(desk.response).to_contain_text('"title": "Sold out"')
    async with socket.expect_event("close"):
        await desk.page.get_by_role("button", name="Stop query").click()

    assert socket.url == house.url().replace("http", "ws")
    assert desk.complaints == []


@pytest.mark.parametrize(("scheme", "background"), [("dark", DARK), ("light", LIGHT)])
async def test_it_is_as_dark_as_the_machine_is(house, browser, scheme, background):
    page = await browser.new_page(color_scheme=scheme)
    await Desk(page, house.url("/graphiql")).open()

    await expect(page.locator(".graphiql-container")).to_have_css("background-color", background)
    await page.close()


async def test_dark_can_be_chosen(desk):
    await desk.page.get_by_role("button", name="Open settings dialog").click()
    await desk.page.get_by_role("button", name="Dark", exact=True).click()

    await expect(desk.page.locator(".graphiql-container")).to_have_css("background-color", DARK)
    await expect(desk.page.get_by_text("Persist headers")).to_have_count(0)

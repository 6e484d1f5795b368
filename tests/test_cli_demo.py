"""The demo: when it is made, what is in it, and what is said of it."""

import pytest

from access.pepper import Peppers
from cli.demo import Demo, at_start, make, sheet
from cli.demo_data import ELSEWHERE
from cli.settings import SETTINGS, read
from tests.cli_parts import NOW, TOKEN, Command

NOT_GIVEN = {setting.field: None for setting in SETTINGS}
URL = "http://127.0.0.1:8402"
PEPPERS = Peppers.generate()
ALL = "{ products(first: 100) { totalCount nodes { name active } } }"
INVOICES = "{ invoices { nodes { number status total { amount currency } } } }"


def settings(**environment):
    return read(NOT_GIVEN, environment)


@pytest.fixture
def tollhouse(database_url, tmp_path):
    return Command(database_url, tmp_path / "data")


async def start(database, url=URL, **environment):
    return await at_start(database, PEPPERS, settings(**environment), NOW, url)


async def test_an_empty_database_gets_it_with_tokens_and_lines_to_paste(database):
    said = await start(database)

    assert len(set(TOKEN.findall(said))) == 3
    assert said.count(f"  curl -i {URL}/graphql -H 'Authorization: Bearer th_") == 3


async def test_a_later_start_says_how_to_make_a_new_token(database):
    await start(database)

    said = await start(database)

    assert TOKEN.search(said) is None
    assert said.startswith("The demo's tokens were shown once. For a new one:\n\n  ")
    assert " keys create --organization demo --name Another\n" in said


async def test_it_is_not_made_where_it_is_not_wanted(database):
    assert await start(database, TOLLHOUSE_DEMO="0") == ""
    assert await start(database, DATABASE_URL="postgresql:///shop") == ""
    assert await start(database) != ""


async def test_it_is_not_made_where_there_are_organizations(house):
    await house.organization("acme")

    assert await start(house.database) == ""


async def test_its_keys_do_what_is_said_of_them(house):
    made = await make(house.database, house.peppers, house.clock())
    full, reading, fenced = made.tokens.values()

    products = (await house.ask(full, ALL)).data["products"]
    assert products["totalCount"] == 8
    assert [node["name"] for node in products["nodes"] if not node["active"]] == [
        "Subscription box"
    ]
    assert (await house.ask(reading, INVOICES)).data["invoices"]["nodes"] == [
        {"number": number, "status": "OPEN", "total": {"amount": amount, "currency": "EUR"}}
        for number, amount in (
            ("INV-000004", "89.00"),
            ("INV-000003", "480.00"),
            ("INV-000002", "205.80"),
            ("INV-000001", "315.00"),
        )
    ]
    assert (await house.ask(fenced, ALL)).codes == ["IP_NOT_ALLOWED"]


def test_the_command_makes_it_on_any_database(tollhouse):
    told = tollhouse("demo", "--host", "::1", "--port", "99")
    shown = told.stdout

    assert told.stderr == ""
    assert "GraphQL is served at http://[::1]:99/graphql." in shown
    assert len(set(TOKEN.findall(shown))) == 3
    assert tollhouse.json("organizations", "list")[0]["slug"] == "demo"
    announced = "select string_agg(type, ' ' order by type) from event"
    expected = ["api_key.created"] * 3 + ["invoice.created"] * 4 + ["product.created"] * 8
    assert tollhouse.ask(announced) == " ".join(expected)


def test_asked_again_the_command_makes_new_keys_and_says_so(tollhouse):
    first = tollhouse("demo")
    before = TOKEN.findall(first.stdout)

    shown = tollhouse("demo").stdout

    again = "The demo organization is here already; these are new keys for it.\n"
    assert shown.startswith(again)
    assert first.stderr == f"If your server isn't at {URL}, say where by --host and --port.\n"
    assert set(TOKEN.findall(shown)).isdisjoint(before)
    assert len(tollhouse.json("keys", "list")) == 6
    assert tollhouse.ask("select count(*) from invoice") == 4


def test_the_sheet_names_each_token_once_and_gives_each_a_line():
    shown = sheet(
        Demo(is_new=True, tokens={"Full": "th_a", "Read": "th_b", ELSEWHERE: "th_c"}), URL
    )

    assert [shown.count(token) for token in ("th_a", "th_b", "th_c")] == [2, 2, 2]

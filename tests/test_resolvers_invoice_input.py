"""What is wrong with an invoice is told field by field, and leaves nothing, not even a gap."""

import pytest

from tests.shop import CREATE_INVOICE, LINE, MADE_UP, bill, opened_still, sell, written

NUL = "must not contain the character NUL"
EMPTY = "must not be empty"
LONG = "must have at most 200 characters"
TIME = "must be an RFC 3339 time such as 2026-11-23T17:08:16Z"
NO_TIME = "must be a time that exists, such as 2026-11-23T17:08:16Z"
YEARS = "must be a time of the years 1900 to 8999"
FUTURE = "must be in the future"
EMAIL = "must be an e-mail address, such as name@shop.example"
PLAIN = 'must be a plain number of zero or more, below 10^12, such as "19.99"'
NEEDED = "is needed where no product is named"
PIECES = "must be at least 1"
NO_ID = "must be prod_ and 26 letters or digits"
NO_PRODUCT = "there is no such product"
DOLLARS = {"description": "x", "unitPrice": {"amount": "1", "currency": "USD"}}


def priced(amount, currency="EUR"):
    return {"description": "x", "unitPrice": {"amount": amount, "currency": currency}}


STATED = [
    ({"customerName": " "}, {"customerName": EMPTY}),
    ({"customerName": "x" * 201}, {"customerName": LONG}),
    ({"customerName": "\0"}, {"customerName": NUL}),
    ({"customerEmail": "nobody"}, {"customerEmail": EMAIL}),
    ({"customerEmail": "a@b c"}, {"customerEmail": EMAIL}),
    ({"customerEmail": " "}, {"customerEmail": EMAIL}),
    ({"customerEmail": "a@b\0"}, {"customerEmail": NUL}),
    ({"customerEmail": f"a@{'b' * 253}"}, {"customerEmail": LONG.replace("200", "254")}),
    ({"memo": "\0"}, {"memo": NUL}),
    ({"memo": "x" * 2001}, {"memo": LONG.replace("200", "2000")}),
    ({"metadata": {"k": 1}}, {"metadata": "'k' must be a text of at most 500 characters"}),
    ({"metadata": {"k\0": ""}}, {"metadata": rf"'k\x00' {NUL}"}),
    ({"expiresAt": "tomorrow"}, {"expiresAt": TIME}),
    ({"expiresAt": ""}, {"expiresAt": TIME}),
    ({"expiresAt": 1800000000}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-01-01"}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-01-01T00:00:00"}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-01-01 00:00:00Z"}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-01-01T00:00:00+0100"}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-01-01T00:00:161Z"}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-01-01T00:00:00Z\0"}, {"expiresAt": TIME}),
    ({"expiresAt": "2999-02-29T00:00:00Z"}, {"expiresAt": NO_TIME}),
    ({"expiresAt": "2999-01-01T24:00:00Z"}, {"expiresAt": NO_TIME}),
    ({"expiresAt": "2999-01-01T00:00:00+24:00"}, {"expiresAt": NO_TIME}),
    ({"expiresAt": "9999-12-31T23:59:59-01:00"}, {"expiresAt": NO_TIME}),
    ({"expiresAt": "0001-01-01T00:00:00+01:00"}, {"expiresAt": NO_TIME}),
    ({"expiresAt": "9000-01-01T00:00:00Z"}, {"expiresAt": YEARS}),
    ({"expiresAt": "2020-01-01T00:00:00Z"}, {"expiresAt": FUTURE}),
]
LINES = [
    ([], {"lines": "must have at least one item"}),
    ([LINE] * 101, {"lines": "must have at most 100 items"}),
    ([{**LINE, "quantity": 0}], {"lines.0.quantity": PIECES}),
    ([LINE, {**LINE, "quantity": -1}], {"lines.1.quantity": PIECES}),
    ([{}], {"lines.0.description": NEEDED, "lines.0.unitPrice": NEEDED}),
    ([LINE, {"description": "x"}], {"lines.1.unitPrice": NEEDED}),
    ([{"unitPrice": LINE["unitPrice"]}], {"lines.0.description": NEEDED}),
    ([{**LINE, "description": ""}], {"lines.0.description": EMPTY}),
    ([{**LINE, "description": " \t"}], {"lines.0.description": EMPTY}),
    ([{**LINE, "description": "x" * 201}], {"lines.0.description": LONG}),
    ([{**LINE, "description": "\0"}], {"lines.0.description": NUL}),
    ([priced("1.5", "JPY")], {"lines.0.unitPrice.amount": "has too many decimals: JPY has 0"}),
    ([LINE, priced("-1")], {"lines.1.unitPrice.amount": PLAIN}),
    ([priced("1e3")], {"lines.0.unitPrice.amount": PLAIN}),
    ([priced(1)], {"lines.0.unitPrice.amount": 'must be a string such as "19.99"'}),
    (
        [priced("1", "???")],
        {
            "lines.0.unitPrice.currency": "must be an ISO 4217 code such as EUR, or one of BTC,"
            " ETH, USDC, USDT, EURC"
        },
    ),
    (
        [LINE, DOLLARS, LINE, DOLLARS],
        {
            "lines.1.unitPrice.currency": "must be EUR, as in the first line",
            "lines.3.unitPrice.currency": "must be EUR, as in the first line",
        },
    ),
    ([LINE, {"productId": f"inv_{MADE_UP}"}], {"lines.1.productId": NO_ID}),
    ([{"productId": "\0"}], {"lines.0.productId": NO_ID}),
    ([{"productId": ""}], {"lines.0.productId": NO_ID}),
    (
        [{"productId": "x", "quantity": 0}, {"productId": "y"}],
        {"lines.0.productId": NO_ID, "lines.0.quantity": PIECES, "lines.1.productId": NO_ID},
    ),
]


async def refused(house, key, code, input, fields):
    answer = await house.ask(key, CREATE_INVOICE, input=input)
    assert (answer.status, answer.codes) == (200, [code]), input
    assert answer.fields == {f"input.{path}": message for path, message in fields.items()}
    assert answer.body["data"] == {"createInvoice": None}


@pytest.mark.parametrize("field", sorted({name for stated, _ in STATED for name in stated}))
async def test_a_fault_is_named_and_leaves_nothing(house, field):
    key = await house.key()
    before = await written(house, key.organization)

    for stated, fields in [fault for fault in STATED if field in fault[0]]:
        await refused(house, key, "INVALID_INPUT", {"lines": [LINE], **stated}, fields)

    assert await written(house, key.organization) == before


async def test_a_fault_in_a_line_is_named_and_leaves_nothing(house):
    key = await house.key()
    before = await written(house, key.organization)

    for lines, fields in LINES:
        await refused(house, key, "INVALID_INPUT", {"lines": lines}, fields)

    assert await written(house, key.organization) == before
    assert (await bill(house, key))["number"] == "INV-000001"


async def test_products_that_are_not_there_are_named_line_by_line(house):
    key, other = await house.key(), await house.key()
    tea = {"productId": (await sell(house, key.organization, "Tea")).typeid}
    theirs = {"productId": (await sell(house, other.organization, "Tea")).typeid}
    made_up = {"productId": f"prod_{MADE_UP}"}
    before = await written(house, key.organization)

    lines = [tea, theirs, LINE, made_up, theirs]
    fields = {f"lines.{place}.productId": NO_PRODUCT for place in (1, 3, 4)}
    await refused(house, key, "NOT_FOUND", {"lines": lines}, fields)

    assert await written(house, key.organization) == before


async def test_products_in_other_currencies_are_named_line_by_line(house):
    key = await house.key()
    tea = await sell(house, key.organization, "Tea", price_currency="USD")
    lines = [LINE, {"productId": tea.typeid}]
    message = "must be EUR, as in the first line"

    fields = {"lines.1.unitPrice.currency": message}
    await refused(house, key, "INVALID_INPUT", {"lines": lines}, fields)


async def test_an_invoice_expires_later_than_it_is_made(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()
    house.clock.now = house.clock.now.replace(year=2031, microsecond=0)
    moment = house.clock.now.isoformat().replace("+00:00", "")

    now = {"lines": [LINE], "expiresAt": f"{moment}.0000009Z"}
    await refused(house, key, "INVALID_INPUT", now, {"expiresAt": FUTURE})
    invoice = await bill(house, key, expiresAt=f"{moment}.0000010009z")

    assert invoice["expiresAt"] == f"{moment}.000001Z"


@pytest.mark.parametrize(
    "lines",
    [[{**LINE, "quantity": 2**31}], [{**LINE, "quantity": None}], [{**LINE, "quantity": 1.5}]],
)
async def test_what_does_not_fit_the_schema_is_refused_whole(house, lines):
    key = await house.key()

    answer = await house.ask(key, CREATE_INVOICE, input={"lines": lines})

    assert (answer.status, answer.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])
    assert "'$input' has invalid value at .lines[0].quantity" in answer.error["message"]

"""What is wrong with a product is told field by field, and changes nothing."""

import pytest

from tests.shop import (
    CREATE_PRODUCT,
    TEA,
    UPDATE_PRODUCT,
    answer_to_json,
    sell,
    written,
)

NUL = "must not contain the character NUL"
EMPTY = "must not be empty"
HTTPS = "must be a URL that begins with https://"
CURRENCY = "must be an ISO 4217 code such as EUR, or one of BTC, ETH, USDC, USDT, EURC"
PLAIN = 'must be a plain number of zero or more, below 10^12, such as "19.99"'
STRING = 'must be a string such as "19.99"'
TEXTS = 'must be an object of texts, such as {"order": "17"}'
KEYS = "keys have 1 to 40 characters"


def price(amount, currency="EUR"):
    return {"price": {"amount": amount, "currency": currency}}


# What is stated, the field that is named, and what is said of it.
FAULTS = [
    ({"name": ""}, "name", EMPTY),
    ({"name": " \t\n\u2003"}, "name", EMPTY),
    ({"name": "x" * 201}, "name", "must have at most 200 characters"),
    ({"name": "a\0b"}, "name", NUL),
    ({"description": "\0"}, "description", NUL),
    ({"description": "x" * 2001}, "description", "must have at most 2000 characters"),
    ({"sku": " "}, "sku", EMPTY),
    ({"sku": "x" * 65}, "sku", "must have at most 64 characters"),
    ({"sku": "a\0"}, "sku", NUL),
    ({"imageUrl": "http://pictures.test/"}, "imageUrl", HTTPS),
    ({"imageUrl": "javascript:alert(1)"}, "imageUrl", HTTPS),
    ({"imageUrl": ""}, "imageUrl", HTTPS),
    (
        {"imageUrl": "https://a\0b"},
        "imageUrl",
        "must be a URL without spaces or control characters",
    ),
    ({"imageUrl": 5}, "imageUrl", "must be a URL of at most 2000 characters"),
    (price("1.5", "JPY"), "price.amount", "has too many decimals: JPY has 0"),
    (price("1.001"), "price.amount", "has too many decimals: EUR has 2"),
    (price("1.0001", "BHD"), "price.amount", "has too many decimals: BHD has 3"),
    (price(f"0.{'1' * 19}", "ETH"), "price.amount", "has too many decimals: ETH has 18"),
    (price("1000000000000"), "price.amount", PLAIN),
    (price("-1"), "price.amount", PLAIN),
    (price("-0"), "price.amount", PLAIN),
    (price("+1"), "price.amount", PLAIN),
    (price("1e3"), "price.amount", PLAIN),
    (price("1_000"), "price.amount", PLAIN),
    (price("1,5"), "price.amount", PLAIN),
    (price("1."), "price.amount", PLAIN),
    (price(".5"), "price.amount", PLAIN),
    (price(""), "price.amount", PLAIN),
    (price(" 1"), "price.amount", PLAIN),
    (price("1\n"), "price.amount", PLAIN),
    (price("\u0663"), "price.amount", PLAIN),
    (price("NaN"), "price.amount", PLAIN),
    (price("Infinity"), "price.amount", PLAIN),
    (price("1\0"), "price.amount", PLAIN),
    (price(5), "price.amount", STRING),
    (price(2.5), "price.amount", STRING),
    (price([]), "price.amount", STRING),
    (price("1", "XBT"), "price.currency", CURRENCY),
    (price("1", "XAU"), "price.currency", CURRENCY),
    (price("1", "eur"), "price.currency", "must be written in capitals: EUR"),
    (price("1", "EUR\0"), "price.currency", CURRENCY),
    (price("1", ""), "price.currency", CURRENCY),
    ({"metadata": []}, "metadata", TEXTS),
    ({"metadata": "x"}, "metadata", TEXTS),
    ({"metadata": 1}, "metadata", TEXTS),
    (
        {"metadata": {f"k{place}": "" for place in range(51)}},
        "metadata",
        "has 51 entries, at most 50 are kept",
    ),
    ({"metadata": {"k" * 41: ""}}, "metadata", f"{KEYS}, '{'k' * 40}' hasn't"),
    ({"metadata": {"": "x"}}, "metadata", f"{KEYS}, '' hasn't"),
    ({"metadata": {"k": "v" * 501}}, "metadata", "'k' must be a text of at most 500 characters"),
    ({"metadata": {"k": {"a": "b"}}}, "metadata", "'k' must be a text of at most 500 characters"),
    ({"metadata": {"k": 1}}, "metadata", "'k' must be a text of at most 500 characters"),
    ({"metadata": {"k": None}}, "metadata", "'k' must be a text of at most 500 characters"),
    ({"metadata": {"k\0": "v"}}, "metadata", rf"'k\x00' {NUL}"),
    ({"metadata": {"k": "v\0"}}, "metadata", f"'k' {NUL}"),
]


@pytest.mark.parametrize("field", ["name", "description", "sku", "imageUrl", "price", "metadata"])
async def test_a_fault_is_named_and_changes_nothing(house, field):
    key = await house.key()
    product = await sell(house, key.organization, "Tea", labels={"kept": "yes"})
    before = await written(house, key.organization)

    for stated, path, message in [fault for fault in FAULTS if field in fault[0]]:
        for operation, input in (
            (CREATE_PRODUCT, {**TEA, **stated}),
            (UPDATE_PRODUCT, {"id": product.typeid, **stated}),
        ):
            answer = await house.ask(key, operation, input=input)
            assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"]), stated
            assert answer.fields == {f"input.{path}": message}
            assert list(answer.body["data"].values()) == [None]
    assert await written(house, key.organization) == before


@pytest.mark.parametrize("amount", ["5", "2.5", "1e3"])
async def test_a_number_that_stands_in_the_document_is_no_amount_either(house, amount):
    key = await house.key()
    stated = f'{{name: "Tea", price: {{amount: {amount}, currency: "EUR"}}}}'

    answer = await house.ask(
        key, f"mutation {{ createProduct(input: {stated}) {{ product {{ id }} }} }}"
    )

    assert answer.codes == ["INVALID_INPUT"]
    assert answer.fields == {"input.price.amount": STRING}


async def test_all_faults_are_told_at_once(house):
    key = await house.key()
    stated = {"name": "", "sku": "", "imageUrl": "x", "metadata": 1, **price("x", "y")}

    answer = await house.ask(key, CREATE_PRODUCT, input=stated)

    assert answer.fields == {
        "input.name": EMPTY,
        "input.sku": EMPTY,
        "input.price.currency": CURRENCY,
        "input.price.amount": PLAIN,
        "input.imageUrl": HTTPS,
        "input.metadata": TEXTS,
    }
    assert answer.error["message"] == (
        f"input.name: {EMPTY}; input.sku: {EMPTY}; input.price.currency: {CURRENCY};"
        f" input.price.amount: {PLAIN}; input.imageUrl: {HTTPS}; and 1 more"
    )


async def test_a_wrong_id_is_told_with_all_else(house):
    key = await house.key()

    answer = await house.ask(key, UPDATE_PRODUCT, input={"id": "inv_1", "name": "", "sku": None})

    prefix = "must be prod_ and 26 letters or digits"
    assert answer.fields == {"input.id": prefix, "input.name": EMPTY}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("name", "must not be null"),
        ("price", "must not be null"),
        ("active", "must not be null"),
    ],
)
async def test_null_is_refused_for_what_cannot_be_null(house, name, message):
    key = await house.key()
    product = await sell(house, key.organization, "Tea")
    before = await written(house, key.organization)

    answer = await house.ask(key, UPDATE_PRODUCT, input={"id": product.typeid, name: None})

    assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"])
    assert answer.fields == {f"input.{name}": message}
    assert await written(house, key.organization) == before


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (
            {"name": None},
            "at .name: Expected value of non-null type 'String!' not to be null.",
        ),
        ({"name": 5}, "'$input' has invalid value at .name: String cannot represent a non string"),
        (
            price(None),
            "at .price.amount: Expected value of non-null type 'Decimal!' not to be null.",
        ),
        ({"colour": "red"}, "'$input' has invalid value: Expected value of type"),
    ],
)
async def test_what_does_not_fit_the_schema_is_refused_whole(house, stated, said):
    key = await house.key()
    before = await written(house, key.organization)

    answer = await house.ask(key, CREATE_PRODUCT, input={**TEA, **stated})

    assert (answer.status, answer.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])
    assert said in answer.error["message"]
    assert await written(house, key.organization) == before


@pytest.mark.parametrize(
    "place", ['{"name": "\\ud800"}', '{"metadata": {"\\udc00": "v"}}', '"\\ud83d"']
)
async def test_half_a_character_in_the_body_is_not_json(house, place):
    key = await house.key()
    body = f'{{"query": "{{ scopes {{ name }} }}", "variables": {{"input": {place}}}}}'

    answer = await answer_to_json(house, key, body.encode())

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    assert answer.error["message"].startswith("The body is not JSON:")


async def test_half_a_character_in_the_document_is_not_graphql(house):
    key = await house.key()
    stated = '{name: "\\uD800", price: {amount: "1", currency: "EUR"}}'

    answer = await house.ask(
        key, f"mutation {{ createProduct(input: {stated}) {{ product {{ id }} }} }}"
    )

    assert (answer.status, answer.codes) == (400, ["GRAPHQL_PARSE_FAILED"])
    assert "Invalid Unicode escape sequence" in answer.error["message"]


SHOWN = [
    ("0", "EUR", "0.00"),
    ("007.5", "EUR", "7.50"),
    ("1.5000", "EUR", "1.50"),
    ("1200", "JPY", "1200"),
    ("1200.00", "JPY", "1200"),
    ("1.234", "BHD", "1.234"),
    ("0.000000000000000001", "ETH", "0.000000000000000001"),
    ("999999999999.999999999999999999", "ETH", "999999999999.999999999999999999"),
    ("999999999999.99", "EUR", "999999999999.99"),
    ("0.1", "USDC", "0.100000"),
    ("0.00000001", "BTC", "0.00000001"),
]


async def test_amounts_are_exact_and_shown_with_the_decimals_of_the_currency(house):
    key = await house.key()

    for amount, currency, _ in SHOWN:
        await house.ask(key, CREATE_PRODUCT, input={**TEA, **price(amount, currency)})

    listed = await house.ask(key, "{ products(last: 20) { nodes { price { amount currency } } } }")
    assert [node["price"] for node in reversed(listed.data["products"]["nodes"])] == [
        {"amount": shown, "currency": currency} for _, currency, shown in SHOWN
    ]


async def test_limits_are_counted_in_characters_and_reached_exactly(house):
    key = await house.key()
    stated = {
        **TEA,
        "name": "🍵" * 200,
        "sku": "é" * 64,
        "description": "ж" * 2000,
        "imageUrl": f"https://pictures.test/{'x' * 1978}",
        "metadata": {f"{place:02}{'к' * 38}": "é" * 500 for place in range(50)},
    }

    answer = await house.ask(key, CREATE_PRODUCT, input=stated)

    product = answer.data["createProduct"]["product"]
    assert {name: product[name] for name in stated} == {
        **stated,
        "price": {"amount": "2.50", "currency": "EUR"},
    }

"""What a field is given costs by the items of its lists, however often it is given to others."""

import pytest
from graphql import parse, validate

from execution.cost import MOST_COST, compile_cost
from execution.input_size import items_in
from execution.plan import find_operation, fragments_of
from resolvers.root import api

SCHEMA = api._schema
CREATE = "createInvoice(input: $i) { invoice { id } }"
LINE = {"description": "Tea", "unitPrice": {"amount": "1", "currency": "EUR"}}
ONE = f"mutation($i: CreateInvoiceInput!) {{ {CREATE} }}"
TWO = f"mutation($i: CreateInvoiceInput!) {{ {CREATE} a: {CREATE} }}"
MARK = "markNotificationsRead(input: %s) { updated }"
WHOLE = f"mutation($i: MarkNotificationsReadInput!) {{ {MARK % '$i'} }}"
INSIDE = f"mutation($i: [ID!]!) {{ {MARK % '{ ids: $i }'} }}"
ITEM = f"mutation($i: ID!) {{ {MARK % '{ ids: [$i, $i] }'} }}"
LINES = """mutation($i: [InvoiceLineInput!]!, $j: InvoiceLineInput!) {
  createInvoice(input: { memo: "a", lines: $i }) { invoice { id } }
  b: createInvoice(input: { lines: [$j, {}] }) { invoice { id } } }"""
OPERATIONS = {
    "lines": (ONE, {"lines": [LINE] * 3}, 50 + 3 * 5),
    "for two fields": (TWO, {"lines": [{}] * 3}, 2 * (50 + 3 * 5)),
    "no list": (ONE, {"lines": None, "metadata": {}}, 50),
    "a list where none belongs": (ONE, {"metadata": [[[1]], {}]}, 50 + 8),
    "ids": (WHOLE, {"ids": ["ntf_1"] * 7}, 50 + 7),
    "a list inside of what is written": (INSIDE, ["ntf_1"] * 7, 50 + 7),
    "lines inside of what is written": (LINES, [LINE] * 3, 50 + 3 * 5 + 50),
    "items": (ITEM, "ntf_1", 50),
    "a filter": ("query($i: ProductFilter) { products(filter: $i) { totalCount } }", {}, 60),
    "a number": ("query($i: Int!) { products(first: $i) { nodes { id } } }", 7, 17),
    "an id": ("query($i: ID!) { product(id: $i) { id } }", ["a"] * 9, 10),
}


def cost_of(text):
    document = parse(text)
    assert validate(SCHEMA, document) == []
    return compile_cost(SCHEMA, fragments_of(document), find_operation(document, None))


@pytest.mark.parametrize(("text", "given", "cost"), OPERATIONS.values(), ids=OPERATIONS)
def test_each_field_pays_for_the_items_that_it_is_given(text, given, cost):
    assert cost_of(text).of({"i": given}) == cost


def test_what_is_left_out_is_none():
    assert cost_of(ONE).of({}) == 50


def test_defaults_count_where_nothing_is_given():
    text = f"""mutation($i: CreateInvoiceInput! = {{ memo: "a", lines: [{{}}, {{}}] }}) {{
      {CREATE} b: {CREATE} }}"""

    assert cost_of(text).of({}) == 2 * (50 + 2 * 5)
    assert cost_of(text).of({"i": {"lines": [LINE]}}) == 2 * (50 + 5)
    assert cost_of(text).of({"i": None}) == 2 * 50
    ids = f"mutation($i: [ID!]! = [1, 2, 3]) {{ {MARK % '{ ids: $i }'} }}"
    assert cost_of(ids).of({}) == 50 + 3


def test_depth_is_no_matter():
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]

    assert items_in(deep) == 5000


async def test_the_same_list_for_a_hundred_fields_is_refused(house):
    fields = " ".join(f"a{number}: {CREATE}" for number in range(100))
    text = f"mutation($i: CreateInvoiceInput!) {{ {fields} }}"

    answer = await house.ask(await house.key(), text, i={"lines": [LINE] * 100})

    assert (answer.status, answer.codes) == (400, ["QUERY_TOO_COMPLEX"])
    assert answer.error["extensions"]["found"] == 100 * (50 + 100 * 5) > MOST_COST

"""Lists of invoices: filters, pages, how many there are, and what they cost."""

import pytest

from tests.shop import LINE, bill, sell

LIST = """query($first: Int, $after: String, $last: Int, $before: String, $filter: InvoiceFilter) {
  invoices(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount
    nodes { number status }
    edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
WHOLE = """query($first: Int) { invoices(first: $first) { nodes {
  number lines { description product { name } } } } }"""


async def listed(house, key, **ask):
    return (await house.ask(key, LIST, **ask)).data["invoices"]


async def found(house, key, **filter):
    """The short numbers of what fits, oldest first, as the list and its count agree on."""
    invoices = await listed(house, key, filter=filter)
    numbers = [int(node["number"].removeprefix("INV-")) for node in reversed(invoices["nodes"])]
    assert invoices["totalCount"] == len(numbers)
    return numbers


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_pages_walk_the_whole_list_in_both_directions(house, size):
    key, other = await house.key(), await house.key()
    for _ in range(7):
        await bill(house, key)
        await bill(house, other)
    newest = [f"INV-{number:06}" for number in range(7, 0, -1)]
    for many, bound, edge, more in (
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ):
        pages, cursor = [], None
        while True:
            page = await listed(house, key, **{many: size, bound: cursor})
            pages.append([node["number"] for node in page["nodes"]])
            assert page["totalCount"] == 7
            assert page["pageInfo"][more] is (sum(map(len, pages)) < 7)
            if not page["pageInfo"][more]:
                break
            cursor = page["pageInfo"][edge]
        in_order = pages if many == "first" else reversed(pages)
        assert [number for page in in_order for number in page] == newest


async def test_after_and_before_together_bound_a_page(house):
    key = await house.key()
    for _ in range(5):
        await bill(house, key)
    cursors = [edge["cursor"] for edge in (await listed(house, key))["edges"]]

    page = await listed(house, key, after=cursors[0], before=cursors[4], last=2)

    assert [node["number"] for node in page["nodes"]] == ["INV-000003", "INV-000002"]
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": True,
        "startCursor": cursors[2],
        "endCursor": cursors[3],
    }


async def test_search_finds_number_customer_and_memo_without_case(house):
    key, other = await house.key(), await house.key()
    await bill(house, key, customerName="Ёлка & Söhne")
    await bill(house, key, customerEmail="Ann_B@shop.test", memo="100% paid\\later")
    await bill(house, key, memo="Thanks")
    await bill(house, other, customerName="Ёлка ann_b 100% Thanks \\")

    searches = {
        "ёЛКА": [1],
        "SÖHNE": [1],
        "ann_b": [2],
        "annxb": [],
        "%": [2],
        "_": [2],
        "\\L": [2],
        "thank": [3],
        "inv-000003": [3],
        "INV-": [1, 2, 3],
        "000": [1, 2, 3],
        "a": [2, 3],
    }
    assert {search: await found(house, key, search=search) for search in searches} == searches


async def test_times_that_bound_a_list_are_exclusive(house):
    key = await house.key()
    times = []
    for _ in range(3):
        times.append((await bill(house, key))["createdAt"])
        house.clock.advance(microseconds=-999)

    assert await found(house, key, createdAfter=times[0]) == [2, 3]
    assert await found(house, key, createdBefore=times[2]) == [1, 2]
    assert await found(house, key, createdAfter=times[0], createdBefore=times[2]) == [2]
    assert await found(house, key, createdAfter=times[1], createdBefore=times[1]) == []
    elsewhere = times[1].replace("Z", "+00:00")
    assert await found(house, key, createdAfter=elsewhere, search="inv") == [3]
    assert await found(house, key, createdAfter=None, createdBefore=None) == [1, 2, 3]


@pytest.mark.parametrize(
    ("ask", "fields"),
    [
        ({"first": 1001}, {"first": "must be from 0 to 100"}),
        ({"last": -1}, {"last": "must be from 0 to 100"}),
        (
            {"first": 1, "last": 1},
            {"first": "give first or last, not both", "last": "give first or last, not both"},
        ),
        ({"before": "x"}, {"before": "is not a cursor; take one from a page of this list"}),
        (
            {"filter": {"createdAfter": "yesterday", "createdBefore": 5}},
            {
                "filter.createdAfter": "must be an RFC 3339 time such as 2026-11-23T17:08:16Z",
                "filter.createdBefore": "must be an RFC 3339 time such as 2026-11-23T17:08:16Z",
            },
        ),
        ({"filter": {"search": "\0"}}, {"filter.search": "must not contain the character NUL"}),
        ({"filter": {"search": ""}}, {"filter.search": "must not be empty"}),
    ],
)
async def test_what_no_page_can_answer_is_refused(house, ask, fields):
    key = await house.key()

    answer = await house.ask(key, LIST, **ask)

    assert (answer.status, answer.codes, answer.fields) == (200, ["INVALID_INPUT"], fields)


async def test_a_cursor_is_good_for_its_own_filter_only(house):
    key = await house.key()
    moments = [(await bill(house, key))["createdAt"] for _ in range(3)]
    filter = {"createdAfter": moments[0]}
    cursor = (await listed(house, key, filter=filter))["pageInfo"]["startCursor"]

    for other in (None, {"createdAfter": moments[1]}, {"createdBefore": moments[0]}):
        answer = await house.ask(key, LIST, after=cursor, filter=other)
        assert answer.codes == ["INVALID_INPUT"]
        assert answer.fields == {"after": "is a cursor of another list, filter or order"}
    page = await listed(house, key, after=cursor, filter=filter)
    assert [node["number"] for node in page["nodes"]] == ["INV-000002"]


async def test_the_count_of_the_whole_list_reads_a_tally(house):
    key = await house.key()
    await bill(house, key)
    count = "query($filter: InvoiceFilter) { invoices(filter: $filter, first: 0) { totalCount } }"

    with house.counting() as whole:
        assert (await house.ask(key, count)).data["invoices"]["totalCount"] == 1
    with house.counting() as filtered:
        await house.ask(key, count, filter={"status": "OPEN"})

    assert ["FROM tally" in statement for statement in whole] == [False, True]
    assert ["count(" in statement for statement in whole + filtered] == [False, False, False, True]


async def test_lines_and_their_products_cost_one_statement_each(house):
    key = await house.key()
    goods = [await sell(house, key.organization, f"Tea {place}") for place in range(4)]
    for _ in range(20):
        await bill(house, key, LINE, *[{"productId": tea.typeid} for tea in goods])

    for many in (1, 20):
        with house.counting() as statements:
            invoices = (await house.ask(key, WHOLE, first=many)).data["invoices"]["nodes"]
        assert [invoice["number"] for invoice in invoices] == [
            f"INV-{number:06}" for number in range(20, 20 - many, -1)
        ]
        names = [None, "Tea 0", "Tea 1", "Tea 2", "Tea 3"]
        for invoice in invoices:
            shown = [line["product"] and line["product"]["name"] for line in invoice["lines"]]
            assert shown == names
        words = [statement.split() for statement in statements]
        read = [some[some.index("WHERE") - 1] for some in words]
        assert read == ["invoice", "invoice_line", "product"]


async def test_what_one_request_makes_is_listed_in_its_order(house):
    key = await house.key()
    line = '{ description: "Tea", quantity: 1, unitPrice: { amount: "1", currency: "EUR" } }'
    fields = [
        f"f{number}: createInvoice(input: {{ lines: [{line}] }}) {{ invoice {{ number }} }}"
        for number in range(8)
    ]
    made = (await house.ask(key, f"mutation {{ {' '.join(fields)} }}")).data
    listed = (await house.ask(key, "{ invoices { nodes { number } } }")).data

    numbers = [made[f"f{number}"]["invoice"]["number"] for number in range(8)]
    assert [node["number"] for node in listed["invoices"]["nodes"]] == numbers[::-1]

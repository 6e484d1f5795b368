"""Lists in variables are refused for their length before anything is made of them."""

from db.errors import Fault
from execution.lists import MOST_ITEMS, too_long

CREATE = """mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) {
  invoice { id } } }"""


def test_long_lists_are_named_wherever_they_are():
    long, short = [0] * (MOST_ITEMS + 1), [0] * MOST_ITEMS
    message = f"has {MOST_ITEMS + 1} items, no list may have more than {MOST_ITEMS}"

    assert too_long({"a": short, "b": {"c": [{"d": short}]}, "e": None}) == []
    assert too_long({"a": long}) == [Fault("a", message)]
    assert too_long({"b": {"c": [1, {"d": long}]}}) == [Fault("b.c.1.d", message)]


def test_depth_is_no_matter():
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]

    assert too_long({"a": deep}) == []


async def test_a_long_list_is_refused_before_anything_runs(house):
    key = await house.key()
    with house.counting() as statements:
        answer = await house.ask(key, CREATE, input={"lines": [{}] * 180_000})

    assert (answer.status, answer.codes) == (400, ["INVALID_INPUT"])
    assert answer.fields == {
        "input.lines": f"has 180000 items, no list may have more than {MOST_ITEMS}"
    }
    # The key's own look-up.
    assert len(statements) == 1

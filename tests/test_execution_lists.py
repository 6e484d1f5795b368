"""Lists and objects in variables are refused for their length before anything is made of them."""

from db.errors import Fault
from execution.lists import MOST_ITEMS, MOST_MEMBERS, too_long

CREATE = """mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) {
  invoice { id } } }"""


def test_long_lists_are_named_wherever_they_are():
    long, short = [0] * (MOST_ITEMS + 1), [0] * MOST_ITEMS
    message = f"has {MOST_ITEMS + 1} items, no list may have more than {MOST_ITEMS}"

    assert too_long({"a": short, "b": {"c": [{"d": short}]}, "e": None}) == []
    assert too_long({"a": long}) == [Fault("a", message)]
    assert too_long({"b": {"c": [1, {"d": long}]}}) == [Fault("b.c.1.d", message)]


def test_large_objects_are_named_too_and_nothing_in_them():
    large = {f"m{number}": [0] * (MOST_ITEMS + 1) for number in range(MOST_MEMBERS + 1)}
    message = f"has {MOST_MEMBERS + 1} members, no object may have more than {MOST_MEMBERS}"

    assert too_long({"a": dict.fromkeys(map(str, range(MOST_MEMBERS)))}) == []
    assert too_long({"a": large}) == [Fault("a", message)]
    assert too_long({"a": [{"b": large}]}) == [Fault("a.0.b", message)]
    # Variables that the operation doesn't have are nobody's affair.
    assert too_long(dict.fromkeys(large)) == []


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


async def test_a_large_object_is_refused_before_anything_is_made_of_it(house):
    key = await house.key()
    members = {f"customerNam{number}": 1 for number in range(40_000)}

    # Made into an input it would take minutes.
    answer = await house.ask(key, CREATE, input=members)

    assert (answer.status, answer.codes) == (400, ["INVALID_INPUT"])
    assert answer.fields == {
        "input": f"has 40000 members, no object may have more than {MOST_MEMBERS}"
    }

"""What one request may hold: connections, in the order of asking and never lost; and memory."""

import asyncio

import pytest

import schema.share
from db.errors import AnswerTooLarge
from db.event_type import EventType
from schema.share import SHARE, Share
from tests.hooks import happen, hook
from tests.shop import CREATE_PRODUCT, TEA, bill, sell


def asking(share):
    return asyncio.create_task(share.take())


async def taken():
    share = Share()
    for _ in range(SHARE):
        assert share.take_now()
    return share


async def test_there_is_room_for_a_few():
    share = await taken()
    assert not share.take_now()
    share.give_back()

    await share.take()
    assert not share.take_now()


async def test_who_waits_first_is_first_and_nobody_comes_between():
    share = await taken()
    first, second = asking(share), asking(share)
    await asyncio.sleep(0)
    share.give_back()

    assert not share.take_now()
    await first
    assert not second.done()
    share.give_back()
    await second


async def test_who_gave_up_is_passed_over():
    share = await taken()
    gone, second = asking(share), asking(share)
    await asyncio.sleep(0)
    gone.cancel()
    share.give_back()

    await second
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert not share.take_now()


async def test_what_came_for_somebody_who_is_gone_is_the_next_ones():
    share = await taken()
    gone, second = asking(share), asking(share)
    await asyncio.sleep(0)
    share.give_back()
    gone.cancel()

    await second
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_nothing_is_lost_where_the_last_one_gives_up():
    share = await taken()
    gone = asking(share)
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    share.give_back()

    assert share.take_now()


def test_few_rows_are_not_weighed_and_lists_count_for_each_row(monkeypatch):
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 4)
    weighed = []
    monkeypatch.setattr(schema.share, "volume", lambda rows: weighed.append(rows) or 0)
    share = Share()
    share.weigh([None, None])
    share.weigh([[None], None])
    share.weigh([[], []])

    assert weighed == []
    share.weigh([[None]])
    share.weigh([])
    assert weighed == [[[None]]]


def test_weighing_ends_where_it_is_too_much(monkeypatch):
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 0)
    monkeypatch.setattr(schema.share, "MOST_BYTES", 5)
    monkeypatch.setattr(schema.share, "PIECE", 3)
    weighed = []
    monkeypatch.setattr(schema.share, "volume", lambda rows: weighed.append(rows) or len(rows))

    with pytest.raises(AnswerTooLarge):
        Share().weigh(list("abcdefgh"))
    assert weighed == [list("abc"), list("def")]


def test_what_is_too_much_stays_too_much(monkeypatch):
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 0)
    monkeypatch.setattr(schema.share, "MOST_BYTES", 10)
    monkeypatch.setattr(schema.share, "volume", len)
    share = Share()
    share.weigh(["row"] * 10)
    for _ in range(2):
        with pytest.raises(AnswerTooLarge):
            share.weigh(["row"])


PAGES = """{ one: products { nodes { name } } two: products { nodes { name } }
  invoices { nodes { lines { product { metadata } } } } }"""


async def test_an_answer_ends_where_it_is_too_large(house, monkeypatch):
    key = await house.key()
    for number in range(2):
        await house.ask(key, CREATE_PRODUCT, input={**TEA, "name": f"{number}" * 200})
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 2)
    monkeypatch.setattr(schema.share, "MOST_BYTES", 500)
    answer = await house.ask(key, PAGES)

    assert (answer.status, set(answer.codes)) == (200, {"QUERY_TOO_COMPLEX"})
    # Of pages that are read at the same time, the first one has room.
    assert sorted(error["path"] for error in answer.body["errors"]) in ([["one"]], [["two"]])
    assert "Ask for smaller pages" in answer.body["errors"][0]["message"]


async def test_what_fields_lead_on_to_is_weighed_too(house, monkeypatch):
    key = await house.key()
    sold = (await house.ask(key, CREATE_PRODUCT, input=TEA)).data["createProduct"]["product"]
    line = {"productId": sold["id"], "quantity": 1}
    made = "mutation($i: CreateInvoiceInput!) { createInvoice(input: $i) { invoice { id } } }"
    await house.ask(key, made, i={"customerName": "A", "lines": [line]})
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 1)
    monkeypatch.setattr(schema.share, "MOST_BYTES", 50)
    answer = await house.ask(key, "{ invoices { nodes { lines { quantity } } } }")

    assert answer.codes == ["QUERY_TOO_COMPLEX"]
    assert answer.body["errors"][0]["path"] == ["invoices", "nodes", 0, "lines"]


SOLD = "invoices { nodes { lines { product { metadata } } } }"


@pytest.mark.parametrize("query", [f"{{ {SOLD} }}", f"{{ {SOLD} a: {SOLD} }}"])
async def test_what_is_shown_often_is_weighed_as_often(house, monkeypatch, query):
    key = await house.key()
    labels = {f"k{number}": "x" * 500 for number in range(10)}
    sold = await sell(house, key.organization, "Tea", labels=labels)
    await bill(house, key, *[{"productId": sold.typeid}] * 20)
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 1)
    monkeypatch.setattr(schema.share, "MOST_BYTES", 100_000)
    answer = await house.ask(key, query)

    assert set(answer.codes) == {"QUERY_TOO_COMPLEX"}
    assert answer.body["errors"][0]["path"][-2:] == [0, "product"]
    # 20 times some 6 kB, in one place or in two.
    monkeypatch.setattr(schema.share, "MOST_BYTES", 300_000)
    assert "errors" not in (await house.ask(key, query)).body


async def test_what_was_sent_for_events_is_weighed(house, monkeypatch):
    key = await house.key()
    made = await hook(house, key)
    for _ in range(3):
        await happen(house, key.organization, made["id"], EventType.INVOICE_CREATED)
    monkeypatch.setattr(schema.share, "ROWS_UNWEIGHED", 3)
    monkeypatch.setattr(schema.share, "MOST_BYTES", 100)
    answer = await house.ask(key, "{ webhookDeliveries { nodes { payload } } }")

    assert set(answer.codes) == {"QUERY_TOO_COMPLEX"}
    assert answer.body["errors"][0]["path"][-1] == "payload"

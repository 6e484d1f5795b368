"""What reading a document costs whoever sends it, be it good or not."""

import pytest

import execution.documents
import execution.reading
from access.budget import Budgets
from db.scope import Scope
from execution.cost import MOST_COST
from execution.negotiate import GRAPHQL
from execution.reading import UNIT_SECONDS
from tests.socket_parts import connected
from tests.test_execution_toll import ASKED, DEAR, Still, limits

NOBODYS = "sha256:" + "0" * 64
PAGE = "{ products(first: 20) { nodes { id } } }"
WRONG = {
    "GRAPHQL_PARSE_FAILED": "{",
    "GRAPHQL_VALIDATION_FAILED": "{ nothing }",
    "QUERY_TOO_COMPLEX": "{ " + "viewer { ip } " * 101 + "}",
}


class Processor:
    """A clock of the processor: each reading takes so many units of cost."""

    def __init__(self):
        self.units, self._now = 99, 0.0

    def __call__(self):
        self._now += (self.units + 0.5) * UNIT_SECONDS
        return self._now


def measured(monkeypatch):
    """The clock by which all readings are measured from here on."""
    processor = Processor()
    monkeypatch.setattr(execution.reading, "thread_time", processor)
    return processor


async def limited(closed_house, processor):
    """A house whose keys have 1,000 at once, of which none come back."""
    assert processor.units == 99
    closed_house.budgets = Budgets(60, 1_000, clock=Still())
    return await closed_house.open()


@pytest.fixture
def processor(monkeypatch):
    return measured(monkeypatch)


@pytest.fixture
async def house(closed_house, processor):
    return await limited(closed_house, processor)


@pytest.fixture
def parsed(monkeypatch):
    """The documents that were read."""
    texts = []
    parse = execution.documents.parse

    def noted(text, **options):
        texts.append(text)
        return parse(text, **options)

    monkeypatch.setattr(execution.documents, "parse", noted)
    return texts


def remaining(answer):
    return int(limits(answer)[1].split(";")[1].removeprefix("r="))


@pytest.mark.parametrize("code", WRONG)
async def test_what_is_refused_costs_its_reading_each_time(house, parsed, code):
    key = await house.key()
    for times in (1, 2):
        answer = await house.ask(key, WRONG[code], ASKED)
        assert (answer.codes, remaining(answer)) == ([code], 1_000 - 100 * times)
        assert "extensions" not in answer.body

    assert parsed == [WRONG[code]] * 2


async def test_the_first_pays_for_the_reading(house):
    key, other = await house.key(), await house.key()

    assert [remaining(await house.ask(key, PAGE)) for _ in range(3)] == [870, 840, 810]
    assert remaining(await house.ask(other, PAGE)) == 970


@pytest.mark.parametrize(
    ("scopes", "members", "code"),
    [
        ([Scope.INVOICES_READ], {}, "MISSING_SCOPE"),
        (None, {"query": DEAR}, "QUERY_TOO_COMPLEX"),
    ],
)
async def test_whatever_becomes_of_it_the_reading_is_paid_for_once(house, scopes, members, code):
    key = await house.key(scopes=scopes)
    headers = {"Authorization": f"Bearer {key.token}", "Accept": GRAPHQL}
    for _ in range(2):
        answer = await house.send("POST", json={"query": PAGE, **members}, headers=headers)
        assert (answer.codes, remaining(answer)) == ([code], 900)


async def test_the_cost_that_is_told_is_the_operations_own(house):
    answer = await house.ask(await house.key(), PAGE, ASKED)

    cost = answer.body["extensions"]["cost"]
    assert (cost["requested"], cost["remaining"]) == (30, 870)


async def test_a_document_is_read_once_and_each_of_its_operations_is_planned_once(house, parsed):
    key = await house.key()
    body = {"query": "query A { viewer { ip } } query B { viewer { id: ip } }"}
    headers = {"Authorization": f"Bearer {key.token}"}
    left = []
    for name in "ABAB":
        answer = await house.send("POST", json={**body, "operationName": name}, headers=headers)
        assert answer.data
        left.append(remaining(answer))

    assert (left, len(parsed)) == ([890, 780, 770, 760], 1)


async def test_a_reading_costs_no_more_than_an_operation_may(house, processor):
    processor.units = 10**9
    key = await house.key()

    assert (await house.ask(key, PAGE)).status == 200
    refused = await house.ask(key, PAGE)
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) == MOST_COST - 1_000 + 30 + 1


async def test_whoever_has_nothing_left_has_nothing_read(house, processor, parsed):
    key = await house.key()
    processor.units = 999
    assert remaining(await house.ask(key, "{ nothing }")) == 0
    parsed.clear()
    with house.counting() as statements:
        for query in (*WRONG.values(), "{ __typename }", "{ new: __typename }"):
            answer = await house.ask(key, query)
            assert (answer.status, answer.codes) == (429, ["RATE_LIMITED"])
            assert (answer.headers["Retry-After"], remaining(answer)) == ("1", 0)

    assert (parsed, statements) == ([], [])


async def test_the_last_that_remains_is_enough_for_a_new_document(house, processor):
    key = await house.key()
    processor.units = 998
    assert remaining(await house.ask(key, "{ nothing }")) == 1

    assert (await house.ask(key, PAGE)).status == 200


async def test_an_id_that_nobody_knows_costs_a_look(house):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}"}
    for times in range(1, 101):
        answer = await house.send(
            "POST", json={"documentId": f"{NOBODYS[:-3]}{times:03}"}, headers=headers
        )
        assert (answer.codes, remaining(answer)) == (
            ["PERSISTED_QUERY_NOT_FOUND"],
            1_000 - 10 * times,
        )
    with house.counting() as statements:
        answer = await house.send("POST", json={"documentId": NOBODYS}, headers=headers)

    assert (answer.status, statements) == (429, [])


async def test_an_id_that_nobody_knows_has_no_cost_to_tell(house):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", **ASKED}
    with house.counting() as statements:
        answer = await house.send("POST", json={"documentId": NOBODYS}, headers=headers)

    assert set(answer.body) == {"errors"}
    assert len([sql for sql in statements if "trusted_document" in sql]) == 1


async def test_an_id_of_another_document_costs_a_look(house):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}"}
    answer = await house.send("POST", json={"documentId": NOBODYS, "query": PAGE}, headers=headers)

    assert (answer.codes, remaining(answer)) == (["BAD_REQUEST"], 990)


async def test_a_socket_pays_for_it_as_well(house, parsed):
    key = await house.key()
    async with connected(house, key) as client:
        for id in map(str, range(10)):
            await client.subscribe(id, "{ nothing }")
            assert (await client.receive())["payload"][0]["extensions"] == {
                "code": "GRAPHQL_VALIDATION_FAILED"
            }
        await client.subscribe("10", "{ nothing }")
        [error] = (await client.receive())["payload"]

    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert len(parsed) == 10


async def test_a_new_document_waits_until_the_others_know_what_its_key_has_spent(
    house, processor, parsed
):
    key = await house.key()
    house.budgets.are_shared = True
    processor.units = 299
    await house.ask(key, "{ nothing }")
    parsed.clear()
    # Nobody tells them, so that it goes on alone after a while.
    answer = await house.ask(key, "{ nothing }")

    assert (remaining(answer), parsed, house.budgets.are_shared) == (400, ["{ nothing }"], False)


async def test_nothing_is_counted_where_there_is_no_limit(closed_house):
    house = await closed_house.open()
    key = await house.key()

    assert (await house.ask(key, "{ nothing }")).status == 400
    assert (len(house.budgets), limits(await house.ask(key, PAGE))) == (0, (None, None))


async def test_nothing_but_wrong_documents_is_slowed_as_right_ones_are(closed_house):
    closed_house.budgets = Budgets(60, 1_000)
    house = await closed_house.open()
    key = await house.key()
    statuses, answer = [], None
    while 429 not in statuses:
        answer = await house.ask(key, f"{{ nothing{len(statuses)} }}")
        statuses.append(answer.status)

    # Each reading costs at least 1.
    assert 2 <= len(statuses) <= 1_000
    assert statuses[:-1] == [400] * (len(statuses) - 1)
    assert int(answer.headers["Retry-After"]) >= 1

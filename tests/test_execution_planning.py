"""What making an operation of a known document ready costs, and looking for what isn't there."""

import pytest

import execution.documents
import execution.reading
from db.scope import Scope
from execution.negotiate import GRAPHQL
from tests.test_execution_reading import NOBODYS, PAGE, limited, measured, remaining


@pytest.fixture
def processor(monkeypatch):
    return measured(monkeypatch)


@pytest.fixture
async def house(closed_house, processor):
    return await limited(closed_house, processor)


async def test_a_name_that_no_operation_has_is_looked_for_and_paid_each_time(house):
    key = await house.key()
    body = {"query": PAGE, "operationName": "Other"}
    headers = {"Authorization": f"Bearer {key.token}", "Accept": GRAPHQL}
    for times in range(1, 11):
        answer = await house.send("POST", json=body, headers=headers)
        assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert remaining(answer) == 1_000 - 100 * times

    answer = await house.send("POST", json=body, headers=headers)
    assert answer.status == 429


def many(count):
    return " ".join(
        f"query o{number} {{ products {{ nodes {{ id }} }} }}" for number in range(count)
    )


async def asked_for(house, key, text, name):
    headers = {"Authorization": f"Bearer {key.token}", "Accept": GRAPHQL}
    return await house.send("POST", json={"query": text, "operationName": name}, headers=headers)


async def test_each_operation_is_paid_for_by_who_may_not_run_it_as_well(house):
    key, text = await house.key(scopes=[Scope.INVOICES_READ]), many(3)
    left = []
    for name in ("o0", "o1", "o2", "o0", "o1", "o2"):
        answer = await asked_for(house, key, text, name)
        assert answer.codes == ["MISSING_SCOPE"]
        left.append(remaining(answer))

    assert left == [900, 800, 700, 700, 700, 700]


async def test_whoever_has_nothing_left_has_no_operation_planned(house, processor, monkeypatch):
    key, text = await house.key(), many(4)
    processor.units = 998
    # Planning takes the last there is, and who was let in for it is let in for the operation.
    assert (await asked_for(house, key, text, "o0")).status == 200
    planned = []
    monkeypatch.setattr(execution.documents, "compile_plan", lambda *given: planned.append(given))
    for name in ("o1", "o2", "o3", None):
        answer = await asked_for(house, key, text, name)
        assert (answer.status, answer.codes) == (429, ["RATE_LIMITED"])

    assert planned == []


@pytest.mark.parametrize("members", [{"query": PAGE}, {}])
async def test_nobody_owes_more_than_the_last_look_for_ids(house, members):
    """Where nothing remains the answer is 429, and nothing more is owed."""
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Accept": GRAPHQL}
    body = {"documentId": NOBODYS, **members}
    answers = [await house.send("POST", json=body, headers=headers) for _ in range(110)]

    assert [answer.status for answer in answers] == [400] * 100 + [429] * 10
    assert {answer.headers["Retry-After"] for answer in answers[100:]} == {"1"}

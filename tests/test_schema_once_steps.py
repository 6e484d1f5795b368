"""The fields of a mutation come one after another, and each shows what those before it did."""

import pytest

from tests.repeats import keyed
from tests.shop import created, updated

BILL = (
    "createInvoice(input: {lines: [{productId: $id}]}) { invoice { lines { product { name } } } }"
)
STEPS = f"""mutation($id: ID!) {{
  before: {BILL}
  updateProduct(input: {{id: $id, name: "New"}}) {{ product {{ name }} }}
  after: {BILL} }}"""
# A program is compiled as far as its first run comes; the later ones know all of it.
RUNS = 3


@pytest.fixture(params=[True, False], ids=["compiled", "graphql-core"])
async def house(closed_house, request):
    closed_house.compiled = request.param
    return await closed_house.open()


def billed(answer, step):
    [line] = answer.data[step]["invoice"]["lines"]
    return line["product"]["name"]


@pytest.mark.parametrize("with_key", [False, True])
async def test_what_was_loaded_before_a_change_is_loaded_again_after_it(house, with_key):
    key = await house.key()
    id = (await created(house, key))["id"]
    for run in range(RUNS):
        await updated(house, key, id, name="Old")

        answer = await house.ask(key, STEPS, keyed(str(run)) if with_key else {}, id=id)

        assert (billed(answer, "before"), billed(answer, "after")) == ("Old", "New")

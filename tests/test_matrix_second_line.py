"""The second line of defence: each field refuses by itself where nothing refused before."""

import pytest

import execution.gate
from access.caller import Caller
from access.check import KeyCheck, known_key
from access.token import parse
from db.api_key import BY_TOKEN
from db.scope import ALL_SCOPES
from tests.fields import TARGETS, Target
from tests.furnished import furnished

ELSEWHERE = "198.51.100.7"


@pytest.fixture(params=["compiled", "by graphql-core"])
async def house(request, closed_house):
    closed_house.compiled = request.param == "compiled"
    return await closed_house.open()


@pytest.fixture
async def unplanned(house, monkeypatch):
    """The house without its first line of defence, in both ways to run an operation."""
    passed = []
    monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *asked: passed.append(asked))
    yield house
    assert passed


@pytest.fixture
async def unfenced(unplanned, monkeypatch):
    """The same, and addresses aren't looked at either when a key is checked."""
    passed = []

    async def caller(_self, token, address, _now):
        passed.append(token)
        return Caller(known_key(await unplanned.find(parse(token).id)), address)

    monkeypatch.setattr(KeyCheck, "caller", caller)
    yield unplanned
    assert passed


async def ran(house, key, asked):
    """The answer, and what was asked of the database for it."""
    with house.counting() as statements:
        answer = await house.ask(key, asked.text, **asked.variables)
    return answer, [statement for statement in statements if statement != BY_TOKEN.sql]


@pytest.mark.parametrize("name", TARGETS)
async def test_without_the_plan_each_field_refuses_still(unplanned, name):
    target: Target = TARGETS[name]
    owner = await unplanned.organization()
    key = await unplanned.key(owner, ALL_SCOPES - {target.scope})
    ids = await furnished(unplanned, owner, target.scope)

    refused, statements = await ran(unplanned, key, target.asked(ids))
    _, needed_above = await ran(unplanned, key, target.asked(ids, "included", runs=False))

    assert refused.status == 403
    assert set(refused.body) == {"errors"}
    assert refused.error["extensions"] == {
        "code": "MISSING_SCOPE",
        "required": [target.scope],
        "missing": [target.scope],
    }
    assert statements == needed_above


@pytest.mark.parametrize("name", TARGETS)
async def test_without_the_check_each_field_looks_at_the_address(unfenced, name):
    target: Target = TARGETS[name]
    owner = await unfenced.organization()
    key = await unfenced.key(owner, ips=[ELSEWHERE])
    ids = await furnished(unfenced, owner, target.scope)

    refused, statements = await ran(unfenced, key, target.asked(ids))

    assert (refused.status, refused.codes) == (403, ["IP_NOT_ALLOWED"])
    assert refused.error["message"] == "This API key can't be used from 127.0.0.1."
    assert (set(refused.body), statements) == ({"errors"}, [])


@pytest.mark.parametrize(
    "text", ["{ viewer { ip } }", "{ organization { id } }", "{ scopes { name } }"]
)
async def test_public_fields_look_at_the_address_too(unfenced, text):
    key = await unfenced.key(ips=[ELSEWHERE])

    refused = await unfenced.ask(key, text)

    assert (refused.status, refused.codes) == (403, ["IP_NOT_ALLOWED"])

"""Every scope against every field that needs one: held alone, missing alone, full access."""

import pytest

from db.api_key import BY_TOKEN
from db.scope import ALL_SCOPES, Scope
from tests.fields import FORMS, TARGETS, Target
from tests.furnished import furnished
from tests.house import House, Key

ANY = Scope.PRODUCTS_READ


async def must_work(house: House, key: Key, target: Target, ids: dict[str, str]) -> None:
    """The field, wherever it stands, shows something; what is changed was made for it."""
    if target.is_mutation:
        ids = await furnished(house, key.organization, target.scope)
    asked = target.asked(ids)
    shown = [(await house.ask(key, asked.text, **asked.variables)).data]
    for name in target.path:
        shown = [
            inner[name] for outer in shown for inner in (outer if type(outer) is list else [outer])
        ]
    assert shown, target.name
    assert None not in shown, target.name
    assert [] not in [one.get("nodes") for one in shown], target.name


async def must_be_refused(house: House, key: Key, target: Target, missing: set[Scope], asked):
    """A refusal as a whole, which costs no more than to know who asks."""
    with house.counting() as statements:
        answer = await house.ask(key, asked.text, **asked.variables)
    assert answer.status == 403, target.name
    assert set(answer.body) == {"errors"}
    assert answer.error["extensions"] == {
        "code": "MISSING_SCOPE",
        "required": [scope for scope in Scope if scope in target.scopes],
        "missing": [scope for scope in Scope if scope in missing],
    }
    assert set(statements) <= {BY_TOKEN.sql}, target.name


def test_the_fields_need_all_scopes_that_have_one():
    assert {target.scope for target in TARGETS.values()} == ALL_SCOPES


@pytest.mark.parametrize("scope", Scope)
async def test_one_scope_opens_its_fields_and_no_other(house, scope):
    owner = await house.organization()
    key = await house.key(owner, [scope])
    ids = await furnished(house, owner, scope)

    assert (await house.ask(key, "{ viewer { scopes } }")).data["viewer"]["scopes"] == [scope.name]
    for target in TARGETS.values():
        missing = target.scopes - {scope}
        if missing:
            await must_be_refused(house, key, target, missing, target.asked(ids))
        else:
            await must_work(house, key, target, ids)


@pytest.mark.parametrize("scope", Scope)
async def test_one_missing_scope_closes_its_fields_and_no_other(house, scope):
    owner = await house.organization()
    held = ALL_SCOPES - {scope}
    key = await house.key(owner, held)
    shown = (await house.ask(key, "{ viewer { scopes } }")).data["viewer"]["scopes"]

    assert shown == [other.name for other in Scope if other is not scope]
    ids = await furnished(house, owner, scope)
    for target in TARGETS.values():
        if scope in target.scopes:
            await must_be_refused(house, key, target, {scope}, target.asked(ids))
        else:
            await must_work(house, key, target, ids)


async def test_full_access_opens_every_field(house):
    owner = await house.organization()
    key = await house.key(owner)
    shown = (await house.ask(key, "{ viewer { scopes } }")).data["viewer"]["scopes"]

    assert shown == [scope.name for scope in Scope]
    ids = await furnished(house, owner, ANY)
    for target in TARGETS.values():
        await must_work(house, key, target, ids)


@pytest.mark.parametrize("form", FORMS)
async def test_no_form_of_a_field_hides_it(house, form):
    owner = await house.organization()
    ids = await furnished(house, owner, ANY)
    for target in TARGETS.values():
        key = await house.key(owner, ALL_SCOPES - {target.scope})
        await must_be_refused(house, key, target, {target.scope}, target.asked(ids, form))


@pytest.mark.parametrize("form", ["included", "skipped"])
async def test_a_field_that_is_not_executed_needs_nothing(house, form):
    owner = await house.organization()
    ids = await furnished(house, owner, ANY)
    for target in TARGETS.values():
        other = next(scope for scope in Scope if scope is not target.scope)
        key = await house.key(owner, target.scopes - {target.scope} or {other})
        asked = target.asked(ids, form, runs=False)
        answer = await house.ask(key, asked.text, **asked.variables)
        assert f"'{target.path[-1]}'" not in str(answer.data), target.name


async def test_a_refusal_changes_nothing_although_its_siblings_are_allowed(house):
    key = await house.key(scopes=[Scope.PRODUCTS_CREATE, Scope.PRODUCTS_READ])
    money = '{amount: "1", currency: "EUR"}'
    text = f"""mutation {{ one: createProduct(input: {{name: "One", price: {money}}}) {{
      product {{ id }} }} two: deleteProduct(input: {{id: "any"}}) {{ deletedProductId }} }}"""

    with house.counting() as statements:
        refused = await house.ask(key, text)

    assert (refused.status, refused.error["extensions"]["missing"]) == (403, ["products.delete"])
    assert statements == [BY_TOKEN.sql]
    assert (await house.ask(key, "{ products { totalCount } }")).data == {
        "products": {"totalCount": 0}
    }

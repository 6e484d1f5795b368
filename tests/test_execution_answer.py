"""The table of refusals, row by row, in both media types; and a database that goes away."""

from datetime import timedelta

import pytest

import execution.gate
from access.token import mint
from db import migrate
from db.api_key import BY_TOKEN
from db.database import Database
from db.hub import Hub
from db.scope import Scope
from execution.answer import status_of
from execution.negotiate import GRAPHQL, JSON
from execution.outcome import Outcome
from tests.embedded_parts import short_folder, started
from tests.house import House
from tests.keys import CREATE, DELETE, UPDATE
from tests.shop import CREATE_PRODUCT, DELETE_PRODUCT, MADE_UP, TEA, written

MEDIA = [GRAPHQL, JSON]
COUNT = "{ products { totalCount } }"
READ = "query($id: ID!) { product(id: $id) { id } }"
PRODUCT = f"prod_{MADE_UP}"
ELSEWHERE = "198.51.100.7"
TWO = "query One { viewer { ip } } query Two { viewer { ip } }"
CREATE_AND_DELETE = """mutation($input: CreateProductInput!, $id: ID!) {
  one: createProduct(input: $input) { product { name } }
  two: deleteProduct(input: {id: $id}) { deletedProductId } }"""


def must_be_refused(answer, status, code, media, **details):
    """Refused as a whole, without a place for data."""
    assert (answer.status, set(answer.body)) == (status, {"errors"})
    assert answer.error["extensions"] == {"code": code, **details}
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["X-Request-Id"]
    assert ("WWW-Authenticate" in answer.headers) is (status == 401)
    assert ("Retry-After" in answer.headers) is (status in {429, 503})
    assert ("Allow" in answer.headers) is (status == 405)


def must_fail(answer, field, code, media):
    """Ran, and one field failed; there is no other."""
    assert (answer.status, answer.codes) == (200, [code])
    assert answer.error["path"] == [field]
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.headers["X-Request-Id"]
    assert not {"WWW-Authenticate", "Retry-After", "Allow"} & set(answer.headers)


@pytest.mark.parametrize("media", MEDIA)
async def test_tokens_that_do_not_work_are_unauthenticated(house, media):
    key = await house.key()
    expired = await house.key(expires_at=house.clock() + timedelta(hours=1))
    admin = await house.key(key.organization)
    await house.ask(admin, DELETE, input={"id": key.id})
    house.clock.advance(hours=1)
    said = {
        None: "Send the token of an API key",
        "th_1": "Send the token of an API key",
        mint().text: "There is no API key with this token.",
        expired.token: "This API key's token has expired.",
        key.token: "This API key is revoked.",
    }

    for token, message in said.items():
        answer = await house.ask(token, COUNT, headers={"Accept": media})
        must_be_refused(answer, 401, "UNAUTHENTICATED", media)
        assert answer.error["message"].startswith(message)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tollhouse"'


@pytest.mark.parametrize("media", MEDIA)
async def test_addresses_outside_the_rules_are_not_allowed(house, media):
    key = await house.key(ips=[ELSEWHERE, "2001:db8::/32"])

    for text in (COUNT, "{", "{ __typename }"):
        answer = await house.ask(key, text, headers={"Accept": media})
        must_be_refused(answer, 403, "IP_NOT_ALLOWED", media)


@pytest.mark.parametrize("media", MEDIA)
async def test_missing_scopes_are_named_and_nothing_is_changed(house, media):
    key = await house.key(scopes=[Scope.PRODUCTS_CREATE])
    before = await written(house, key.organization)
    with house.counting() as statements:
        answer = await house.ask(
            key, CREATE_AND_DELETE, headers={"Accept": media}, input=TEA, id=PRODUCT
        )

    both = ["products.create", "products.delete"]
    must_be_refused(answer, 403, "MISSING_SCOPE", media, required=both, missing=both[1:])
    assert answer.error["message"] == "Mutation.deleteProduct needs the scope products.delete."
    assert statements == [BY_TOKEN.sql]
    assert await written(house, key.organization) == before


async def test_each_missing_scope_is_told_with_the_field_that_needs_it(house):
    key = await house.key(scopes=[Scope.INVOICES_READ])

    answer = await house.ask(
        key, "{ apiKeys { totalCount } invoices { nodes { lines { product { id } } } } }"
    )

    assert answer.error["message"] == (
        "InvoiceLine.product needs the scope products.read;"
        " Query.apiKeys needs the scope api_keys.read."
    )
    missing = ["products.read", "api_keys.read"]
    required = ["invoices.read", *missing]
    must_be_refused(answer, 403, "MISSING_SCOPE", GRAPHQL, required=required, missing=missing)


@pytest.mark.parametrize("media", MEDIA)
async def test_what_the_second_line_refuses_is_refused_as_a_whole(house, media, monkeypatch):
    monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *_: None)
    key = await house.key(scopes=[Scope.PRODUCTS_READ])
    headers = {"Accept": media}

    read = await house.ask(key, "{ viewer { ip } invoices { totalCount } }", headers=headers)

    names = {"required": ["invoices.read"], "missing": ["invoices.read"]}
    assert read.error.pop("path") == ["invoices"]
    must_be_refused(read, 403, "MISSING_SCOPE", media, **names)


@pytest.mark.parametrize("media", MEDIA)
async def test_what_a_mutation_did_before_the_second_line_is_shown(house, media, monkeypatch):
    monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *_: None)
    key = await house.key(scopes=[Scope.PRODUCTS_CREATE])

    answer = await house.ask(
        key, CREATE_AND_DELETE, headers={"Accept": media}, input=TEA, id=PRODUCT
    )

    must_fail(answer, "two", "MISSING_SCOPE", media)
    assert answer.body["data"] == {"one": {"product": {"name": "Tea"}}, "two": None}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ products { totalCount(", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (TWO, "GRAPHQL_VALIDATION_FAILED"),
        ("{ products(orderBy: {by: SIZE}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        (f"{{ products(first: {'1' * 5000}) {{ totalCount }} }}", "GRAPHQL_VALIDATION_FAILED"),
        # Variables that are missing or don't fit.
        (READ, "GRAPHQL_VALIDATION_FAILED"),
        ("query($x: Int) { products(first: $x) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_is_not_graphql_is_told_as_each_media_type_does(house, text, code, media):
    key = await house.key()

    answer = await house.ask(key, text, headers={"Accept": media}, x={"deep": [1]})

    # Where it can't be told which operation is meant, none is to blame.
    assert (answer.error.pop("locations", None) is None) is (text == TWO)
    must_be_refused(answer, 200 if media == JSON else 400, code, media)


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    "text",
    ["{a" * 500_000, "{ " + "a " * 5_000 + "}", "{ products(first: " + "[" * 1000],
)
async def test_what_is_too_deep_or_too_long_is_too_complex(house, text, media):
    key = await house.key()

    answer = await house.ask(key, text, headers={"Accept": media})

    must_be_refused(answer, 400, "QUERY_TOO_COMPLEX", media)


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("inside", [b"[", b'{"a":'])
@pytest.mark.parametrize(
    ("declared", "field"),
    [
        ("Int", "products(first: $x) { totalCount }"),
        ("ProductFilter", "products(filter: $x) { totalCount }"),
        ("ID!", "node(id: $x) { id }"),
    ],
)
async def test_variables_as_deep_as_json_goes_do_not_fit(house, declared, field, inside, media):
    key = await house.key()
    closing = b"]" if inside == b"[" else b"1}"
    deep = inside * 1000 + closing[:-1] + closing[-1:] * 1000
    query = f"query($x: {declared}) {{ {field} }}".encode()
    body = b'{"query": "' + query + b'", "variables": {"x": ' + deep + b"}}"
    headers = {"Authorization": f"Bearer {key.token}", "Content-Type": JSON, "Accept": media}

    answer = await house.send("POST", data=body, headers=headers)

    assert answer.error.pop("locations", [{"line": 1, "column": 7}]) == [{"line": 1, "column": 7}]
    must_be_refused(answer, 200 if media == JSON else 400, "GRAPHQL_VALIDATION_FAILED", media)


@pytest.mark.parametrize("media", MEDIA)
async def test_failures_of_a_field_leave_it_null_beside_its_error(house, media):
    key = await house.key()
    little = await house.key(key.organization, [Scope.API_KEYS_CREATE])
    headers = {"Accept": media}
    sold = {**TEA, "sku": "tea-1"}
    await house.ask(key, CREATE_PRODUCT, input=sold)
    fence = {"id": key.id, "ipRules": [{"cidr": ELSEWHERE}]}
    failing = [
        (little, CREATE, {"name": "More", "scopes": ["PRODUCTS_READ"]}, "FORBIDDEN"),
        (key, CREATE_PRODUCT, {**TEA, "name": ""}, "INVALID_INPUT"),
        (key, DELETE_PRODUCT, {"id": PRODUCT}, "NOT_FOUND"),
        (key, CREATE_PRODUCT, sold, "CONFLICT"),
        (key, UPDATE, fence, "LOCKOUT_RISK"),
    ]
    before = await written(house, key.organization)

    for caller, text, stated, code in failing:
        answer = await house.ask(caller, text, headers=headers, input=stated)
        [field] = answer.body["data"]
        must_fail(answer, field, code, media)
        assert answer.body["data"] == {field: None}
    assert await written(house, key.organization) == before


@pytest.mark.parametrize("media", MEDIA)
async def test_a_list_that_fails_leaves_no_data_and_is_still_an_answer(house, media):
    key = await house.key()

    answer = await house.ask(
        key, "{ products(first: 1001) { totalCount } }", headers={"Accept": media}
    )

    must_fail(answer, "products", "INVALID_INPUT", media)
    assert answer.body["data"] is None


def outcome(data, *codes, ran=True, is_mutation=False):
    errors = [{"message": "No.", "extensions": {"code": code}} for code in codes]
    return Outcome(ran, data, errors, is_mutation)


NULL, SOME = {"a": None, "b": None}, {"a": None, "b": 0}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    ("what", "status"),
    [
        (outcome(SOME), 200),
        (outcome(NULL), 200),
        (outcome({}), 200),
        (outcome(None, "CONFLICT"), 200),
        (outcome(NULL, "INTERNAL"), 500),
        (outcome(None, "INTERNAL"), 500),
        (outcome(SOME, "INTERNAL"), 200),
        (outcome(NULL, "UNAVAILABLE"), 503),
        (outcome(NULL, "INTERNAL", "UNAVAILABLE"), 503),
        (outcome(SOME, "UNAVAILABLE"), 200),
        (outcome(NULL, "UNAVAILABLE", "MISSING_SCOPE"), 403),
        (outcome(SOME, "MISSING_SCOPE"), 403),
        (outcome(SOME, "IP_NOT_ALLOWED", "RATE_LIMITED"), 403),
        (outcome(SOME, "RATE_LIMITED"), 429),
        (outcome(SOME, "RATE_LIMITED", "UNAUTHENTICATED"), 401),
        (outcome(NULL, "MISSING_SCOPE", is_mutation=True), 403),
        (outcome(SOME, "MISSING_SCOPE", is_mutation=True), 200),
        (outcome(SOME, "UNAVAILABLE", is_mutation=True), 200),
        (outcome(NULL, "UNAVAILABLE", is_mutation=True), 503),
    ],
)
def test_the_status_tells_what_is_so_for_the_whole_request(what, status, media):
    assert status_of(what, media) == status


def test_an_operation_that_did_not_run_is_told_as_the_media_type_does():
    asked = outcome(None, "GRAPHQL_VALIDATION_FAILED", ran=False)

    assert [status_of(asked, media) for media in MEDIA] == [400, 200]


@pytest.fixture
async def fragile(recorder):
    """A house on a database that can be stopped and started."""
    with short_folder() as folder, started(folder / "data") as embedded:
        await migrate.upgrade(embedded.url)
        database = await Database.open(embedded.url, logger=recorder)
        house = await House(database, recorder, Hub()).open()
        yield house, embedded
        await house.close()
        await database.close()


async def test_while_the_database_is_down_answers_say_so_and_then_it_recovers(fragile):
    house, embedded = fragile
    known = await house.key()
    new = [await house.key() for _ in range(2)]
    shop = {"input": TEA}
    assert (await house.ask(known, COUNT)).data == {"products": {"totalCount": 0}}
    embedded.stop()

    for media, unknown in zip(MEDIA, new, strict=True):
        headers = {"Accept": media}
        refused = await house.ask(unknown, COUNT, headers=headers)
        failed = [
            await house.ask(known, COUNT, headers=headers),
            await house.ask(known, READ, headers=headers, id=PRODUCT),
            await house.ask(known, CREATE_PRODUCT, headers=headers, **shop),
        ]
        partly = await house.ask(
            known, READ.replace("{", "{ viewer { ip }", 1), headers=headers, id=PRODUCT
        )
        untouched = await house.ask(known, "{ viewer { ip } }", headers=headers)

        must_be_refused(refused, 503, "UNAVAILABLE", media)
        assert refused.error["message"] == "The database is away for now; try again."
        for answer, field in zip(failed, ["products", "product", "createProduct"], strict=True):
            assert answer.error["path"] == [field]
            must_be_refused(answer, 503, "UNAVAILABLE", media)
            assert answer.headers["Retry-After"] == "2"
        must_fail(partly, "product", "UNAVAILABLE", media)
        assert partly.body["data"] == {"viewer": {"ip": "127.0.0.1"}, "product": None}
        assert untouched.data == {"viewer": {"ip": "127.0.0.1"}}
    embedded.start()

    for key in (known, *new):
        assert (await house.ask(key, COUNT)).data == {"products": {"totalCount": 0}}
    assert (await house.ask(known, CREATE_PRODUCT, **shop)).status == 200

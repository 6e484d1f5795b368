"""Failures that are expected keep their code; all others are masked, and told to the log alone."""

import io
import logging

import pytest
import structlog
from graphql import GraphQLError
from structlog.testing import capture_logs

import db.product
from access.errors import MissingScope
from cli.log import configure
from db.errors import Conflict, Forbidden, InvalidInput, NotFound
from db.scope import Scope
from execution.failures import codes_of, internal, presented, refusal
from execution.negotiate import GRAPHQL, JSON
from tests.shop import MADE_UP, TEA, read, written

MEDIA = [GRAPHQL, JSON]
SECRET = "hunter2"
MASKED = {
    "message": "Something went wrong on our side. Tell us the request id if it stays.",
    "extensions": {"code": "INTERNAL", "requestId": "r-1"},
}
READ = f'{{ product(id: "prod_{MADE_UP}") {{ id }} }}'
TWO = """mutation($a: CreateProductInput!, $b: CreateProductInput!) {
  first: createProduct(input: $a) { product { id sku } }
  second: createProduct(input: $b) { product { id } }
  third: createProduct(input: $a) { product { id } }
}"""
REFUSALS = [
    (Conflict("Taken."), "CONFLICT", {}),
    (NotFound("Gone."), "NOT_FOUND", {}),
    (InvalidInput.at("id", "no"), "INVALID_INPUT", {"fields": [{"path": "id", "message": "no"}]}),
    (Forbidden("No.", {"scopes": ["x"]}), "FORBIDDEN", {"beyond": {"scopes": ["x"]}}),
    (
        MissingScope.at("Query.products", Scope.PRODUCTS_READ),
        "MISSING_SCOPE",
        {"required": ["products.read"], "missing": ["products.read"]},
    ),
]


@pytest.fixture
def fails(monkeypatch):
    """Reading and creating products meets a bug, beside values that nobody may see."""

    async def fail(*_arguments, **_more):
        held_in_a_local = SECRET
        raise KeyError(len(held_in_a_local))

    monkeypatch.setattr(db.product, "find", fail)
    monkeypatch.setattr(db.product, "page", fail)


@pytest.fixture
def as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(("error", "code", "details"), REFUSALS)
def test_what_is_expected_keeps_its_code_and_details(error, code, details):
    shown = {"message": str(error), "extensions": {"code": code, **details}}

    assert refusal(error) == shown
    assert presented(GraphQLError("other", original_error=error), "r-1") == shown


@pytest.mark.parametrize("cause", [None, GraphQLError("inner")])
def test_what_graphql_finds_wrong_has_the_code_of_its_phase(cause):
    error = GraphQLError("Wrong.", original_error=cause)

    assert presented(error, "r-1")["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert presented(error, "r-1", "GRAPHQL_PARSE_FAILED") == {
        "message": "Wrong.",
        "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
    }


def test_what_graphql_quotes_is_cut():
    assert len(presented(GraphQLError("x" * 3000), "r-1")["message"]) == 2000


@pytest.mark.parametrize("cause", [ValueError(SECRET), RecursionError(SECRET), OSError(SECRET)])
def test_what_is_not_expected_is_masked_and_logged(cause):
    error = GraphQLError(SECRET, path=["products", 0], original_error=cause)
    with capture_logs() as logs:
        shown = presented(error, "r-1")

    assert internal("r-1") == MASKED
    assert shown == {**MASKED, "path": ["products", 0]}
    assert logs == [
        {
            "event": "unexpected failure",
            "log_level": "error",
            "request_id": "r-1",
            "path": ["products", 0],
            "exc_info": cause,
        }
    ]


def test_the_codes_of_errors_are_told():
    errors = [refusal(error) for error, _, _ in REFUSALS[:2]] + [MASKED, MASKED]

    assert codes_of(errors) == {"CONFLICT", "NOT_FOUND", "INTERNAL"}
    assert codes_of([]) == set()


@pytest.mark.usefixtures("fails")
@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    ("text", "status", "path"),
    [
        (READ, 500, ["product"]),
        ("{ products { nodes { id } } }", 500, ["products"]),
        (READ.replace("{", "{ viewer { ip }", 1), 200, ["product"]),
    ],
)
async def test_a_bug_below_a_field_is_masked(house, text, status, path, media):
    key = await house.key()
    headers = {"X-Request-Id": "r-1", "Accept": media}
    with capture_logs() as logs:
        answer = await house.ask(key, text, headers=headers)

    [location] = answer.error.pop("locations")
    assert location["line"] == 1
    assert (answer.status, answer.error) == (status, {**MASKED, "path": path})
    assert answer.body.get("data") == (
        {"viewer": {"ip": "127.0.0.1"}, "product": None} if status == 200 else None
    )
    assert answer.headers["X-Request-Id"] == "r-1"
    assert [(entry["event"], entry["request_id"], entry["path"]) for entry in logs] == [
        ("unexpected failure", "r-1", path)
    ]
    assert type(logs[0]["exc_info"]) is KeyError


@pytest.mark.parametrize("media", MEDIA)
async def test_a_bug_before_anything_runs_is_masked(closed_house, media):
    async def find(_token_id):
        raise LookupError(SECRET)

    closed_house.find = find
    house = await closed_house.open()
    key = await house.key()
    headers = {"X-Request-Id": "r-1", "Accept": media}
    with capture_logs() as logs:
        answer = await house.ask(key, READ, headers=headers)

    assert (answer.status, answer.body) == (500, {"errors": [MASKED]})
    assert answer.headers["X-Request-Id"] == "r-1"
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    [logged] = logs
    assert repr(logged.pop("exc_info")) == repr(LookupError(SECRET))
    assert logged == {"event": "unexpected failure", "log_level": "error", "request_id": "r-1"}


@pytest.mark.parametrize(
    "part", ["execution.view.answered", "execution.compiled.single.attempt"], ids=["shown", "made"]
)
async def test_a_bug_after_a_statement_is_told_as_any_other(house, monkeypatch, part):
    key = await house.key()
    assert (await house.ask(key, READ)).status == 200

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(part, fail)
    with capture_logs() as logs:
        answer = await house.ask(key, READ)

    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert [logged["event"] for logged in logs] == ["unexpected failure"]


async def test_a_bug_before_it_is_known_what_is_accepted_is_told_in_json(house, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("execution.view.NotAcceptable", fail)
    answer = await house.ask("any", READ, headers={"Accept": "text/html"})

    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert answer.headers["Content-Type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.usefixtures("fails", "as_before")
async def test_the_log_says_where_and_shows_no_values(house, form):
    key = await house.key()
    stream = io.StringIO()
    configure(form, stream)
    query = "query($id: ID!) { product(id: $id) { id } }"
    headers = {"X-Request-Id": "r-1"}
    await house.ask(key, query, headers=headers, id=f"prod_{MADE_UP}")
    logged = stream.getvalue()

    for said in ("unexpected failure", "r-1", "KeyError: 7", "in fail", "resolvers/product.py"):
        assert said in logged
    for hidden in (SECRET, key.token, key.token.rpartition("_")[2], MADE_UP):
        assert hidden not in logged


async def test_what_siblings_did_stays_done_and_is_shown(house):
    key = await house.key()
    one, other = {**TEA, "sku": "tea-1"}, {**TEA, "sku": "tea-1", "name": "Other"}

    answer = await house.ask(key, TWO, a=one, b=other)

    first = answer.body["data"]["first"]["product"]
    assert (answer.status, answer.codes) == (200, ["CONFLICT", "CONFLICT"])
    assert answer.body["data"] == {
        "first": {"product": {"id": first["id"], "sku": "tea-1"}},
        "second": None,
        "third": None,
    }
    assert [error["path"] for error in answer.body["errors"]] == [["second"], ["third"]]
    assert [error["locations"] for error in answer.body["errors"]] == [
        [{"line": 3, "column": 3}],
        [{"line": 4, "column": 3}],
    ]
    assert (await read(house, key, first["id"]))["name"] == "Tea"
    assert len((await written(house, key.organization))["product"]) == 1

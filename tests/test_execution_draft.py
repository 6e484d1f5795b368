"""What the GraphQL-over-HTTP draft of August 2026 asks for, and the audit doesn't try.

What is tested elsewhere isn't tried again: bodies, media types and methods in
test_execution_request.py, Accept in test_execution_negotiate.py.
"""

import orjson
import pytest

from execution.negotiate import EVENTS, GRAPHQL, JSON
from tests.shop import CREATE_PRODUCT, TEA, written

MEDIA = [GRAPHQL, JSON]
NAME = "{ __typename }"
TWO = "query One { one: __typename } query null { two: __typename }"
FORMS = [
    ("application/x-www-form-urlencoded", b"query=%7B__typename%7D"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="query"\r\n'),
    ("text/plain", orjson.dumps({"query": NAME})),
]


async def bare(house, method="POST", without="", **options):
    """A request without a header that clients add by themselves."""
    headers = {"Authorization": f"Bearer {(await house.key()).token}"}
    return await house.send(method, headers=headers, skip_auto_headers=[without], **options)


async def test_without_accept_the_answer_is_json(house):
    answer = await bare(house, json={"query": NAME}, without="Accept")

    assert (answer.status, answer.data) == (200, {"__typename": "Query"})
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_without_a_content_type_a_post_is_refused(house):
    body = orjson.dumps({"query": NAME})
    answer = await bare(house, data=body, without="Content-Type")

    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    "unknown", [{"qeury": NAME}, {"operationname": "Other"}, {"batch": [1]}, {"": None}]
)
async def test_members_that_nobody_knows_are_ignored(house, unknown, media):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Accept": media}

    posted = await house.send("POST", json={"query": NAME, **unknown}, headers=headers)
    got = await house.send(
        "GET", params={"query": NAME, **dict.fromkeys(unknown, "x")}, headers=headers
    )

    assert posted.data == got.data == {"__typename": "Query"}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("extensions", [{}, {"trace": {"id": [1, None, "x"]}}])
async def test_extensions_of_others_are_ignored(house, extensions, media):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Accept": media}
    body = {"query": NAME, "extensions": extensions}
    parameters = {"query": NAME, "extensions": orjson.dumps(extensions).decode()}

    answers = [
        await house.send("POST", json=body, headers=headers),
        await house.send("GET", params=parameters, headers=headers),
    ]

    assert [answer.body for answer in answers] == [{"data": {"__typename": "Query"}}] * 2


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("name", ["", "Three", "one"])
async def test_what_can_not_be_told_apart_is_not_run(house, name, media):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Accept": media}

    answer = await house.send("GET", params={"query": TWO, "operationName": name}, headers=headers)

    assert (answer.status, answer.codes) == (
        400 if media == GRAPHQL else 200,
        ["GRAPHQL_VALIDATION_FAILED"],
    )
    assert "data" not in answer.body


async def test_null_in_a_get_is_a_name_like_any_other(house):
    answer = await bare(house, "GET", params={"query": TWO, "operationName": "null"})

    assert answer.data == {"two": "Query"}


async def test_what_accepts_nothing_else_gets_the_error_in_what_it_accepts(house):
    key = await house.key()
    for accept, media in [(f"{GRAPHQL};q=0.1, {JSON};q=0", GRAPHQL), (EVENTS, JSON)]:
        answer = await house.ask(key, " ", headers={"Accept": accept})

        assert answer.status == 400
        assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE"])
async def test_other_methods_are_told_which_there_are(house, method):
    answer = await bare(house, method)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(("kind", "body"), FORMS)
async def test_what_a_form_can_send_is_nothing_that_is_taken(house, kind, body):
    key = await house.key()
    for path in ("/graphql", f"/graphql?access_token={key.token}&token={key.token}"):
        headers = {"Content-Type": kind, "Cookie": f"token={key.token}; authorization={key.token}"}
        with house.counting() as statements:
            answer = await house.send("POST", path, data=body, headers=headers)

        assert (answer.status, answer.codes, statements) == (401, ["UNAUTHENTICATED"], [])
    answer = await house.ask(key, NAME, headers={"Content-Type": kind})
    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


async def test_a_link_can_not_ask_as_anybody(house):
    key = await house.key()
    before = await written(house, key.organization)
    variables = orjson.dumps({"input": TEA}).decode()
    for query in (NAME, CREATE_PRODUCT):
        parameters = {"query": query, "variables": variables, "authorization": key.token}
        headers = {"Cookie": f"authorization=Bearer {key.token}"}
        answer = await house.send("GET", params=parameters, headers=headers)

        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert await written(house, key.organization) == before

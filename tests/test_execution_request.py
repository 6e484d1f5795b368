"""Requests as they come over HTTP: what is read of them, and what is no request at all."""

import asyncio
import gzip
import io
from contextlib import asynccontextmanager
from unittest.mock import Mock
from urllib.parse import urlsplit

import orjson
import pytest
from aiohttp import StreamReader
from aiohttp.test_utils import make_mocked_request
from yarl import URL

import execution.answer
import execution.request
import execution.view
from db.api_key import BY_TOKEN
from execution.errors import PayloadTooLarge
from execution.negotiate import GRAPHQL, JSON
from execution.request import MOST_BYTES, SMALL_BYTES
from tests.shop import TEA, written

MEDIA = [GRAPHQL, JSON]
NAME = b'{"query": "{ __typename }"}'
COUNT = "query Count($filter: ProductFilter) { products(filter: $filter) { totalCount } }"
CREATE = """mutation($input: CreateProductInput!) { createProduct(input: $input) {
  product { id } } }"""


async def post(house, body, media=GRAPHQL, key=None, **headers):
    key = key or await house.key()
    sent = {"Authorization": f"Bearer {key.token}", "Content-Type": JSON, "Accept": media}
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return await house.send("POST", data=body, headers=sent | shown)


async def get(house, media=GRAPHQL, **parameters):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Accept": media}
    return await house.send("GET", params=parameters, headers=headers)


def must_be_bad(answer, message, media=GRAPHQL):
    assert answer.status == 400
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.body == {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}


NO_QUERY = "`query` must be a string with the GraphQL document."
NO_OBJECT = 'The body must be a JSON object: {"query": "..."}.'
BODIES = {
    b"[]": NO_OBJECT,
    b'[{"query": "{ __typename }"}]': NO_OBJECT,
    b"null": NO_OBJECT,
    b'"{ __typename }"': NO_OBJECT,
    b"{}": NO_QUERY,
    b'{"query": null}': NO_QUERY,
    b'{"query": 1}': NO_QUERY,
    b'{"query": ["{ __typename }"]}': NO_QUERY,
    b'{"query": " \\n"}': NO_QUERY,
    b'{"id": "1"}': NO_QUERY,
    b'{"query": "{a}", "operationName": 1}': "`operationName` must be a string.",
    b'{"query": "{a}", "operationName": {}}': "`operationName` must be a string.",
    b'{"query": "{a}", "variables": []}': "`variables` must be an object.",
    b'{"query": "{a}", "variables": "{}"}': "`variables` must be an object.",
    b'{"query": "{a}", "variables": false}': "`variables` must be an object.",
    b'{"query": "{a}", "extensions": 0}': "`extensions` must be an object.",
}
BROKEN = {
    "nothing": b"",
    "cut off": b'{"query": "{ __typename }"',
    "not JSON": b"query { __typename }",
    "a lone surrogate": b'{"query": "{ __typename } # \\ud800"}',
    "not UTF-8": b'{"query": "{ __typename } # \xff"}',
    "a NUL": b'{"query": "{ __typename } # \0"}',
    "no number": b'{"query": "{ __typename }", "variables": {"x": NaN}}',
    "too big a number": b'{"query": "{ __typename }", "variables": {"x": ' + b"9" * 5000 + b"}}",
    "nested lists": b'{"query": "{a}", "variables": {"x": ' + b"[" * 500_000 + b"]" * 500_000,
    "nested objects": b'{"query": "{a}", "variables": ' + b'{"x":' * 200_000,
}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("body", BODIES)
async def test_a_body_that_is_no_operation_is_refused(house, body, media):
    must_be_bad(await post(house, body, media), BODIES[body], media)


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("name", BROKEN)
async def test_a_body_that_is_not_json_is_refused(house, name, media):
    answer = await post(house, BROKEN[name], media)

    message = answer.error["message"]
    assert message.startswith("The body is not JSON: ")
    must_be_bad(answer, message, media)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"variables": None, "operationName": None, "extensions": None, "id": 7},
        {"variables": {}, "operationName": "", "extensions": {"trace": [1]}},
    ],
)
async def test_what_may_be_left_out_may_be_null_or_empty(house, more):
    answer = await post(house, orjson.dumps({"query": "{ __typename }", **more}))

    assert answer.data == {"__typename": "Query"}


@pytest.mark.parametrize("size", [SMALL_BYTES, SMALL_BYTES + 1, 2**16, 2**17, 2**17 + 1, 2**18])
async def test_a_body_of_any_size_leaves_the_connection_as_it_was(house, size):
    key = await house.key()
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {key.token}"}
    body = b'{"query": "{ __typename }"}'.ljust(size)
    for _ in range(3):
        answer = await house.send("POST", data=body, headers=headers)
        assert (answer.status, answer.body) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("size", [MOST_BYTES - 1, MOST_BYTES])
async def test_a_body_of_a_mebibyte_is_taken(house, size):
    assert (await post(house, io.BytesIO(NAME.ljust(size)))).data == {"__typename": "Query"}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("how", ["sized", "chunked", "huge"])
async def test_a_larger_body_is_refused_and_changes_nothing(house, how, media):
    key = await house.key()
    size = 8 * MOST_BYTES if how == "huge" else MOST_BYTES + 1
    body = orjson.dumps({"query": CREATE, "variables": {"input": TEA}}).ljust(size)

    async def chunks():
        yield body[:1000]
        yield body[1000:]

    before = await written(house, key.organization)
    sent = chunks() if how == "chunked" else io.BytesIO(body)
    answer = await post(house, sent, media, key)

    assert (answer.status, answer.codes) == (413, ["PAYLOAD_TOO_LARGE"])
    assert answer.error["message"] == "The body has more than 1048576 bytes."
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert await written(house, key.organization) == before


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "other", ""])
async def test_a_packed_body_is_not_taken(house, encoding):
    answer = await post(house, gzip.compress(NAME), Content_Encoding=encoding)

    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    assert answer.error["message"] == "Send the body as it is, without Content-Encoding."


async def test_a_body_that_is_said_to_be_as_it_is_is_taken(house):
    answer = await post(house, NAME, Content_Encoding="Identity")

    assert answer.data == {"__typename": "Query"}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/graphql", "multipart/form-data; boundary=x", "json", ""],
)
async def test_other_media_types_are_refused(house, kind, media):
    answer = await post(house, NAME, media, Content_Type=kind)

    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    assert answer.error["message"] == "Send the operation as application/json."
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "none"])
async def test_other_charsets_are_refused(house, charset):
    answer = await post(house, NAME, Content_Type=f"{JSON}; charset={charset}")

    assert (answer.status, answer.codes) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    assert answer.error["message"] == "Send the operation in UTF-8."


@pytest.mark.parametrize(
    "kind", [f"{JSON}; charset=utf-8", f'{JSON};charset="UTF8"', "Application/JSON", f"{JSON};"]
)
async def test_json_in_utf_8_is_taken_however_it_is_spelled(house, kind):
    assert (await post(house, NAME, Content_Type=kind)).data == {"__typename": "Query"}


async def test_a_query_may_come_by_get(house):
    answer = await get(
        house,
        query=f"{COUNT} query Other {{ __typename }}",
        operationName="Count",
        variables='{"filter": {"active": true}}',
        extensions="{}",
    )

    assert answer.data == {"products": {"totalCount": 0}}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, NO_QUERY),
        ({"query": ""}, NO_QUERY),
        ({"query": COUNT, "variables": "[]"}, "`variables` must be an object."),
        ({"query": COUNT, "variables": '"x"'}, "`variables` must be an object."),
        ({"query": COUNT, "extensions": "1"}, "`extensions` must be an object."),
    ],
)
async def test_a_get_that_is_no_operation_is_refused(house, parameters, message, media):
    must_be_bad(await get(house, media, **parameters), message, media)


@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_what_is_no_json_in_a_get_is_refused(house, name):
    answer = await get(house, query=COUNT, **{name: "{x"})

    message = answer.error["message"]
    assert message.startswith(f"`{name}` is not JSON: ")
    must_be_bad(answer, message)


async def test_empty_parameters_of_a_get_count_as_left_out(house):
    answer = await get(house, query=COUNT, variables="", operationName="", extensions="")

    assert answer.data == {"products": {"totalCount": 0}}


@pytest.mark.parametrize("query", ["%FF", "%ED%A0%80", "%7Ba%00%7D"])
async def test_bytes_that_are_no_text_in_a_get_are_no_graphql(house, query):
    key = await house.key()
    url = URL(f"{house.url()}?query={query}", encoded=True)
    headers = {"Authorization": f"Bearer {key.token}", "Accept": GRAPHQL}
    async with house._session.get(url, headers=headers) as response:
        status, body = response.status, await response.json(content_type=None)

    assert status == 400
    assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])
async def test_other_methods_are_refused(house, method, media):
    with house.counting() as statements:
        answer = await house.send(method, headers={"Accept": media}, data=NAME)

    assert (answer.status, answer.codes) == (405, ["METHOD_NOT_ALLOWED"])
    assert answer.error["message"] == f"GraphQL is asked by GET or POST, not by {method}."
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert statements == []


async def test_head_is_refused_without_a_body(house):
    answer = await house.send("HEAD")

    assert (answer.status, answer.body, answer.headers["Allow"]) == (405, None, "GET, POST")


@pytest.mark.parametrize("media", MEDIA)
async def test_a_mutation_by_get_is_refused_and_changes_nothing(house, media):
    key = await house.key()
    before = await written(house, key.organization)
    variables = orjson.dumps({"input": TEA}).decode()
    with house.counting() as statements:
        answer = await house.send(
            "GET",
            params={"query": CREATE, "variables": variables},
            headers={"Authorization": f"Bearer {key.token}", "Accept": media},
        )

    assert (answer.status, answer.codes) == (405, ["METHOD_NOT_ALLOWED"])
    assert answer.error["message"] == "A mutation is sent by POST."
    assert answer.headers["Allow"] == "POST"
    assert statements == [BY_TOKEN.sql]
    assert await written(house, key.organization) == before


@asynccontextmanager
async def begun(house, *headers):
    """A connection on which a POST has begun, its body still to come."""
    key = await house.key()
    at = urlsplit(house.url())
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    first = ("POST /graphql HTTP/1.1", f"Host: {at.netloc}", f"Authorization: Bearer {key.token}")
    writer.write("\r\n".join([*first, f"Content-Type: {JSON}", *headers, "", ""]).encode())
    yield reader, writer
    writer.close()
    await writer.wait_closed()


async def answer_on(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.partition("Content-Length: ")[2].split("\r\n")[0])
    [error] = orjson.loads(await reader.readexactly(length))["errors"]
    return head, error


@pytest.mark.parametrize("media", MEDIA)
async def test_a_body_that_does_not_come_is_not_waited_for(house, monkeypatch, media):
    monkeypatch.setattr(execution.request, "BODY_SECONDS", 0.05)
    async with begun(house, f"Accept: {media}", "Content-Length: 100") as (reader, writer):
        writer.write(NAME[:10])
        head, error = await answer_on(reader)

    assert head.startswith("HTTP/1.1 408 ")
    assert f"Content-Type: {media}; charset=utf-8\r\n" in head
    assert error == {
        "message": "The body did not arrive within 0.05 seconds.",
        "extensions": {"code": "REQUEST_TIMEOUT"},
    }


async def test_a_body_that_breaks_off_is_no_bug_of_ours(house, monkeypatch):
    answered = asyncio.get_running_loop().create_future()

    def refused(error, *_):
        answered.set_result(error)
        return execution.answer.refused(error, JSON, "r-1")

    monkeypatch.setattr(execution.view, "refused", refused)
    async with begun(house, "Content-Length: 100", "Expect: 100-continue") as (reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(NAME[:10])
    error = await answered

    assert (error.status, error.code) == (400, "BAD_REQUEST")
    assert str(error) == "The body did not arrive whole."


def there(size):
    """A request whose body has come already."""
    loop = asyncio.get_running_loop()
    content = StreamReader(Mock(), 2**16, loop=loop)
    content.feed_data(b"x" * size)
    content.feed_eof()
    headers = {"Content-Type": JSON}
    return make_mocked_request("POST", "/", headers, payload=content)


async def test_a_body_that_is_there_is_no_longer_than_others():
    assert len(execution.request.body_there(there(MOST_BYTES)) or b"") == MOST_BYTES
    with pytest.raises(PayloadTooLarge):
        execution.request.body_there(there(MOST_BYTES + 1))

"""Which part answers, whatever a request looks like on the wire, and what ends with the server."""

import asyncio

import orjson
import pytest

from db.scope import Scope
from tests.socket_parts import until

BODY = orjson.dumps({"query": "{ __typename }"})
NOTHING = {
    "message": "There is nothing at this path. GraphQL is at /graphql; / says what else there is.",
    "extensions": {"code": "NOT_FOUND"},
}
READ_ONLY = {
    "message": "This page is only read, by GET or HEAD. GraphQL is at /graphql.",
    "extensions": {"code": "METHOD_NOT_ALLOWED"},
}
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


async def said(house, *lines, version="1.1", body=b""):
    """All that the server says to a request on a connection of its own."""
    host, port = house.url("").removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    first, *headers = lines
    head = [f"{first} HTTP/{version}", "Host: x", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(head).encode() + body)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


def parts_of(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return int(status.split(" ")[1]), dict(line.split(": ", 1) for line in headers), body


@pytest.mark.parametrize(
    "target",
    [
        "/graphql",
        "/graphql?query={__typename}",
        "/%67raphql",
        "http://elsewhere.example/graphql",
        "http://elsewhere.example/%67raphql?query={__typename}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_endpoint_answers_however_its_path_is_spelled(house, method, target):
    status, headers, body = parts_of(await said(house, f"{method} {target}"))

    assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="tollhouse"')
    assert orjson.loads(body)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "target",
    [
        "//graphql",
        "/graphql%2F",
        "/graphql%00",
        "/%2567raphql",
        "/graphql/graphql",
        "/healthz/",
        "/healthz/more",
        "/graphiql%2Findex.html",
        "//",
        "http://elsewhere.example/graphql/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_what_only_looks_alike_is_not_found(house, method, target):
    with house.counting() as statements:
        status, headers, body = parts_of(await said(house, f"{method} {target}"))

    assert (status, orjson.loads(body), statements) == (404, {"errors": [NOTHING]}, [])
    assert len(headers["X-Request-Id"]) == 16


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/graphiql", "/graphiql/nothing"])
async def test_pages_are_only_read(house, path):
    for method in ("POST", "DELETE", "OPTIONS"):
        status, headers, body = parts_of(await said(house, f"{method} {path}"))
        assert (status, headers["Allow"]) == (405, "GET, HEAD"), method
        assert orjson.loads(body) == {"errors": [READ_ONLY]}


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/graphiql"])
async def test_of_pages_the_head_alone_can_be_asked_for(house, path):
    status, whole, body = parts_of(await said(house, f"GET {path}"))
    assert (status, int(whole["Content-Length"])) == (200, len(body))
    status, headers, nothing = parts_of(await said(house, f"HEAD {path}"))

    assert (status, headers["Content-Length"], nothing) == (200, str(len(body)), b"")


async def test_who_waits_to_be_told_sends_its_body_then(house):
    key = await house.key()
    host, port = house.url("").removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "POST /graphql HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nConnection: close\r\n"
        f"Authorization: Bearer {key.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(5):
        assert await reader.readexactly(len(GO_ON)) == GO_ON
        writer.write(BODY)
        status, _, body = parts_of(await reader.read())
    writer.close()

    assert (status, orjson.loads(body)) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/nothing", 404)])
async def test_pages_tell_too(house, path, status):
    answer = await said(house, f"GET {path}", "Expect: 100-continue")

    assert answer.startswith(GO_ON)
    assert parts_of(answer.removeprefix(GO_ON))[0] == status


@pytest.mark.parametrize("path", ["/graphql", "/healthz"])
async def test_what_else_is_expected_is_refused(house, path):
    status, _, body = parts_of(await said(house, f"POST {path}", "Expect: a miracle"))

    assert (status, body) == (417, b"Unknown Expect: a miracle")


async def test_older_clients_and_those_who_expect_nothing_wait_for_nothing(house):
    for version, expected in (("1.0", "100-continue"), ("1.0", "a miracle"), ("1.1", "")):
        answer = await said(house, "GET /healthz", f"Expect: {expected}", version=version)
        assert parts_of(answer)[0] == 200


async def test_what_is_no_http_is_refused(house):
    status, _, body = parts_of(await said(house, "GET /graphql", "A header\x01: th_no"))

    assert (status, b"Traceback" in body) == (400, False)


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (200, ["GET /"]),
        (200, ["GET /healthz"]),
        (200, ["GET /readyz"]),
        (200, ["GET /graphiql"]),
        (401, ["GET /graphql"]),
        (404, ["GET /nothing"]),
        (405, ["POST /healthz"]),
        (417, ["GET /healthz", "Expect: a miracle"]),
        (400, ["GET /graphql", "A header\x01: th_no"]),
        (400, ["NONSENSE /graphql"]),
        (400, ["GET /" + "x" * 9_000]),
        (400, ["POST /graphql", "Content-Length: some"]),
    ],
)
async def test_no_answer_says_what_the_server_is_made_of(house, status, lines):
    answer = await said(house, *lines)

    assert parts_of(answer)[0] == status
    assert b"Server:" not in answer
    assert b"aiohttp" not in answer


async def test_a_socket_says_it_neither(house):
    key = await house.key()
    host, port = house.url("").removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = (
        "GET /graphql HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
        f"Authorization: Bearer {key.token}",
        "",
        "",
    )
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()

    status, headers, _ = parts_of(head)
    assert (status, "Server" in headers) == (101, False)


async def test_a_fault_of_a_page_is_not_shown(closed_house):
    async def broken():
        raise RuntimeError("a secret of ours")

    closed_house.ready = broken
    house = await closed_house.open()
    for accepted in ("*/*", "text/html"):
        answer = await said(house, "GET /readyz", f"Accept: {accepted}")
        assert parts_of(answer)[0] == 500
        assert b"secret" not in answer
        assert b"Traceback" not in answer
    # It is one request's fault alone.
    assert (await house.send("GET", "/healthz")).status == 200


async def test_a_refusal_of_a_stranger_leaves_the_connection_to_others(house):
    key = await house.key(scopes=[Scope.INVOICES_READ])
    statuses = [
        (await house.ask(caller, "{ products { totalCount } }")).status for caller in (None, key)
    ]
    assert statuses == [401, 403]
    assert len(house.connections) == 1


async def test_what_looks_after_connections_ends_with_the_server(house):
    before, during = asyncio.all_tasks(), set()

    async def fail():
        async with house.server.serving(1, 1):
            during.update(asyncio.all_tasks() - before)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert len(during) == 3
    assert asyncio.all_tasks() == before


async def test_who_goes_before_being_told_is_nothing_to_log(house, caplog):
    host, port = house.url("").removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    await until(lambda: house.connections)
    [connection] = house.connections
    await asyncio.sleep(0.01)
    connection.data_received(
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    )
    connection.transport.close()
    await until(lambda: not house.connections)
    writer.close()
    await asyncio.sleep(0.05)

    assert caplog.text == ""

"""Heads that agree are read once: no request is taken for what another one's head said."""

import asyncio
from ipaddress import ip_network
from itertools import permutations

import orjson
import pytest
from aiohttp.test_utils import make_mocked_request

from access.networks import Rules
from db.scope import Scope
from execution import receiver
from execution.head import APART, MOST_BYTES, MOST_HEADERS, Head, head_of
from execution.request import bearer
from tests.test_execution_front import parts_of

BODY = b'{"query": "{ viewer { caller { ... on ApiKey { name } } organization { name } } }"}'
RAW = ((b"Host", b"x"), (b"Authorization", b"Bearer a"), (b"Accept", b"*/*"))
# Those of a token that is known, by POST to the endpoint.
KNOWN = {
    "one",
    "two",
    "two from elsewhere",
    "two as it is",
    "as events",
    "as the draft has it",
    "of a page",
    "cost",
    "other",
    "no JSON",
}
FORWARDED = "X-Forwarded-For: 203.0.113.7"


def head(*raw, method="POST", path="/graphql"):
    return Head(method, path, raw)


class Message:
    def __init__(self, *raw, method="POST", path="/graphql"):
        self.raw_headers, self.method, self.path = raw, method, path


def test_what_is_said_anew_each_time_makes_no_difference():
    apart = [(name, b"1") for name in sorted(APART)]
    again = [(name, b"2") for name in sorted(APART)]

    assert head(*RAW[::2], *apart).fits(Message(*RAW[::2], *again))


@pytest.mark.parametrize(
    "other",
    [
        Message(*RAW, method="GET"),
        Message(*RAW, path="/graphql?"),
        Message(*RAW[:2]),
        Message(*RAW, (b"Content-Length", b"1")),
        Message(*RAW, (b"X-Forwarded-For", b"::1")),
        Message(*RAW[:2], (b"Accept", b"text/event-stream")),
        Message(*RAW[:2], (b"accept", b"*/*")),
        Message(*RAW[::-1]),
        Message(RAW[0], (b"Traceparent", b"Bearer a"), RAW[2]),
        Message(RAW[0], (b"X-Other", b"Bearer a"), RAW[2]),
    ],
)
def test_any_other_difference_makes_another_head(other):
    assert head(*RAW).fits(Message(*RAW))
    assert not head(*RAW).fits(other)


def test_long_heads_are_not_kept_and_neither_are_bare_ones():
    long = (*RAW, (b"X-Long", b"x" * MOST_BYTES))

    many = [(b"X-%d" % number, b"") for number in range(MOST_HEADERS + 1)]

    assert not head(*long).fits(Message(*long))
    assert not head(*many).fits(Message(*many))
    assert not head(*RAW[:2]).fits(Message(*RAW[:2]))
    assert not head(*RAW, path="/" * MOST_BYTES).fits(Message(*RAW, path="/" * MOST_BYTES))


def test_no_token_is_kept():
    kept = head(*RAW)
    kept_too = [getattr(kept, name) for name in Head.__slots__ if name != "_pick"]

    assert "Bearer a" not in repr(kept_too)


def lines(token, *more, path="/graphql", method="POST", body=BODY):
    """A request as it is said."""
    said = [f"{method} {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *more]
    said += [f"Authorization: Bearer {token}"] if token else []
    said += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*said, "", ""]).encode() + body


async def heard(reader):
    """Status and body of an answer, or of the first event."""
    async with asyncio.timeout(5):
        start = await reader.readuntil(b"\r\n\r\n")
        _, headers, _ = parts_of(start)
        status, length = start.split(None, 2)[1], int(headers.get("Content-Length", 0))
        body = await reader.readexactly(length)
    shown = {name: headers.get(name) for name in ("Content-Type", "Vary", "Allow")}
    return status, shown, body


async def connected(house):
    host, port = house.url("").removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def told(reader, writer, request):
    writer.write(request)
    return await heard(reader)


async def said(house, *requests):
    """What the server says to the last of some requests on one connection."""
    reader, writer = await connected(house)
    for request in requests:
        found = await told(reader, writer, request)
    writer.close()
    return found


@pytest.fixture
async def asked(closed_house):
    """Requests of two keys and of nobody, whose heads differ in one thing each."""
    closed_house.trusted = Rules(frozenset([ip_network("127.0.0.1/32")]))
    closed_house.origins = frozenset({"https://shop.example"})
    house = await closed_house.open()
    one, two = await house.key(name="One"), await house.key(name="Two", ips=["203.0.113.7"])
    get = "/graphql?query=%7Bviewer%7Bcaller%7B...on%20ApiKey%7Bname%7D%7D%7D%7D"
    return house, {
        "one": lines(one.token),
        "two": lines(two.token, FORWARDED),
        "two from elsewhere": lines(two.token, FORWARDED.replace(".7", ".8")),
        "two as it is": lines(two.token),
        "nobody": lines(""),
        "nonsense": lines("nonsense"),
        "twice": lines(one.token, f"Authorization: Bearer {two.token}"),
        "as events": lines(one.token, "Accept: text/event-stream"),
        "as the draft has it": lines(one.token, "Accept: application/graphql-response+json"),
        "not at all": lines(one.token, "Accept: text/html"),
        "packed": lines(one.token, "Content-Encoding: gzip"),
        "of a page": lines(one.token, "Origin: https://shop.example"),
        "named": lines(one.token, "X-Request-Id: a"),
        "tried": lines(one.token, "Idempotency-Key: a"),
        "cost": lines(one.token, "Tollhouse-Cost: 1"),
        "elsewhere": lines(one.token, path="/nowhere"),
        "put": lines(one.token, method="PUT"),
        "read": lines(one.token, path=get, method="GET", body=b""),
        "health": lines(one.token, path="/healthz", method="GET", body=b""),
        "other": lines(one.token, body=BODY.replace(b"organization { name }", b"")),
        "no JSON": lines(one.token, body=b"{"),
    }


def plain(found):
    status, shown, body = found
    body = orjson.loads(body) if body.startswith(b"{") else body
    return status, shown, body


async def test_each_request_is_answered_as_if_it_were_the_only_one(asked):
    house, requests = asked
    alone = {name: plain(await said(house, request)) for name, request in requests.items()}
    assert len({repr(answer) for answer in alone.values()}) > len(alone) // 2
    assert [alone[name][2]["data"]["viewer"]["caller"]["name"] for name in ("one", "two")] == [
        "One",
        "Two",
    ]
    for before, name in permutations(requests, 2):
        after = plain(await said(house, requests[before], requests[before], requests[name]))
        assert after == alone[name], (before, name)


async def test_each_is_answered_alike_when_its_head_is_known_again(asked, monkeypatch):
    house, requests = asked
    again = []
    made = receiver.Again
    monkeypatch.setattr(receiver, "Again", lambda *of: again.append(of) or made(*of))
    for name, request in requests.items():
        alone = plain(await said(house, request))
        again.clear()
        assert plain(await said(house, *[request] * 4)) == alone, name
        assert len(again) == (2 if name in KNOWN else 0), name


async def test_what_a_key_may_is_asked_anew_though_its_head_is_known(closed_house, monkeypatch):
    house = await closed_house.open()
    one = await house.key(scopes=[Scope.API_KEYS_DELETE])
    two = await house.key(organization=one.organization)
    first, again = lines(two.token), []
    made = receiver.Again
    monkeypatch.setattr(receiver, "Again", lambda *of: again.append(of) or made(*of))
    reader, writer = await connected(house)
    found = [await told(reader, writer, first) for _ in range(3)]
    revoke = "mutation ($id: ID!) { deleteApiKey(input: {id: $id}) { apiKey { id } } }"
    assert (await house.ask(one, revoke, id=two.id)).status == 200
    again.clear()
    found += [await told(reader, writer, first) for _ in range(3)]
    writer.close()

    assert [status for status, _, _ in found] == [b"200"] * 3 + [b"401"] * 3
    assert len(again) == 1


async def test_the_head_of_a_request_of_no_connection_is_read_anew():
    request = make_mocked_request("POST", "/graphql", {"Authorization": "Bearer a"})
    assert head_of(request) is not head_of(request)
    assert bearer(request) == "a"

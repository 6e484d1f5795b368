"""Sending a webhook to a server that behaves."""

import asyncio
from datetime import UTC, datetime

import pytest

from access.webhook_secret import new_secret, shown_secret
from delivery import pool
from delivery.signing import headers_for
from tests.receiver import receiving, reset, status
from tests.sending import HEADERS, NOW, Names, closed, post, sender

BODY = '{"type":"product.created","name":"Зелёный чай"}'.encode()


@pytest.fixture
async def receiver():
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def one():
    async with sender() as one:
        yield one


async def test_a_customer_can_verify_what_is_sent(receiver, one):
    secret = new_secret()
    headers = headers_for([new_secret(), secret], "msg_1", datetime.now(UTC), BODY)

    sent = await one.send(receiver.url, headers, BODY)

    assert sent.succeeded
    (received,) = receiver.received
    assert (received.path, received.body) == ("/hooks", BODY)
    received.verify(shown_secret(secret))
    assert received.is_signed_by(secret)
    assert not received.is_signed_by(new_secret())


async def test_the_request_says_no_more_than_it_must(receiver):
    async with sender(user_agent="Tollhouse/0.1.0") as one:
        await one.send(receiver.url, HEADERS, b"{}")

    assert {name.lower(): value for name, value in receiver.received[0].headers.items()} == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": "Tollhouse/0.1.0",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": "2",
        "webhook-id": "msg_1",
    }


async def test_the_answer_is_told(receiver, one):
    receiver.reply = status(503, "Später\0", retry_after="7")

    sent = await one.send(receiver.url, HEADERS, b"{}")

    assert sent._replace(duration_ms=0) == (NOW, 0, 503, "Später\ufffd", None, 7.0)
    assert 0 <= sent.duration_ms < 5000


@pytest.mark.parametrize("code", [200, 204, 304, 400, 404, 410, 429, 500, 599])
async def test_any_status_is_an_answer(receiver, one, code):
    receiver.reply = status(code)

    sent = await one.send(receiver.url, HEADERS, b"{}")

    assert (sent.status, sent.body, sent.error) == (code, "", None)
    assert (sent.succeeded, sent.gone) == (code < 300, code == 410)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(receiver, one, code):
    receiver.reply = status(code, location="/elsewhere")

    sent = await one.send(receiver.url, HEADERS, b"{}")

    assert (sent.status, sent.succeeded) == (code, False)
    assert [received.path for received in receiver.received] == ["/hooks"]


async def test_cookies_are_not_kept(receiver):
    receiver.reply = status(200, set_cookie="a=b; Path=/")

    async with sender(resolver=Names(["127.0.0.1"])) as one:
        for _ in range(2):
            await one.send(f"http://hooks.example:{receiver.port}/", HEADERS, b"{}")

    assert ["cookie" in received.headers for received in receiver.received] == [False, False]


async def test_proxies_of_the_environment_are_not_asked(receiver, monkeypatch):
    async with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        sent = await post(receiver.port)

    assert sent.succeeded
    assert proxy.received == []


async def test_a_body_of_megabytes_is_sent(receiver, one):
    body = bytes(range(256)) * (1 << 13)

    assert (await one.send(receiver.url, HEADERS, body)).succeeded
    assert receiver.received[0].body == body


async def test_the_next_request_goes_over_the_same_connection(receiver, one):
    receiver.reply = status(200, "a" * 4096)

    for _ in range(80):
        assert (await one.send(receiver.url, HEADERS, b"{}")).body == "a" * 4096

    assert len({received.peer_port for received in receiver.received}) == 1
    assert one._guard.open_sockets == 1


async def test_many_at_once_get_their_own_answers(receiver, one):
    async def echo(request):
        return await status(200, (await request.read()).decode())(request)

    receiver.reply = echo
    bodies = [str(n).encode() for n in range(200)]

    answers = await asyncio.gather(*(one.send(receiver.url, HEADERS, body) for body in bodies))

    assert [answer.body for answer in answers] == [body.decode() for body in bodies]


async def test_where_many_are_open_none_is_kept(receiver, one, monkeypatch):
    monkeypatch.setattr(pool, "MOST_KEPT", 0)

    for _ in range(2):
        await one.send(receiver.url, HEADERS, b"{}")

    assert len({received.peer_port for received in receiver.received}) == 2
    await closed(one)


async def test_a_reset_is_told_and_not_tried_again(receiver):
    receiver.reply = reset

    assert (await post(receiver.port)).error == "reset the connection"
    assert len(receiver.received) == 1


async def test_nobody_listening_is_told():
    async with receiving() as gone:
        port = gone.port

    assert (await post(port)).error == "can't be reached: connection refused"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("ftp://127.0.0.1/", "its URL starts with neither https:// nor http://"),
        ("/hooks", "its URL starts with neither https:// nor http://"),
        ("http://127.0.0.1:99999/", "its URL can't be read"),
        ("http://[::1/", "its URL can't be read"),
        ("https://a..example/", "its URL can't be read"),
        ("https://./", "its URL can't be read"),
        (f"https://{'a' * 64}.example/", "its URL can't be read"),
        ("http:///hooks", "its URL can't be read"),
        (
            "http://nowhere.invalid/",
            "its host name can't be resolved to an address that is allowed",
        ),
    ],
)
async def test_a_url_that_leads_nowhere_is_told(one, url, error):
    assert (await one.send(url, HEADERS, b"{}")).error == error

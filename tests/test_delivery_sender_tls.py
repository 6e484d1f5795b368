"""Sending over TLS."""

import pytest

from tests.receiver import conversing, receiving, saying, status
from tests.sending import HEADERS, closed, post, sender
from tests.tls import contexts


async def test_a_certificate_that_is_trusted_is_accepted(tmp_path):
    server, client = contexts(tmp_path)

    async with receiving(server) as receiver:
        sent = await post(receiver.port, scheme="https", tls=client)

    assert sent.status == 204


async def test_the_next_request_goes_over_the_same_connection(tmp_path):
    server, client = contexts(tmp_path)

    async with receiving(server) as receiver, sender(tls=client) as one:
        receiver.reply = status(200, "a" * 4096)
        bodies = [(await one.send(receiver.url, HEADERS, b"a" * 100_000)).body for _ in range(9)]

    assert bodies == ["a" * 4096] * 9
    assert len({received.peer_port for received in receiver.received}) == 1


async def test_a_certificate_that_signs_itself_is_refused(tmp_path):
    server, _ = contexts(tmp_path)

    async with receiving(server) as receiver:
        sent = await post(receiver.port, scheme="https")

    assert sent.error == "its TLS certificate is self-signed"
    assert receiver.received == []


@pytest.mark.parametrize(
    ("address", "days", "fault"),
    [
        ("127.0.0.1", (-2, -1), "has expired"),
        ("127.0.0.1", (1, 2), "is not valid yet"),
        ("127.0.0.2", (-1, 1), "is for another address"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_told(tmp_path, address, days, fault):
    server, client = contexts(tmp_path, address, days)

    async with receiving(server) as receiver:
        sent = await post(receiver.port, scheme="https", tls=client)

    assert sent.error == f"its TLS certificate {fault}"
    assert receiver.received == []


async def test_a_server_without_tls_is_told():
    async def speak_plainly(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with conversing(speak_plainly) as port:
        assert (await post(port, scheme="https")).error == "the TLS handshake failed"


async def test_a_server_that_never_shakes_hands_is_given_up():
    async def listen(reader, _):
        await reader.read()

    async with conversing(listen) as port, sender(timeout_seconds=0.2) as one:
        sent = await one.send(f"https://127.0.0.1:{port}/", HEADERS, b"{}")
        await closed(one)

    assert sent.error == "timed out after 0.2 s"


async def test_an_endless_body_is_dropped_at_once(tmp_path):
    server, client = contexts(tmp_path)
    endless = saying(b"HTTP/1.1 200 OK\r\n\r\n", then=b"a" * 1000)

    async with conversing(endless, server) as port, sender(tls=client) as one:
        sent = await one.send(f"https://127.0.0.1:{port}/", HEADERS, b"{}")
        await closed(one)

    assert (sent.status, sent.body) == (200, "a" * 4096)


async def test_a_flood_ends(tmp_path):
    server, client = contexts(tmp_path)
    flood = saying(b"", then=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)

    async with conversing(flood, server) as port:
        sent = await post(port, scheme="https", tls=client)

    assert sent.error == "answered far too much"

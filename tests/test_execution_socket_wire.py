"""What a peer may send and read, how slowly, and that its end is the socket's."""

import asyncio
import socket
import time

import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import RawTestServer

import execution.socket_wire
from execution.socket_close import Ending
from execution.socket_message import written
from execution.socket_wire import Wire
from tests.socket_parts import HEAR, connected, gate, opened, tell, until
from tests.soon import SOON_SECONDS

SHAKE = """GET /graphql HTTP/1.1\r
Host: {host}\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
Sec-WebSocket-Protocol: graphql-transport-ws\r
Authorization: Bearer {token}\r
\r
"""


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


def masked(opcode, payload):
    """A frame as a client sends it, with a mask that changes nothing."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


async def raw(house, key):
    """A socket by hand, which has introduced itself and reads no more."""
    host, port = house.url("/").split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    writer.write(SHAKE.format(host=host, token=key.token).encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(masked(1, b'{"type": "connection_init"}'))
    assert (await reader.readexactly(2 + 25))[2:] == b'{"type":"connection_ack"}'
    return reader, writer


def sockets_of(house):
    """The server's sockets, those that wait and those that are seated."""
    return house.server.sockets


async def test_bytes_are_no_message(house):
    async with connected(house) as client:
        await client.wire.send_bytes(b'{"type": "ping"}')

        assert await client.closed() == (4400, "A message must be text.")


async def test_what_is_no_message_ends_the_socket(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.wire.send_str("ping")

        assert await client.closed() == (4400, "A message must be JSON.")


async def test_text_must_be_utf_8(house):
    async with connected(house) as client:
        await client.wire.send_frame(b'{"type": "\xff"}', WSMsgType.TEXT)

        assert (await client.closed())[0] == 1007


async def test_a_message_may_be_64_kib_long(house):
    key = await house.key()
    padding = 64 * 1024 - len('{"type":"ping","payload":{"x":""}}')
    async with connected(house, key) as client:
        await client.send("ping", payload={"x": "y" * padding})
        assert len((await client.receive())["payload"]["x"]) == padding
        await client.send("ping", payload={"x": "y" * (padding + 1)})

        assert (await client.closed())[0] == 1009


async def test_frames_arent_compressed(house):
    async with connected(house, compress=15) as client:
        assert client.wire.compress == 0


async def test_a_client_that_goes_takes_its_operations_along(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        await client.settled()
        await client.wire.close()
    await until(lambda: gate.passed == ["listening", "gone"])
    await until(lambda: not sockets_of(house)._seated)


async def test_a_client_that_vanishes_takes_its_operations_along(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        await client.settled()
        client.wire._response.connection.transport.abort()
        await until(lambda: gate.passed == ["listening", "gone"])
    await until(lambda: not sockets_of(house)._seated)


async def test_a_peer_that_doesnt_answer_pings_is_dead(closed_house, monkeypatch):
    monkeypatch.setattr(execution.socket_wire, "PING_SECONDS", 0.2)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with connected(house, key, autoping=False) as dead:
        assert (await dead.wire.receive(timeout=5)).type is WSMsgType.PING
        assert (await dead.wire.receive(timeout=5)).type in {WSMsgType.CLOSED, WSMsgType.ERROR}
    monkeypatch.setattr(execution.socket_wire, "PING_SECONDS", 2)
    async with connected(house, key) as client:
        # Reading answers the pings of the one that lives.
        await client.subscribe("1", HEAR)
        await client.settled()
        reading = asyncio.create_task(client.receive())
        await asyncio.sleep(3.5)
        about = tell(house, key)
        assert (await reading)["payload"]["data"]["heard"]["id"] == about


async def test_a_message_to_a_client_that_is_gone_ends_the_socket(house):
    key = await house.key()
    async with connected(house, key):
        [served] = sockets_of(house)._seated
        served._wire._transport.abort()
        with pytest.raises(Ending) as ending:
            await served.send("{}")
        assert (ending.value.code, ending.value.reason) == (1001, "The client is gone.")


async def test_a_client_that_is_gone_before_it_is_let_in_is_no_fault():
    came, ended = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def late(request):
        came.set()
        await until(lambda: request.transport is None)
        wire = Wire()
        with pytest.raises(Ending) as ending:
            await wire.open(request)
        await wire.close(ending.value)
        ended.set_result(ending.value.code)
        return wire.response

    server = RawTestServer(late)
    await server.start_server()
    # As with the real server, a handler finishes whose client has gone.
    server.handler.handler_cancellation = False
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(SHAKE.format(host=server.host, token="").encode())
    await came.wait()
    writer.transport.abort()
    assert await ended == 1001
    await server.close()


async def test_who_doesnt_read_is_closed_and_holds_nothing_up(closed_house, monkeypatch):
    monkeypatch.setattr(execution.socket_wire, "SEND_SECONDS", 0.3)
    monkeypatch.setattr(execution.socket_wire, "CLOSE_SECONDS", 0.2)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    _, writer = await raw(house, key)
    async with connected(house, key) as client:
        for number in range(30):
            payload = {"query": "{ long(length: 1000000) }"}
            writer.write(masked(1, written("subscribe", id=str(number), payload=payload).encode()))
        await until(lambda: len(sockets_of(house)._seated) == 2)
        began = time.monotonic()
        await client.settled()
        assert time.monotonic() - began < SOON_SECONDS
        await until(lambda: len(sockets_of(house)._seated) == 1)
        await client.settled()
    writer.transport.abort()


async def test_who_doesnt_say_goodbye_is_left(closed_house, monkeypatch):
    monkeypatch.setattr(execution.socket_wire, "CLOSE_SECONDS", 0.2)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    reader, writer = await raw(house, key)
    writer.write(masked(1, b"no message"))
    frame = await reader.readexactly(4)
    assert (frame[0], int.from_bytes(frame[2:], "big")) == (0x88, 4400)
    began = time.monotonic()
    while await reader.read(1024):
        pass
    assert time.monotonic() - began < SOON_SECONDS
    writer.close()

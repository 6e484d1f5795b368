"""Which connections are kept for the next request, and which are not."""

import asyncio

import pytest

from delivery import pool
from tests.receiver import conversing, receiving, reset, status
from tests.sending import HEADERS, NOW, Names, closed, sender

KEPT_ALIVE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
async def receiver():
    async with receiving() as receiver:
        yield receiver


def peers(receiver):
    return len({received.peer_port for received in receiver.received})


async def test_an_idle_connection_is_ended_after_a_while(receiver, monkeypatch):
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(pool, "SWEEP_SECONDS", 0.02)
    async with sender() as one:
        await one.send(receiver.url, HEADERS, b"{}")
        assert one._guard.open_sockets == 1
        await closed(one)

        assert one._pool._idle == {}
        while one._pool._sweeping is not None:
            await asyncio.sleep(0.001)
        assert (await one.send(receiver.url, HEADERS, b"{}")).status == 204
    assert peers(receiver) == 2


async def test_one_that_was_idle_for_too_long_is_not_used(receiver, monkeypatch):
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0)
    async with sender() as one:
        for _ in range(2):
            assert (await one.send(receiver.url, HEADERS, b"{}")).status == 204
    assert peers(receiver) == 2


async def test_the_latest_is_used_first(receiver):
    async with sender() as one:
        await asyncio.gather(*(one.send(receiver.url, HEADERS, b"{}") for _ in range(4)))
        latest = receiver.received[-1].peer_port
        for _ in range(4):
            await one.send(receiver.url, HEADERS, b"{}")
        assert one._guard.open_sockets == 4
    assert peers(receiver) == 4
    assert len({received.peer_port for received in receiver.received[4:]}) == 1
    assert latest in {received.peer_port for received in receiver.received[:4]}


async def test_a_host_shares_no_connection_with_another(receiver):
    async with sender(resolver=Names(["127.0.0.1"])) as one:
        for host in ("a.example", "b.example", "a.example", "127.0.0.1"):
            await one.send(f"http://{host}:{receiver.port}/", HEADERS, b"{}")
        assert one._guard.open_sockets == 3
    assert peers(receiver) == 3


async def test_paths_and_spellings_of_one_host_share_them(receiver):
    async with sender(resolver=Names(["127.0.0.1"])) as one:
        for url in ("http://a.example:%d/", "http://A.EXAMPLE.:%d/b", "http://x:y@a.example:%d/c"):
            await one.send(url % receiver.port, HEADERS, b"{}")
    assert peers(receiver) == 1
    assert {received.headers["host"] for received in receiver.received} == {
        f"a.example:{receiver.port}"
    }
    assert "authorization" not in receiver.received[2].headers


async def test_above_the_limit_those_that_are_kept_still_are(receiver, monkeypatch):
    monkeypatch.setattr(pool, "MOST_KEPT", 1)
    async with receiving() as other, sender() as one:
        await one.send(receiver.url, HEADERS, b"{}")
        await one.send(other.url, HEADERS, b"{}")
        await one.send(receiver.url, HEADERS, b"{}")
        assert one._guard.open_sockets == 1
    assert peers(receiver) == 1
    assert "connection" not in receiver.received[1].headers
    assert other.received[0].headers["connection"] == "close"


async def test_closing_ends_all_that_is_kept_and_keeps_no_more(receiver):
    async with sender() as one:
        await asyncio.gather(*(one.send(receiver.url, HEADERS, b"{}") for _ in range(3)))
        assert one._guard.open_sockets == 3
    await closed(one)

    assert (await one.send(receiver.url, HEADERS, b"{}")).status == 204
    await closed(one)


async def test_a_sender_that_sent_nothing_closes():
    async with sender() as one:
        pass
    assert one._guard.open_sockets == 0


async def saying_after(*answers):
    """A server that says each answer to one request, and ends the connection after the last."""

    async def conversation(reader, writer):
        for answer in answers:
            await reader.readuntil(b"{}")
            writer.write(answer)
            await writer.drain()

    return conversation


@pytest.mark.parametrize("more", [b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n", b"x"])
async def test_what_comes_after_an_answer_is_nobody_elses(more):
    conversation = await saying_after(KEPT_ALIVE + more)
    async with conversing(conversation) as port, sender() as one:
        for _ in range(2):
            sent = await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"{}")
            assert (sent.status, sent.body) == (200, "ok")
            await closed(one)


@pytest.mark.parametrize(
    ("beginning", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", "closed the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "its answer broke off"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "closed the connection without an answer"),
    ],
)
async def test_an_answer_that_has_begun_is_not_asked_for_again(beginning, error):
    conversation = await saying_after(KEPT_ALIVE, beginning)
    async with conversing(conversation) as port, sender() as one:
        url = f"http://127.0.0.1:{port}/"
        assert (await one.send(url, HEADERS, b"{}")).body == "ok"
        assert (await one.send(url, HEADERS, b"{}")).error == error


async def test_a_kept_connection_that_is_reset_is_replaced(receiver):
    async with sender() as one:
        await one.send(receiver.url, HEADERS, b"{}")
        receiver.script.append(reset)
        sent = await one.send(receiver.url, HEADERS, b"{}")

    assert sent.status == 204
    assert len(receiver.received) == 3


@pytest.mark.parametrize("early", [b"SSH-2.0-OpenSSH_10.0\r\n", KEPT_ALIVE])
async def test_who_speaks_first_is_no_server_of_http(early):
    async def conversation(reader, writer):
        writer.write(early)
        await reader.read()

    async with conversing(conversation) as port, sender() as one:
        opened = await one._pool.open(pool.Origin("http", "127.0.0.1", port), one_second())
        while opened._fault is None:
            await asyncio.sleep(0.001)
        with pytest.raises(pool.Failure, match="malformed HTTP"):
            await opened.exchange(b"", b"", one_second())
        await closed(one)


def one_second():
    return asyncio.get_running_loop().time() + 1


async def test_a_header_that_would_break_out_sends_nothing(receiver):
    async with sender() as one:
        await one.send(receiver.url, HEADERS, b"{}")
        for _ in range(2):
            with pytest.raises(ValueError, match="line break"):
                await one.send(receiver.url, {"webhook-id": "a\r\nb: c"}, b"{}")
        sent = await one.send(receiver.url, HEADERS, b"{}")

    assert sent._replace(duration_ms=0) == (NOW, 0, 204, "", None, None)
    assert len(receiver.received) == 2
    assert peers(receiver) == 1


async def test_a_connection_that_times_out_by_itself_is_told_as_such(monkeypatch):
    async def never(*_, **__):
        raise TimeoutError(110, "the kernel has given up")

    monkeypatch.setattr(pool, "start_connection", never)
    async with sender() as one:
        sent = await one.send("http://127.0.0.1:1/", HEADERS, b"{}")

    assert sent.error == "can't be reached: it doesn't answer"


async def test_a_retry_after_of_a_kept_connection_is_its_own(receiver):
    async with sender() as one:
        receiver.script.append(status(503, retry_after="7"))
        answers = [await one.send(receiver.url, HEADERS, b"{}") for _ in range(2)]

    assert [answer.retry_after_seconds for answer in answers] == [7.0, None]

"""Requests of one connection: answered one after another, whoever answers them."""

import asyncio
import contextlib

import pytest
from aiohttp import web

from execution.begun import begun
from execution.connections import Connections
from execution.whole import Whole

PLAIN = {"Content-Type": "text/plain"}


def asking(path, *headers, body=b"", version="1.1"):
    lines = [f"POST /{path} HTTP/{version}", "Host: x", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def whole(path):
    return Whole(200, path.encode(), PLAIN.copy())


async def refused(_request):
    raise web.HTTPConflict(text="no")


async def broken(_request):
    raise KeyError("broken")


async def half(request):
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"half")
    raise KeyError("half")


async def split(_request):
    return Whole(200, b"", {"X-Split": "a\r\nX-More: b"})


async def split_page(_request):
    return web.Response(headers={"X-Split": "a\r\nX-More: b"})


async def given(answer):
    return answer


async def large(_request):
    return Whole(200, b"x" * 30_000_000, PLAIN.copy())


WRONG = {
    "refused": refused,
    "broken": broken,
    "half": half,
    "split-later": split,
    "split-page": split_page,
    "large": large,
}


class Answers:
    """What is answered by the path: at once, once it is let go, or in one of many wrong ways.

    What isn't answered at once is left for a task, or begun and gone on with.
    """

    def __init__(self, *, begins=False):
        self.begins = begins
        self.asked = []
        self.gate = asyncio.Event()
        self.ended = []

    def __call__(self, request):
        path = request.path[1:]
        self.asked.append(path)
        if path.startswith("now"):
            return whole(path)
        if path == "broken-now":
            raise KeyError(path)
        if path == "split":
            return Whole(200, b"", {"X-Split": "a\r\nX-More: b"})
        later = self.later(request, path)
        found = begun(later) if self.begins else later
        return given(found) if isinstance(found, web.StreamResponse) else found

    async def later(self, request, path):
        if path.startswith("aside"):
            await asyncio.sleep(0)
        if path.startswith("late"):
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.ended.append(path)
                raise
        if path in WRONG:
            return await WRONG[path](request)
        return whole((await request.read()).decode()) if path == "body" else whole(path)


@pytest.fixture(params=[False, True], ids=["task", "rest"])
async def answers(request):
    return Answers(begins=request.param)


@pytest.fixture
async def server(answers):
    server = Connections(answers, auto_decompress=False)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()
    await server.shutdown(1)


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer, self.head = reader, writer, ""

    def say(self, *said):
        self.writer.write(b"".join(said))

    async def hear(self):
        """Status and body of the next answer."""
        async with asyncio.timeout(5):
            head = self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (
                    int(line.partition(":")[2])
                    for line in head.splitlines()
                    if line.lower().startswith("content-length")
                ),
                0,
            )
            return int(head.split()[1]), (await self.reader.readexactly(length)).decode()

    async def is_ended(self):
        async with asyncio.timeout(5):
            return await self.reader.read() == b""


@contextlib.asynccontextmanager
async def connected(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield Client(reader, writer)
    writer.transport.abort()


@pytest.fixture
async def client(server):
    async with connected(server) as client:
        yield client


@pytest.fixture
async def other(server):
    async with connected(server) as client:
        yield client


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_one_after_another(client, answers):
    for path in ("now-1", "soon", "now-2", "body"):
        client.say(asking(path, body=b"12"))
        assert await client.hear() == (200, path if path != "body" else "12")
    assert answers.asked == ["now-1", "soon", "now-2", "body"]


async def test_what_is_answered_at_once_needs_no_task(client, server):
    client.say(asking("now"))
    await client.hear()
    before = asyncio.all_tasks()
    for _ in range(3):
        client.say(asking("now"))
        await client.hear()
    assert asyncio.all_tasks() == before
    assert server.requests_count == 4


@pytest.mark.parametrize("path", ["late", "aside"])
async def test_what_is_begun_is_gone_on_with_without_a_task(client, answers, path):
    client.say(asking("now"))
    await client.hear()
    before = asyncio.all_tasks()
    client.say(asking(path))
    await until(lambda: path in answers.asked)
    # What lets others go first waits for nothing that could tell of itself.
    if path == "late":
        assert len(asyncio.all_tasks() - before) == (0 if answers.begins else 1)
    answers.gate.set()
    assert await client.hear() == (200, path)
    client.say(asking("late-2"))
    assert await client.hear() == (200, "late-2")
    assert asyncio.all_tasks() == before


async def test_connections_that_ask_at_once_are_answered_one_after_another(
    client, other, server, answers
):
    for one in (client, other):
        one.say(asking("now"))
        await one.hear()
    for number, connection in enumerate(server.connections):
        connection.data_received(asking(f"now-{number}"))
    # All are read before any is answered.
    assert answers.asked == ["now", "now"]
    heard = [await one.hear() for one in (client, other)]
    assert sorted(heard) == [(200, "now-0"), (200, "now-1")]


async def test_several_at_once_are_answered_in_their_order(client):
    client.say(asking("now-1"), asking("soon"), asking("now-2"), asking("broken-now"))
    assert [await client.hear() for _ in range(3)] == [(200, n) for n in ("now-1", "soon", "now-2")]
    assert (await client.hear())[0] == 500


@pytest.mark.parametrize("next_", ["now", "soon", "late-2"])
async def test_what_comes_meanwhile_has_its_turn_afterwards(client, answers, next_):
    client.say(asking("now-0"))
    await client.hear()
    client.say(asking("late-1"))
    await until(lambda: "late-1" in answers.asked)
    client.say(asking(next_), asking("now-3"))
    await asyncio.sleep(0.05)
    assert answers.asked == ["now-0", "late-1"]
    answers.gate.set()
    heard = [await client.hear() for _ in range(3)]
    assert heard == [(200, "late-1"), (200, next_), (200, "now-3")]


async def test_a_body_may_come_in_pieces(client):
    request = asking("body", body=b"in pieces")
    for piece in (request[:20], request[20:-4], request[-4:]):
        client.say(piece)
        await asyncio.sleep(0.02)
    assert await client.hear() == (200, "in pieces")
    client.say(asking("now"))
    assert await client.hear() == (200, "now")


@pytest.mark.parametrize("path", ["now", "soon"])
@pytest.mark.parametrize(
    ("version", "header", "is_kept"),
    [
        ("1.1", "Connection: close", False),
        ("1.1", "Connection: keep-alive", True),
        ("1.0", "X-Nothing: 1", False),
        ("1.0", "Connection: keep-alive", True),
    ],
)
async def test_a_connection_stays_as_the_client_wants(client, path, version, header, is_kept):
    client.say(asking(path, header, version=version))
    assert await client.hear() == (200, path)
    if not is_kept:
        assert await client.is_ended()
        return
    client.say(asking("now"))
    assert await client.hear() == (200, "now")


@pytest.mark.parametrize(
    ("path", "status"), [("broken-now", 500), ("broken", 500), ("refused", 409), ("half", 200)]
)
async def test_what_goes_wrong_is_told(client, path, status, caplog):
    client.say(asking("now"))
    await client.hear()
    client.say(asking(path))
    assert (await client.hear())[0] == status
    assert ("KeyError" in caplog.text) is (path != "refused")


@pytest.mark.parametrize("path", ["split", "split-later", "split-page"])
async def test_a_header_in_two_lines_is_never_written(client, server, path, caplog):
    client.say(asking("now"))
    await client.hear()
    client.say(asking(path))
    assert await client.is_ended()
    assert "Unhandled exception" in caplog.text
    await until(lambda: not server.connections)


async def test_what_is_no_http_is_told(client, answers):
    client.say(asking("now"))
    await client.hear()
    client.say(b"what is this\r\n\r\n")
    assert (await client.hear())[0] == 400
    assert answers.asked == ["now"]


@pytest.mark.parametrize("path", ["late", "now"])
async def test_a_client_may_go(client, server, answers, path, caplog):
    client.say(asking("now"))
    await client.hear()
    if path == "now":
        [connection] = server.connections
        connection.transport.close()
        client.say(asking(path))
    else:
        client.say(asking(path))
        await until(lambda: path in answers.asked)
        client.writer.transport.abort()
        await asyncio.sleep(0.05)
        answers.gate.set()
    await until(lambda: not server.connections)
    assert caplog.text == ""


async def test_who_goes_between_question_and_answer_is_told_nothing(client, server, answers):
    client.say(asking("now"))
    await client.hear()
    [connection] = server.connections
    connection.data_received(asking("now-2"))
    connection.transport.close()
    assert await client.is_ended()
    assert answers.asked == ["now", "now-2"]


async def test_who_does_not_read_is_answered_no_more(client, answers):
    client.say(asking("now"))
    await client.hear()
    client.writer.transport.pause_reading()
    client.say(asking("large"))
    await until(lambda: "large" in answers.asked)
    for number in range(3):
        client.say(asking(f"now-{number}"))
        await asyncio.sleep(0.02)
    assert answers.asked == ["now", "large"]
    client.writer.transport.resume_reading()
    assert (await client.hear())[0] == 200
    assert [await client.hear() for _ in range(3)] == [(200, f"now-{n}") for n in range(3)]


async def test_one_answer_that_waits_to_be_read_holds_the_next(client, server, answers):
    client.say(asking("now"))
    await client.hear()
    [connection] = server.connections
    connection.pause_writing()
    client.say(asking("now-2"))
    await until(lambda: "now-2" in answers.asked)
    client.say(asking("now-3"))
    await asyncio.sleep(0.05)
    assert answers.asked == ["now", "now-2"]
    connection.resume_writing()
    assert [await client.hear() for _ in range(2)] == [(200, "now-2"), (200, "now-3")]


async def test_an_end_waits_for_what_is_under_way(client, server, answers):
    client.say(asking("now"))
    await client.hear()
    client.say(asking("late"))
    await until(lambda: "late" in answers.asked)
    server.pre_shutdown()
    ending = asyncio.create_task(server.shutdown(5))
    await asyncio.sleep(0.02)
    assert not ending.done()
    answers.gate.set()
    assert await client.hear() == (200, "late")
    assert "\r\nConnection: close\r\n" in client.head
    assert await client.is_ended()
    await ending


async def test_an_end_waits_no_longer_than_it_may(client, server, answers):
    client.say(asking("now"))
    await client.hear()
    client.say(asking("late"))
    await until(lambda: "late" in answers.asked)
    await server.shutdown(0.05)
    assert await client.is_ended()
    await until(lambda: answers.ended == ["late"])


async def test_an_end_ends_what_begins_meanwhile(client, server, answers):
    client.say(asking("now"))
    await client.hear()
    [connection] = server.connections
    ending = asyncio.create_task(server.shutdown(0.05))
    connection.data_received(asking("late"))
    await ending
    await until(lambda: answers.ended == ["late"])


async def test_an_end_leaves_no_tasks(client, server, answers):
    before = asyncio.all_tasks()
    client.say(asking("now"))
    await client.hear()
    client.say(asking("late"))
    await until(lambda: "late" in answers.asked)
    client.writer.transport.abort()
    answers.gate.set()
    await until(lambda: not server.connections)
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_request_that_can_not_be_made_leaves_no_tasks(client, server, caplog):
    before = asyncio.all_tasks()
    client.say(asking("now"))
    await client.hear()

    def failing(*_):
        raise KeyError("no request")

    server.request_factory = failing
    client.say(asking("now-2"))
    assert await client.is_ended()
    await until(lambda: not server.connections)
    await until(lambda: asyncio.all_tasks() <= before)
    assert "no request" in caplog.text


@pytest.mark.parametrize("path", ["now", "soon"])
async def test_who_asks_nothing_more_is_let_go(client, server, path):
    client.say(asking("now"))
    await client.hear()
    [connection] = server.connections
    connection._keepalive_timeout = 0.05
    connection._keepalive_handle.cancel()
    connection._keepalive_handle = None
    client.say(asking(path))
    await client.hear()
    assert await client.is_ended()


async def test_who_waits_for_an_answer_is_not_let_go(client, server, answers):
    client.say(asking("now"))
    await client.hear()
    client.say(asking("late"))
    await until(lambda: "late" in answers.asked)
    [connection] = server.connections
    connection._next_keepalive_close_time = 0
    connection._keepalive_handle.cancel()
    connection._process_keepalive()
    answers.gate.set()
    assert await client.hear() == (200, "late")
    client.say(asking("now"))
    assert await client.hear() == (200, "now")


async def test_a_protocol_that_is_offered_is_left_to_aiohttp(client):
    client.say(asking("now"))
    await client.hear()
    client.say(asking("now-2", "Connection: Upgrade", "Upgrade: h2c"))
    assert await client.hear() == (200, "now-2")
    client.say(asking("now-3"))
    assert await client.hear() == (200, "now-3")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("host", ["xn--", "xn--a", "xn--ls8h="])
async def test_a_host_that_is_no_name_is_not_looked_at(client, server, host, times, caplog):
    client.say(asking("now") * times)
    for _ in range(times):
        await client.hear()
    client.say(asking("now").replace(b"/now", f"http://{host}/now-2".encode()) * times)
    assert [await client.hear() for _ in range(times)] == [(200, "now-2")] * times
    client.writer.close()
    await until(lambda: not server.connections)
    assert caplog.text == ""


async def test_a_cancellation_at_once_ends_one_connection_alone(
    client, other, server, answers, monkeypatch
):
    def cancelled(request):
        if request.path == "/cancelled":
            raise asyncio.CancelledError
        return answers(request)

    monkeypatch.setattr(server, "_answer", cancelled)
    for one in (client, other):
        one.say(asking("now"))
        await one.hear()
    first, second = server.connections
    first.data_received(asking("cancelled"))
    second.data_received(asking("now-2"))
    ended = await asyncio.gather(client.hear(), other.hear(), return_exceptions=True)
    assert (200, "now-2") in ended
    assert any(isinstance(one, asyncio.IncompleteReadError) for one in ended)
    assert list(server.connections) == [second]


async def test_none_is_left_behind_many_whose_first_came_in_pieces(client, server, answers):
    first = asking("late", body=b"x")
    client.say(first[:-1])
    await until(lambda: "late" in answers.asked)
    # More than are read while one is answered, none of whose bodies anybody reads.
    paths = [f"now-{number}" for number in range(40)]
    client.say(first[-1:], *map(asking, paths))
    [connection] = server.connections
    await until(lambda: len(connection._messages) > 30)
    answers.gate.set()

    assert [await client.hear() for _ in range(41)] == [(200, path) for path in ["late", *paths]]

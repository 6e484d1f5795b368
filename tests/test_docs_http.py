"""What docs/http.md says in numbers and names is so."""

import re

from yarl import URL

from execution import cors, event_wire, request, socket, socket_wire, sockets, stream, streams
from tests.embedded_parts import ROOT

PAGE = " ".join((ROOT / "docs" / "http.md").read_text().split())


def test_the_limits_are_those_of_the_code():
    assert request.MOST_BYTES == 2**20
    assert f"{sockets.MOST:,} sockets in a process and {sockets.MOST_OF_A_KEY} of a key" in PAGE
    assert f"{socket.MOST_OPERATIONS} operations on each" in PAGE
    assert f"messages of {socket_wire.MOST_BYTES // 1024} KiB" in PAGE
    assert f"a ping goes out every {socket_wire.PING_SECONDS} s" in PAGE
    assert f"{streams.MOST:,} streams in a process and {streams.MOST_OF_A_KEY} of a key" in PAGE
    assert f"a comment comes at once and every {event_wire.KEEP_ALIVE_SECONDS} s" in PAGE
    assert event_wire.SEND_SECONDS == socket_wire.SEND_SECONDS
    assert f"events aren't read for {event_wire.SEND_SECONDS} s" in PAGE


def test_a_stream_ends_as_soon_as_it_says():
    looks_seconds = streams.WATCH_SECONDS + stream.LOOK_SECONDS

    assert looks_seconds + event_wire.CLOSE_SECONDS < 2
    assert looks_seconds < 1


def test_the_headers_of_pages_are_those_of_the_code():
    sent, read = re.findall(
        r"may send (.+?) and read, of answers and refusals alike, (.+?)\.", PAGE
    )[0]

    assert set(re.findall(r"`(.+?)`", sent)) == set(cors.ALLOWED.split(", "))
    assert set(re.findall(r"`(.+?)`", read)) == set(cors.EXPOSED.split(", "))
    assert cors.KEPT_SECONDS == 2 * 60 * 60


async def test_a_longer_address_than_that_is_refused(house):
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}"}
    begins = "/graphql?query=%7B__typename%7D&a="
    for length, status in [(8_190, 200), (8_191, 400)]:
        url = URL(house.url(begins.ljust(length, "a")), encoded=True)
        async with house._session.get(url, headers=headers) as answer:
            assert answer.status == status

"""Looking up host names with the system's own resolver."""

import asyncio
import socket
import threading

import pytest

from delivery import lookup
from delivery.lookup import Lookup


async def test_a_name_becomes_addresses():
    found = await Lookup().resolve("localhost", 8402, socket.AF_INET)

    assert [(entry["hostname"], entry["host"], entry["port"]) for entry in found] == [
        ("localhost", "127.0.0.1", 8402)
    ]


async def test_a_name_that_is_nowhere_is_an_os_error():
    with pytest.raises(socket.gaierror):
        await Lookup().resolve("nowhere.invalid", 443)


async def test_a_name_that_is_none_is_an_os_error():
    with pytest.raises(socket.gaierror, match="no host name"):
        await Lookup().resolve("a" * 64 + ".example", 443)


async def test_more_lookups_than_threads_wait_and_end(monkeypatch):
    monkeypatch.setattr(lookup, "MOST_LOOKUPS", 2)
    resolver = Lookup()

    found = await asyncio.gather(*(resolver.resolve("localhost", n) for n in range(20)))

    assert [{entry["port"] for entry in entries} for entries in found] == [{n} for n in range(20)]


async def test_a_lookup_that_nobody_waits_for_gives_its_place_back(monkeypatch, caplog):
    monkeypatch.setattr(lookup, "MOST_LOOKUPS", 1)
    resolver = Lookup()
    abandoned = asyncio.ensure_future(resolver.resolve("localhost", 1))
    await asyncio.sleep(0)
    abandoned.cancel()

    assert (await resolver.resolve("localhost", 2))[0]["port"] == 2
    assert abandoned.cancelled()
    assert caplog.records == []
    await resolver.close()


async def test_where_there_is_no_thread_left_no_place_is_lost(monkeypatch):
    class NoThread(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(lookup, "MOST_LOOKUPS", 1)
    resolver = Lookup()
    with monkeypatch.context() as without:
        without.setattr(lookup, "Thread", NoThread)
        for _ in range(3):
            with pytest.raises(socket.gaierror, match="no thread"):
                await asyncio.wait_for(resolver.resolve("localhost", 1), 5)

    assert (await asyncio.wait_for(resolver.resolve("localhost", 2), 5))[0]["port"] == 2


def test_a_loop_that_has_ended_is_not_told():
    async def start():
        asyncio.ensure_future(Lookup().resolve("localhost", 1))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(start())
    running = [each for each in threading.enumerate() if each.name == "lookup of localhost"]
    list(map(threading.Thread.join, running))

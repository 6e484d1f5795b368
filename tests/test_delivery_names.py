"""Names are looked up once for all who want them, and known for a while."""

import asyncio
import socket

import pytest

from delivery import names
from delivery.faults import NOT_FOUND, Failure
from delivery.names import KnownNames
from tests.sending import Names

FOUND = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("10.0.0.1", 443))
FOUND_6 = (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("::1", 443, 0, 0))


class Failing(Names):
    """A name server that fails as often as told, and then knows."""

    def __init__(self, times, *answers):
        super().__init__(*answers)
        self.left = times

    async def resolve(self, host, port=0, family=0):
        found = await super().resolve(host, port, family)
        self.left -= 1
        if self.left >= 0:
            raise socket.gaierror(socket.EAI_NONAME, "10.0.0.2 knows no such name")
        return found


class Hanging(Names):
    """A name server that answers when it is told to."""

    def __init__(self, *answers):
        super().__init__(*answers)
        self.go_on = asyncio.Event()

    async def resolve(self, host, port=0, family=0):
        found = await super().resolve(host, port, family)
        await self.go_on.wait()
        return found


async def test_an_address_is_not_looked_up():
    resolver = Names([])
    known = KnownNames(resolver)

    assert await known.addresses("10.0.0.1", 443) == [FOUND]
    assert await known.addresses("::1", 443) == [FOUND_6]
    assert resolver.asked == []


async def test_a_name_is_known_until_it_is_forgotten():
    resolver = Names(["10.0.0.1", "::1"], [])
    known = KnownNames(resolver)

    assert [await known.addresses("a.example", 443) for _ in range(3)] == [[FOUND, FOUND_6]] * 3
    assert resolver.asked == ["a.example"]
    known.forget()
    assert await known.addresses("a.example", 443) == []


async def test_it_is_known_for_so_long_only(monkeypatch):
    monkeypatch.setattr(names, "KNOWN_SECONDS", 0)
    resolver = Names(["10.0.0.1"])
    known = KnownNames(resolver)

    for _ in range(2):
        assert await known.addresses("a.example", 443) == [FOUND]
    assert resolver.asked == ["a.example"] * 2


async def test_many_who_want_it_at_once_wait_for_one_lookup():
    resolver = Hanging(["10.0.0.1"])
    known = KnownNames(resolver)
    waiting = [asyncio.create_task(known.addresses("a.example", 443)) for _ in range(9)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    resolver.go_on.set()

    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert results[1:] == [[FOUND]] * 8
    assert waiting[0].cancelled()
    assert resolver.asked == ["a.example"]


async def test_what_is_not_found_is_told_and_asked_for_again():
    resolver = Failing(1, ["10.0.0.1"])
    known = KnownNames(resolver)

    with pytest.raises(Failure, match=NOT_FOUND):
        await known.addresses("a.example", 443)
    await asyncio.sleep(0)
    assert await known.addresses("a.example", 443) == [FOUND]


async def test_only_so_many_are_known(monkeypatch):
    monkeypatch.setattr(names, "MOST_KNOWN", 2)
    known = KnownNames(Names(["10.0.0.1"]))

    for host in ("a.example", "b.example", "c.example"):
        await known.addresses(host, 443)

    assert list(known._known) == [("b.example", 443), ("c.example", 443)]


async def test_closing_ends_what_is_looked_up():
    known = KnownNames(Hanging(["10.0.0.1"]))
    waiting = asyncio.create_task(known.addresses("a.example", 443))
    await asyncio.sleep(0)

    await known.close()

    assert (await asyncio.gather(waiting, return_exceptions=True))[0].__class__ is (
        asyncio.CancelledError
    )
    await asyncio.sleep(0)
    assert known._looked_up == {}

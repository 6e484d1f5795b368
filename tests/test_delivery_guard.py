"""Connections go where they may, whatever names and spellings lead to."""

import socket

import pytest

from access.networks import Rules, parse_rule
from access.reach_out import url_fault
from delivery.faults import NOT_ALLOWED, NOT_FOUND
from delivery.guard import Guard, NotAllowed
from tests.receiver import LOOPBACK, receiving, status
from tests.sending import HEADERS, Names, closed, sender
from tests.test_access_reach_out import NONE, PRIVATE, PRIVATE_IPV6

ONE = Rules(frozenset({parse_rule("127.0.0.1")}))
OTHER = Rules(frozenset({parse_rule("10.0.0.0/8")}))


async def error_of(url, networks=NONE, **options):
    async with sender(networks, **options) as one:
        sent = await one.send(url, HEADERS, b"{}")
        assert one._guard.open_sockets == 0
    assert (sent.status, sent.body) == (None, None)
    return sent.error


@pytest.mark.parametrize("networks", [NONE, OTHER])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_a_server_on_loopback_hears_nothing(networks, scheme, host):
    async with receiving() as receiver:
        assert await error_of(f"{scheme}://{host}:{receiver.port}/", networks) == NOT_ALLOWED
    assert receiver.received == []


@pytest.mark.parametrize("address", [*PRIVATE, *(f"[{text}]" for text in PRIVATE_IPV6)])
async def test_no_special_address_is_connected_to(address):
    assert await error_of(f"https://{address}/") == NOT_ALLOWED
    assert await error_of(f"http://{address}/") == NOT_ALLOWED


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"])
async def test_no_other_spelling_of_one_is(host):
    async with receiving() as receiver:
        error = await error_of(f"http://{host}:{receiver.port}/")

    assert error in ("its URL can't be read", NOT_FOUND)
    assert receiver.received == []


@pytest.mark.parametrize("address", [*PRIVATE, *PRIVATE_IPV6, "fe80::1%1", "localhost"])
async def test_no_name_leads_to_one(address):
    assert url_fault("https://hooks.example/", NONE) is None
    assert await error_of("https://hooks.example/", resolver=Names([address])) == NOT_FOUND


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
async def test_http_leads_to_no_public_address(address):
    names = Names([address])

    assert await error_of("http://hooks.example/", LOOPBACK, resolver=names) == NOT_FOUND


async def test_a_name_that_turns_private_is_not_followed():
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with (
        receiving(host="127.0.0.1") as good,
        sender(ONE, resolver=names) as one,
    ):
        good.reply = status(200, "good", connection="close")
        url = f"http://hooks.example:{good.port}/"
        first = await one.send(url, HEADERS, b"{}")
        await closed(one)
        one._pool.names.forget()
        second = await one.send(url, HEADERS, b"{}")

    assert (first.status, second.error) == (200, NOT_FOUND)
    assert names.asked == ["hooks.example"] * 2
    assert len(good.received) == 1


async def test_of_several_addresses_only_those_allowed_are_tried():
    names = Names(["10.0.0.1", "127.0.0.2", "::1", "127.0.0.1"])
    async with receiving() as receiver, sender(ONE, resolver=names) as one:
        sent = await one.send(f"http://hooks.example:{receiver.port}/", HEADERS, b"{}")

    assert sent.status == 204


async def test_a_public_address_gets_its_socket():
    guard = Guard(NONE)
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("8.8.8.8", 443))

    opened = guard.socket(guard._may_reach, info)

    assert guard.open_sockets == 1
    opened.close()
    opened.close()
    assert guard.open_sockets == 0
    with pytest.raises(NotAllowed):
        guard.socket(LOOPBACK.holds, info)

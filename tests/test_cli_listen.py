"""The sockets that the server answers on, and its URLs."""

import socket

import click
import pytest

from cli.listen import bound, explained, port_of
from cli.url import url_of, url_to_call


def test_any_free_port_is_taken_and_told():
    with bound("127.0.0.1", 0) as sockets:
        assert [one.getsockname() for one in sockets] == [("127.0.0.1", port_of(sockets))]
        assert port_of(sockets) > 0
    assert sockets[0].fileno() == -1


def test_a_name_with_several_addresses_has_one_port(monkeypatch):
    one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
    other = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
    monkeypatch.setattr("cli.listen.socket.getaddrinfo", lambda *_, **__: [one, other, one])
    with bound("two.test", 0) as sockets:
        assert [found.getsockname()[:2] for found in sockets] == [
            ("127.0.0.1", port_of(sockets)),
            ("::1", port_of(sockets)),
        ]


def test_nobody_is_let_in_before_it_listens():
    with bound("127.0.0.1", 0) as sockets, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(sockets)), timeout=10)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "this machine has no such address"),
        ("nowhere.invalid", "Name or service not known|Temporary failure in name resolution"),
    ],
)
def test_where_it_cannot_listen_the_way_out_is_told(host, reason):
    expected = rf"^Can't listen on http://{host}:0: ({reason})\. --host or TOLLHOUSE_HOST, --port"
    with pytest.raises(click.ClickException, match=expected):
        bound(host, 0).__enter__()


def test_a_port_in_use_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"http://127.0.0.1:{port}: another program listens there"
        with pytest.raises(click.ClickException, match=expected):
            bound("127.0.0.1", port).__enter__()


def test_faults_inside_are_not_taken_for_the_sockets():
    with pytest.raises(ZeroDivisionError), bound("127.0.0.1", 0):
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError), bound("127.0.0.1", 0):
        raise FileNotFoundError


def test_privileged_ports_are_told():
    with (
        pytest.raises(click.ClickException, match="ports below 1024 are for privileged users"),
        explained("127.0.0.1", 80),
    ):
        raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    ("host", "url", "to_call"),
    [
        ("127.0.0.1", "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1", "http://[::1]:1"),
        ("0.0.0.0", "http://0.0.0.0:1", "http://127.0.0.1:1"),
        ("::", "http://[::]:1", "http://[::1]:1"),
        ("shop.test", "http://shop.test:1", "http://shop.test:1"),
    ],
)
def test_urls_are_for_pasting(host, url, to_call):
    assert (url_of(host, 1), url_to_call(host, 1)) == (url, to_call)

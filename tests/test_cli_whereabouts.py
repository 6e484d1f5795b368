"""Where a server answers, as its data folder tells it to what runs beside."""

import socket

import pytest

from cli.whereabouts import NAME, known, told


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_it_is_known_while_the_server_runs(tmp_path, port):
    url = f"http://127.0.0.1:{port}"
    assert known(tmp_path) is None

    with told(tmp_path, url):
        assert known(tmp_path) == url

    assert known(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_server_left_is_not_believed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    with told(tmp_path, f"http://127.0.0.1:{port}"):
        assert known(tmp_path) is None


@pytest.mark.parametrize(
    "text", [b"", b"nonsense", b"http://127.0.0.1:99999", b"https://a:1/x y", b"\xff\xfe"]
)
def test_what_no_server_has_written_is_not_believed(tmp_path, text):
    (tmp_path / NAME).write_bytes(text)

    assert known(tmp_path) is None

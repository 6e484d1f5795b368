"""The database's socket lies in a private folder whose path the kernel and the URL can take."""

import os
import tempfile
from pathlib import Path

import pytest

from db import embedded_socket
from db.binaries import EmbeddedFailed
from db.embedded import attached
from db.embedded_account import Account
from db.embedded_socket import socket_folder, url_for
from tests.embedded_parts import BINARIES, ask, short_folder, started

LONG = Path("/" + "long" * 25) / "postgres"
ME = Account("me", os.geteuid(), os.getegid())


@pytest.fixture
def home(monkeypatch):
    with short_folder() as folder:
        (folder / "tmp").mkdir(mode=0o755)
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        yield folder


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("length", "own"), [(89, True), (90, False)])
def test_the_clusters_own_folder_is_used_up_to_the_kernels_limit(length, own):
    cluster = Path("/".ljust(length, "x"))
    assert (socket_folder(cluster, None, None) == cluster) == own


@pytest.mark.parametrize("cluster", ["/a,b", "/a b", "/ä", '/a"b', "/a%b"])
def test_a_path_that_would_need_quoting_is_not_used(home, cluster):
    made = socket_folder(Path(cluster), None, None)
    assert made.parent == home / "tmp"
    assert made.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("home")
def test_it_belongs_to_the_account():
    assert socket_folder(LONG, None, ME).stat().st_uid == ME.user


def test_the_earlier_folder_serves_again_where_it_is_still_private(home):
    earlier = socket_folder(LONG, None, None)
    assert socket_folder(LONG, earlier, None) == earlier
    assert socket_folder(LONG, earlier, ME) == earlier
    earlier.chmod(0o755)
    another = socket_folder(LONG, earlier, None)
    assert another != earlier
    assert socket_folder(LONG, home / "missing", None) not in (earlier, another)
    (home / "link").symlink_to(another)
    assert socket_folder(LONG, home / "link", None) != home / "link"


@pytest.mark.usefixtures("home")
def test_a_long_temporary_folder_gives_way_to_tmp(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(LONG))
    made = socket_folder(LONG, None, None)
    assert made.parent == Path("/tmp")
    made.rmdir()


@pytest.mark.usefixtures("home")
def test_no_short_folder_at_all_is_refused(monkeypatch):
    monkeypatch.setattr(embedded_socket, "LONGEST", 10)
    with pytest.raises(
        EmbeddedFailed, match=r"too long for a socket .*TOLLHOUSE_DATA to a shorter"
    ):
        socket_folder(LONG, None, None)


def test_the_url_quotes_what_it_holds():
    url = url_for(Path("/a/b c"), "p:w@/")
    assert url == "postgresql://tollhouse:p%3Aw%40%2F@/tollhouse?host=%2Fa%2Fb+c&port=5432"


async def test_a_database_with_a_long_path_is_reached_and_cleans_up(home):
    data = home / ("long" * 25)
    with started(data) as embedded:
        assert await ask(embedded.url, "select 1") == 1
        with attached(data, BINARIES) as url:
            assert url == embedded.url
        assert len(list((home / "tmp").iterdir())) == 1
    assert list((home / "tmp").iterdir()) == []

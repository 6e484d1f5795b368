"""What the parent of several processes does for them."""

import click
import pytest
from structlog.testing import capture_logs

from cli.listen import must_spread
from cli.several import revive
from db.binaries import EmbeddedFailed


class Database:
    """An embedded one in the hands of its owner."""

    def __init__(self, *, alive=False, fault=None):
        self.is_alive, self.fault, self.starts = alive, fault, 0

    def alive(self):
        return self.is_alive

    def restart(self):
        self.starts += 1
        if self.fault is not None:
            raise self.fault


def test_where_connections_are_not_spread_several_processes_are_refused():
    must_spread("linux")
    for other in ("darwin", "win32"):
        with pytest.raises(click.ClickException, match=r"TOLLHOUSE_WORKERS .* at 1"):
            must_spread(other)


@pytest.mark.parametrize("database", [None, Database(alive=True)])
def test_a_database_that_lives_or_is_none_of_ours_is_left_alone(database):
    with capture_logs() as told:
        revive(database)

    assert told == []


def test_a_database_that_died_is_started_and_a_failure_is_told():
    well, ill = Database(), Database(fault=EmbeddedFailed("The disk is full."))
    with capture_logs() as told:
        revive(well)
        revive(ill)

    assert (well.starts, ill.starts) == (1, 1)
    assert [entry["event"] for entry in told] == [
        "The embedded database has died; it is started again.",
        "The embedded database runs again.",
        "The embedded database has died; it is started again.",
        "It failed for now, and is tried again.",
    ]
    assert told[-1]["reason"] == "The disk is full."

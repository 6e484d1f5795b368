"""A process that serves may have as many files open as it has use for."""

import resource

import pytest

from cli import open_files
from cli.open_files import WANTED, allow_many

ENDLESS = resource.RLIM_INFINITY


@pytest.fixture
def limits(monkeypatch):
    """The limits as they are set, in place of this process's own."""
    limits = []
    monkeypatch.setattr(open_files.resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(open_files.resource, "setrlimit", lambda _, both: limits.append(both))
    return limits


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1024, 524_288), (WANTED, 524_288)),
        ((1024, ENDLESS), (WANTED, ENDLESS)),
        ((256, 4096), (4096, 4096)),
        ((1024, 1024), (1024, 1024)),
        ((65_536, 524_288), (65_536, 524_288)),
        ((ENDLESS, ENDLESS), (ENDLESS, ENDLESS)),
    ],
)
def test_it_is_raised_and_never_lowered(limits, before, after):
    limits.append(before)

    allow_many()

    assert limits[-1] == after


@pytest.mark.parametrize("error", [ValueError, OSError])
def test_a_system_that_does_not_allow_it_is_served_all_the_same(limits, monkeypatch, error):
    def refuse(_which, _both):
        raise error

    limits.append((256, ENDLESS))
    monkeypatch.setattr(open_files.resource, "setrlimit", refuse)

    allow_many()

    assert limits == [(256, ENDLESS)]

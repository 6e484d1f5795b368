"""The commands about organizations."""

import itertools
from datetime import timedelta

import pytest

from db import ids
from tests.cli_parts import NOW, Command

AUDIT = "select actor_name || ' ' || action || ' ' || subject_id from audit_entry"


@pytest.fixture
def tollhouse(database_url, tmp_path):
    return Command(database_url, tmp_path / "data")


def test_one_is_made_and_written_into_the_trail(tollhouse):
    made = tollhouse.json("organizations", "create", "--name", "Acme Ltd.")

    id = made.pop("id")
    assert made == {"slug": "acme-ltd", "name": "Acme Ltd.", "createdAt": "2026-11-24T10:30:00Z"}
    assert ids.prefix_of(id) == "org"
    assert tollhouse.ask(AUDIT) == f"Operator organization.created {id}"


def test_people_are_told_what_to_do_next(tollhouse):
    told = tollhouse("organizations", "create", "Acme", "--slug", "shop")

    assert told.stdout.split()[1] == "shop"
    assert told.stderr == "A key for it: tollhouse keys create --organization shop --name ...\n"


def test_all_are_listed(tollhouse):
    times = (NOW + timedelta(seconds=second) for second in itertools.count())
    tollhouse.clock = lambda: next(times)
    first = tollhouse.json("organizations", "create", "Café Жук")
    second = tollhouse.json("organizations", "create", "A\x1b[31m", "--slug", "b")

    assert first["slug"] == "cafe"
    assert tollhouse.json("organizations", "list") == [first, second]
    assert [line.split() for line in tollhouse("organizations", "list").stdout.splitlines()] == [
        ["ID", "SLUG", "NAME", "CREATED"],
        [first["id"], "cafe", "Café", "Жук", f"{NOW:%Y-%m-%d}"],
        [second["id"], "b", "A\N{REPLACEMENT CHARACTER}[31m", f"{NOW:%Y-%m-%d}"],
    ]


def test_a_slug_that_is_taken_is_refused(tollhouse):
    tollhouse("organizations", "create", "Acme")

    assert tollhouse.refused("organizations", "create", "ACME") == "The slug acme is taken."
    assert len(tollhouse.json("organizations", "list")) == 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "Give the organization's name once: as NAME, or by --name."),
        (("A", "--name", "B"), "Give the organization's name once: as NAME, or by --name."),
        (("x" * 201, "--slug", "x"), "--name: must have at most 200 characters."),
        (("A", "--slug", "No"), "--slug: must be 1 to 63 of a-z, 0-9 and hyphens"),
        (("Жук",), "--slug: must be 1 to 63 of a-z, 0-9 and hyphens"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(tollhouse, arguments, fault):
    assert tollhouse.refused("organizations", "create", *arguments, code=2).startswith(fault)
    assert tollhouse.ask("select count(*) from organization") == 0

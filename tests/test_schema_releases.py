"""The API keeps what it has promised: nothing breaks, and what goes is announced a year before."""

from datetime import date

import pytest
from graphql import build_schema

from tests.embedded_parts import ROOT
from tests.sdl import broken, read_release, undated

NOW = build_schema((ROOT / "schema.graphql").read_text())
TODAY = date(2027, 12, 1)
SMALL = """
directive @requires(scope: Scope!) on FIELD_DEFINITION
enum Scope { A B }
enum Size { S M }
input Filter { size: Size }
type Query { thing(filter: Filter, first: Int): Int @requires(scope: A) other: Int }
"""
GOES = '@deprecated(reason: "Too old. Deprecated on 2026-11-25, gone from {}.")'
PLACES = {
    "other: Int": "other: Int {}",
    "first: Int": "first: Int {}",
    "S M": "S M {}",
}
PLANTED = [
    ("other: Int", "", "Field Query.other was removed."),
    ("first: Int", "", "Argument Query.thing(first:) was removed."),
    (
        "first: Int",
        "first: Int!",
        "Argument Query.thing(first:) has changed type from Int to Int!.",
    ),
    ("S M", "S", "Enum value Size.M was removed."),
    ("other: Int", "other: String", "Field Query.other changed type from Int to String."),
    ("scope: A)", "scope: B)", "Query.thing needs B now, and A before."),
    ("other: Int", "other: Int @requires(scope: A)", "Query.other needs A now, and None before."),
]


def changed(what, into):
    assert what in SMALL
    return build_schema(SMALL.replace(what, into))


def test_nothing_is_broken_since_the_last_release():
    assert broken(read_release(), NOW, date.today()) == []  # noqa: DTZ011  # a date of the calendar


def test_every_deprecation_leaves_clients_a_year():
    assert undated(NOW) == []


@pytest.mark.parametrize(("what", "into", "found"), PLANTED)
def test_what_breaks_clients_is_found(what, into, found):
    assert broken(build_schema(SMALL), changed(what, into), TODAY) == [found]


@pytest.mark.parametrize(
    ("what", "into"),
    [
        ("S M", "S M L"),
        ("other: Int", "other: Int more: Int"),
        ("first: Int", "first: Int last: Int"),
        (" @requires(scope: A)", ""),
    ],
)
def test_what_breaks_nobody_is_not(what, into):
    assert broken(build_schema(SMALL), changed(what, into), TODAY) == []


@pytest.mark.parametrize(("what", "into"), [("other: Int", ""), ("first: Int", ""), ("S M", "S")])
def test_what_was_announced_may_go_when_its_day_has_come(what, into):
    announced = changed(what, PLACES[what].format(GOES.format("2027-12-01")))
    new = changed(what, into)

    assert broken(announced, new, TODAY) == []
    assert len(broken(announced, new, date(2027, 11, 30))) == 1


@pytest.mark.parametrize(
    ("reason", "is_dated"),
    [
        ("Use new. Deprecated on 2026-11-25, gone from 2027-11-25.", True),
        ("Use new. Deprecated on 2028-02-29, gone from 2029-02-28.", True),
        ("Use new. Deprecated on 2026-11-25, gone from 2027-11-24.", False),
        ("Deprecated on 2026-11-25, gone from 2027-11-25.", False),
        ("Use new. Gone from 2027-11-25.", False),
        ("No longer supported", False),
    ],
)
def test_a_deprecation_says_when_it_was_made_and_when_it_goes(reason, is_dated):
    deprecated = f'@deprecated(reason: "{reason}")'
    for what, into in PLACES.items():
        found = undated(changed(what, into.format(deprecated)))

        assert len(found) == (0 if is_dated else 1)
        assert is_dated or reason in found[0]

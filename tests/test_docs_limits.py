"""What docs/limits.md says of numbers is what the code does."""

import re
from pathlib import Path

import pytest
from graphql import get_introspection_query, get_named_type, is_abstract_type, is_object_type

from access.budget import SHARE, Budgets
from access.shared_throttle import MOST_TOLD, TELL_SECONDS
from access.shared_throttle import SHARE as SHARED
from access.throttle import LONGEST_WAIT_SECONDS, Throttle
from access.turns import MOST as TURNS
from access.turns import PATIENCE_SECONDS
from cli.setting_table import SETTINGS
from db.hub import MOST_WAITING
from db.page_asked import DEFAULT, MOST
from execution import documents, input_size, limits, weight
from execution.cost import MOST_COST
from execution.introspected import FIELDS_EACH
from execution.lists import MOST_ITEMS, MOST_MEMBERS
from execution.reading import UNIT_SECONDS
from execution.request import MOST_BYTES
from execution.toll import SHORT_BYTES, UNIT_BYTES
from schema.share import MOST_BYTES as MOST_FOUND_BYTES
from schema.share import ROWS_UNWEIGHED
from tests.test_execution_cost import SCHEMA, cost_of

TEXT = (Path(__file__).parent.parent / "docs" / "limits.md").read_text()
EXAMPLES = re.findall(r"^\| `([^`]+)` \| (\d+) \|$", TEXT, re.MULTILINE)
LIMITS = dict(re.findall(r"^\| ([a-z ,]+) \| ([0-9][^|]*) \| [^|]* \|$", TEXT, re.MULTILINE))


def test_there_are_examples():
    assert len(EXAMPLES) == 8


@pytest.mark.parametrize(("text", "cost"), EXAMPLES)
def test_each_example_costs_what_it_says(text, cost):
    assert cost_of(text).of({}) == int(cost)


def test_the_limits_are_those_of_the_code():
    read = (documents.MOST_CHARACTERS, documents.MOST_LINES, documents.MOST_TOKENS)

    expected = {
        "body": f"{MOST_BYTES // 2**20} MiB",
        "document": "{:,} characters, {:,} lines, {:,} tokens".format(*read),
        "levels of fields": f"{limits.MOST_DEEP}",
        "levels of introspection": f"{limits.MOST_DEEP_INTROSPECTION}",
        "fields at the root": f"{limits.MOST_ROOT_FIELDS}",
        "fields in one selection": f"{limits.MOST_FIELDS}",
        "aliases": f"{limits.MOST_ALIASES}",
        "directives at one place, in all": (
            f"{limits.MOST_DIRECTIVES_AT_ONCE}, {limits.MOST_DIRECTIVES}"
        ),
        "selections": f"{limits.MOST_SELECTIONS:,}",
        "items of a list in the variables": f"{MOST_ITEMS:,}",
        "members of an object in the variables": f"{MOST_MEMBERS:,}",
        "items of a page": f"{MOST}",
        "cost": f"{MOST_COST:,}",
        "what is found, in memory": (
            f"{MOST_FOUND_BYTES // 2**20} MiB beyond the first {ROWS_UNWEIGHED} rows"
        ),
    }

    assert expected == LIMITS


def longest(type_, met=()):
    """How many fields lead from a type to the furthest one, meeting no type twice."""
    possible = SCHEMA.get_possible_types(type_) if is_abstract_type(type_) else [type_]
    objects = [one for one in possible if is_object_type(one) and one.name not in met]
    return max(
        (
            1 + longest(get_named_type(field.type), (*met, one.name))
            for one in objects
            for field in one.fields.values()
        ),
        default=0,
    )


def test_the_reasons_are_so():
    objects = [one for one in SCHEMA.type_map.values() if is_object_type(one)]
    roots = {SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type}

    assert max(map(longest, roots)) == 8
    assert 18 <= max(len(one.fields) for one in objects if one not in roots) <= 22


def test_the_sentences_have_the_numbers_of_the_code():
    defaults = {setting.name: setting.default for setting in SETTINGS}
    burst, per_minute = (int(defaults[f"TOLLHOUSE_RATE_{name}"]) for name in ("BURST", "LIMIT"))
    window = Budgets(per_minute, burst).window_seconds

    assert f"`TOLLHOUSE_RATE_BURST` ({burst:,})" in TEXT
    assert f"`TOLLHOUSE_RATE_LIMIT` ({per_minute:,})" in TEXT
    assert f'RateLimit-Policy: "cost";q={burst};w={window}' in TEXT
    assert f"1 for each {UNIT_SECONDS * 1e6:.0f} us" in TEXT
    assert f"at most {MOST_COST:,}. For a document" in TEXT
    assert f"{documents.SIZE:,} are, up to {documents.SIZE_CHARACTERS:,} characters" in TEXT
    assert f"{MOST_WAITING:,} are kept for each subscription" in TEXT
    assert f"beyond {SHORT_BYTES // 1024} KiB of an answer costs 1 for every" in TEXT
    assert f"for every {UNIT_BYTES // 1024} KiB besides" in TEXT
    assert f"under another name, costs {weight.AGAIN} each time" in TEXT
    assert f"costs {input_size.OBJECT} where it is an object" in TEXT
    assert f"and {input_size.PLAIN} otherwise" in TEXT
    assert (FIELDS_EACH, "costs 1 for every three fields" in TEXT) == (3, True)
    assert f"counted: {round(cost_of(get_introspection_query()).of({}), -2):,} for the" in TEXT
    assert pytest.approx(0.5) == MOST_COST * UNIT_SECONDS
    assert f"and {DEFAULT} where neither is said" in TEXT
    assert (weight.FOUND, weight.CHANGE, *weight.COUNTS.values()) == (10, 50, 50, 50)
    for coordinate, most in weight.LISTS.items():
        assert f"{most} `{coordinate.partition('.')[2]}`" in TEXT.replace("\n", " ")
    assert SHARE == 8
    assert (TURNS, PATIENCE_SECONDS) == (5, 5)
    assert (SHARED, TELL_SECONDS, MOST_TOLD, LONGEST_WAIT_SECONDS) == (5, 2, 1_000, 60)
    assert (Throttle()._interval, Throttle()._slack / Throttle()._interval + 1) == (2, 20)

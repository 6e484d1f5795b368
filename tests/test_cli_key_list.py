"""The list of keys: readable, in pages, of one organization."""

import pytest

from tests.cli_parts import NOW, Command

MANY = """insert into api_key select (jsonb_populate_record(key, jsonb_build_object(
'id', gen_random_uuid(), 'token_id', 't' || n, 'name', 'Copy ' || n))).*
from api_key key, generate_series(1, $1::integer) n"""
USED = "insert into api_key_usage select organization_id, id, $1, '192.0.2.1' from api_key"


@pytest.fixture
def tollhouse(database_url, tmp_path):
    command = Command(database_url, tmp_path / "data")
    command("organizations", "create", "Acme")
    return command


def create(tollhouse, *options):
    return tollhouse.json("keys", "create", *options)


def test_a_key_is_a_row(tollhouse):
    scopes = ("invoices.create", "invoices.read", "products.read", "products.create")
    limited = create(
        tollhouse,
        *("--name", "Shop", "--ip", "10.0.0.0/8", "--expires", "90d"),
        *(part for scope in scopes for part in ("--scope", scope)),
    )
    tollhouse.ask(USED, NOW)
    full = create(tollhouse, "--name", "All")
    tollhouse("keys", "revoke", full["id"])

    shown = tollhouse("keys", "list")

    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in shown.stdout.splitlines()}
    assert lines == {
        "ID": "                           NAME  STATUS   SCOPES"
        "                             ADDRESSES   EXPIRES            LAST USED".lstrip(),
        limited["id"]: "Shop  ACTIVE   invoices.create, invoices.read +2  10.0.0.0/8"
        "  2027-02-22 10:30Z  2026-11-24 10:30Z",
        full["id"]: "All   REVOKED  full access                        any"
        "         never              never",
    }
    assert shown.stderr == ""


def test_keys_are_told_to_programs_without_tokens(tollhouse):
    key = create(tollhouse, "--name", "Shop")
    del key["token"]

    assert tollhouse.json("keys", "list") == [key]


def test_no_keys_are_an_empty_list(tollhouse):
    assert tollhouse.json("keys", "list") == []
    assert tollhouse("keys", "list").stdout.split()[:2] == ["ID", "NAME"]


@pytest.mark.parametrize(
    ("options", "shown", "more"),
    [
        ((), 50, "acme has more than these 50; --limit 0 shows all.\n"),
        (("--limit", "120"), 120, "acme has more than these 120; --limit 0 shows all.\n"),
        (("--limit", "205"), 205, ""),
        (("--limit", "0"), 205, ""),
    ],
)
def test_many_keys_come_in_pages_each_once(tollhouse, options, shown, more):
    create(tollhouse, "--name", "First")
    tollhouse.ask(MANY, 204)

    told = tollhouse("keys", "list", *options)

    listed = [line.split()[0] for line in told.stdout.splitlines()[1:]]
    assert (len(listed), told.stderr) == (shown, more)
    assert listed == sorted(set(listed), reverse=True)
    assert [key["id"] for key in tollhouse.json("keys", "list", *options)] == listed


def test_a_negative_limit_is_refused(tollhouse):
    assert "--limit" in tollhouse.refused("keys", "list", "--limit", "-1", code=2)


def test_an_organization_is_named_by_slug_or_id(tollhouse):
    other = tollhouse.json("organizations", "create", "Other")
    create(tollhouse, "--name", "A", "--organization", "acme")
    key = create(tollhouse, "--name", "O", "--organization", other["id"])
    del key["token"]

    for named in ("other", other["id"]):
        assert tollhouse.json("keys", "list", "--organization", named) == [key]


@pytest.mark.parametrize("named", ["nobody", "org_01h455vb4pex5vsknk084sn02q", "\udcff", "A B"])
def test_an_organization_that_is_not_there_is_told(tollhouse, named):
    assert tollhouse.refused("keys", "list", "--organization", named) == (
        f"There is no organization {named!r}. Run: tollhouse organizations list"
    )


def test_where_there_are_several_the_choices_are_named(tollhouse):
    for number in range(9):
        tollhouse("organizations", "create", f"Shop {number}")
    said = "Say which organization with --organization: "

    slugs = set(tollhouse.refused("keys", "list").removeprefix(said).rstrip(".").split(", "))
    tollhouse("organizations", "create", "Eleventh")

    assert slugs == {"acme", *(f"shop-{number}" for number in range(9))}
    assert tollhouse.refused("keys", "list").endswith(" and 1 more.")


def test_where_there_is_none_it_is_told_how_to_make_one(tollhouse):
    tollhouse.ask("delete from audit_entry")
    tollhouse.ask("delete from organization")

    assert tollhouse.refused("keys", "list") == (
        "There is no organization yet. Run: tollhouse organizations create NAME"
    )

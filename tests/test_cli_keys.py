"""The commands that make keys, give them new tokens and end them."""

from datetime import timedelta

import pytest

from access.pepper import Peppers
from access.token import parse
from db import ids
from db.scope import Scope
from tests.cli_parts import NOW, TOKEN, Command

AUDIT = """select string_agg(actor_name || ' ' || action, ', ' order by action) from audit_entry
where action like 'api_key.%'"""
EVENTS = "select string_agg(type, ' ') from event where subject_id = $1"
ROW = "select row_to_json(api_key)::text from api_key"


@pytest.fixture
def tollhouse(database_url, tmp_path):
    command = Command(database_url, tmp_path / "data")
    command("organizations", "create", "Acme")
    return command


def create(tollhouse, *options):
    return tollhouse.json("keys", "create", "--name", "Shop", *options)


def stored(tollhouse, column, id):
    uuid = ids.parsed("key", id)
    return tollhouse.ask(f"select {column} from api_key where id = $1", uuid)


def test_a_key_is_made_with_all_that_is_stated(tollhouse):
    key = create(
        tollhouse,
        *("--scope", "products.read", "--scope", "invoices.read", "--scope", "products.read"),
        *("--ip", "2001:0db8::/32", "--ip", "192.0.2.7", "--ip", "192.0.2.7/32"),
        *("--environment", "ci", "--description", "For tests", "--expires", "90d"),
    )

    token, id = key.pop("token"), key.pop("id")
    assert key == {
        "name": "Shop",
        "description": "For tests",
        "environment": "ci",
        "tokenHint": parse(token).hint,
        "status": "ACTIVE",
        "fullAccess": False,
        "scopes": ["invoices.read", "products.read"],
        "ipRules": ["2001:db8::/32", "192.0.2.7"],
        "createdAt": "2026-11-24T10:30:00Z",
        "expiresAt": "2027-02-22T10:30:00Z",
        "revokedAt": None,
        "lastUsedAt": None,
        "lastUsedIp": None,
        "previousTokenExpiresAt": None,
    }
    assert stored(tollhouse, "created_by_name", id) == "Operator"
    assert tollhouse.ask(AUDIT) == "Operator api_key.created"


def test_without_scopes_it_has_full_access(tollhouse):
    key = create(tollhouse)

    assert (key["fullAccess"], key["scopes"]) == (True, list(Scope))
    assert (key["ipRules"], key["expiresAt"]) == ([], None)


def test_the_token_alone_goes_to_standard_output(tollhouse):
    made = tollhouse("keys", "create", "--name", "Sh\x1bop")

    assert TOKEN.fullmatch(made.stdout.removesuffix("\n"))
    assert TOKEN.search(made.stderr) is None
    assert made.stderr.endswith(
        " (Sh\N{REPLACEMENT CHARACTER}op): full access.\nIts token, shown this once:\n"
    )


def test_the_token_is_good_under_the_peppers_of_the_folder(tollhouse):
    key = create(tollhouse)

    peppers = Peppers.parse((tollhouse.data / "peppers").read_text().strip())
    digest = stored(tollhouse, "digest", key["id"])
    assert peppers.matches(parse(key["token"]).secret, 1, digest)
    assert parse(key["token"]).secret not in tollhouse.ask(ROW)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("2w", timedelta(weeks=2)),
        ("2026-11-24T12:00:00.25+01:00", timedelta(minutes=30, milliseconds=250)),
        ("2026-11-24t11:00:00z", timedelta(minutes=30)),
    ],
)
def test_expiry_is_a_span_or_a_time(tollhouse, text, span):
    key = create(tollhouse, "--expires", text)

    assert stored(tollhouse, "expires_at", key["id"]) == NOW + span


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--scope", "Invoice.read"), "'Invoice.read'; did you mean invoices.read?"),
        (("--scope", "xyz"), f"--scope: there is no 'xyz'; there are {', '.join(Scope)}."),
        (("--ip", "10.0.0.1/8"), "'10.0.0.1/8' can't be taken. It has host bits set: write"),
        (("--ip", "x" * 200), f"--ip: {'x' * 100!r} can't be taken. It is longer than 64"),
        (("--ip", "10.0.0.1") * 201, "--ip: at most 200 are kept, these are 201."),
        (("--expires", "soon"), "--expires: 'soon' is no time. Give 90d (or s, m, h, w), or"),
        (("--expires", "2027-02-30T00:00:00Z"), "--expires: '2027-02-30T00:00:00Z' is no time."),
        (("--expires", "2027-01-01T00:00:00"), "--expires: '2027-01-01T00:00:00' is no time."),
        (("--expires", "999999999d"), "--expires: '999999999d' is no time."),
        (("--expires", "0d"), "--expires: must be in the future; to end a key, revoke it."),
        (("--expires", "2026-11-24T10:30:00Z"), "--expires: must be in the future;"),
        (("--environment", "x" * 65), "--environment: must have at most 64 characters."),
        (("--name", ""), "--name: must not be empty."),
        (("--name", "\udcff"), "--name: must be text"),
        (("--description", "x" * 2001), "--description: must have at most 2000"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(tollhouse, options, fault):
    said = tollhouse.refused("keys", "create", "--name", "Shop", *options, code=2)

    assert fault in said
    assert tollhouse.ask("select count(*) from api_key") == 0


NO_NETWORK = "It is no address or network, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."
NO_NUMBER = "Give a whole number from 0 to 3600."


def test_all_faults_are_told_at_once(tollhouse):
    said = tollhouse.refused(
        *("keys", "create", "--name", "", "--scope", "products.raed", "--scope", "Invoices.read"),
        *("--ip", "10.0.0.1/8", "--ip", "::1", "--ip", "x", "--expires", "soon"),
        *("--database-wait", "none"),
        code=2,
    )

    assert said.splitlines() == [
        "--name: must not be empty.",
        "--scope: there is no 'products.raed'; did you mean products.read?",
        "--scope: there is no 'Invoices.read'; did you mean invoices.read?",
        "--ip: '10.0.0.1/8' can't be taken. It has host bits set: write 10.0.0.0/8.",
        f"--ip: 'x' can't be taken. {NO_NETWORK}",
        "--expires: 'soon' is no time. Give 90d (or s, m, h, w), or 2027-01-31T12:00:00Z.",
        f"TOLLHOUSE_DATABASE_WAIT (or --database-wait) is 'none': {NO_NUMBER}",
    ]
    assert tollhouse.refused("keys", "rotate", "x", "--overlap", "never", code=2).splitlines() == [
        "'x' is no key's id: those begin with key_.",
        "--overlap: 'never' is no span from 0 to 30d, such as 24h.",
    ]


def test_200_rules_are_taken(tollhouse):
    rules = [text for number in range(200) for text in ("--ip", f"10.0.0.{number}")]

    assert len(create(tollhouse, *rules)["ipRules"]) == 200


def test_rotating_gives_another_token_to_the_same_key(tollhouse):
    before = create(tollhouse, "--scope", "invoices.read")
    after = tollhouse.json("keys", "rotate", before["id"])

    assert after["id"] == before["id"]
    assert parse(after["token"]).id == parse(before["token"]).id
    assert after["token"] != before["token"]
    assert after["previousTokenExpiresAt"] == "2026-11-25T10:30:00Z"
    assert tollhouse.ask(AUDIT) == "Operator api_key.created, Operator api_key.rotated"


@pytest.mark.parametrize(
    ("span", "ends"), [("0", None), ("0d", None), ("30d", "2026-12-24T10:30:00Z")]
)
def test_the_overlap_is_up_to_the_operator(tollhouse, span, ends):
    id = create(tollhouse)["id"]

    assert tollhouse.json("keys", "rotate", id, "--overlap", span)["previousTokenExpiresAt"] == ends


@pytest.mark.parametrize("span", ["31d", "-1d", "soon"])
def test_a_bad_overlap_is_told_and_changes_nothing(tollhouse, span):
    id = create(tollhouse)["id"]
    digest = stored(tollhouse, "digest", id)

    said = tollhouse.refused("keys", "rotate", id, f"--overlap={span}", code=2)

    assert said == f"--overlap: {span!r} is no span from 0 to 30d, such as 24h."
    assert stored(tollhouse, "digest", id) == digest


def test_revoking_ends_a_key_once(tollhouse):
    id = create(tollhouse)["id"]

    assert tollhouse.json("keys", "revoke", id)["status"] == "REVOKED"
    told = tollhouse("keys", "revoke", id).stdout
    assert told == f"{id} (Shop) is revoked since 2026-11-24 10:30Z.\n"
    assert tollhouse.ask("select count(*) from audit_entry where action = 'api_key.revoked'") == 1


def test_a_revoked_key_gets_no_new_token(tollhouse):
    id = create(tollhouse)["id"]
    tollhouse("keys", "revoke", id)

    said = tollhouse.refused("keys", "rotate", id)

    assert said == "The API key is revoked, and a revoked key can't be changed."


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_only_ids_of_keys_that_are_there_are_taken(tollhouse, command):
    organization = tollhouse.json("organizations", "list")[0]["id"]
    unknown = ids.shown("key", ids.new_uuid(NOW))

    assert tollhouse.refused("keys", command, organization, code=2) == (
        f"{organization!r} is no key's id: those begin with key_."
    )
    assert tollhouse.refused("keys", command, unknown) == (
        "There is no such API key. Run: tollhouse keys list"
    )


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_a_token_in_an_ids_place_is_not_shown_again(tollhouse, command):
    said = tollhouse.refused("keys", command, "th_Ab3dE5gH7jK9_hush", code=2)

    assert said == "That is a token. Give its key's id (key_...): keys list shows it."


def test_a_key_of_any_organization_is_found(tollhouse):
    tollhouse("organizations", "create", "Other")
    for slug in ("acme", "other"):
        id = create(tollhouse, "--organization", slug)["id"]
        assert tollhouse.json("keys", "revoke", id)["id"] == id


def test_another_pepper_than_the_databases_is_refused(tollhouse):
    create(tollhouse)
    (tollhouse.data / "peppers").write_text(Peppers.generate().show())

    said = tollhouse.refused("keys", "create", "--name", "Second")

    assert said.startswith("Pepper 1 in ")
    assert tollhouse.ask("select count(*) from api_key") == 1


def test_what_the_operator_does_is_announced_as_what_keys_do(tollhouse):
    id = create(tollhouse)["id"]
    tollhouse("keys", "rotate", id)
    tollhouse("keys", "revoke", id)
    tollhouse("keys", "revoke", id)

    types = sorted(tollhouse.ask(EVENTS, id).split())
    assert types == ["api_key.created", "api_key.revoked", "api_key.rotated"]

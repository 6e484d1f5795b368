"""The commands that trust documents, show them and trust them no longer."""

import subprocess
import sys

import orjson
import pytest

from cli.settings import read
from db.trusted_document import hashed
from execution.trusting import checker
from resolvers.root import api
from tests.cli_parts import Command
from tests.embedded_parts import ROOT
from tests.serve_parts import ENVIRONMENT

VIEWER = "query Viewer { viewer { ip } }\n"
PAGE = "query Page { products { totalCount } } query Other { viewer { ip } }"
BARE = "{ viewer { ip } }"
CHECK = checker(api)


@pytest.fixture
def tollhouse(database_url, tmp_path):
    command = Command(database_url, tmp_path / "data")
    command.document_check = CHECK
    return command


@pytest.fixture
def file(tmp_path):
    def written(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else orjson.dumps(content))
        return str(path)

    return written


def test_documents_are_added_and_shown(tollhouse, file):
    manifest = {"page-1": PAGE, hashed(BARE): BARE}
    added = tollhouse("documents", "add", file("a.graphql", VIEWER), file("b.json", manifest))

    assert added.stdout.splitlines() == [hashed(VIEWER), "page-1", hashed(BARE)]
    shown = tollhouse("documents", "list").stdout.splitlines()
    assert [line.split() for line in shown] == [
        ["ID", "OPERATIONS", "CHARACTERS", "ADDED"],
        ["page-1", "Page,", "Other", str(len(PAGE)), "2026-11-24"],
        *sorted(
            [
                [hashed(BARE), "(without", "a", "name)", str(len(BARE)), "2026-11-24"],
                [hashed(VIEWER), "Viewer", str(len(VIEWER)), "2026-11-24"],
            ]
        ),
    ]
    assert tollhouse.json("documents", "list")[0] == {
        "id": "page-1",
        "operations": ["Page", "Other"],
        "document": PAGE,
        "addedAt": "2026-11-24T10:30:00Z",
    }


def test_a_manifest_of_apollo_is_taken(tollhouse, file):
    id = hashed(BARE).removeprefix("sha256:")
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": id, "name": "A", "type": "query", "body": BARE}],
    }

    assert tollhouse("documents", "add", file("m.json", manifest)).stdout == f"{id}\n"
    assert tollhouse.ask("select id from trusted_document where hash = $1", hashed(BARE)) == id


def test_the_same_document_may_be_added_again(tollhouse, file):
    one, other = file("a.graphql", VIEWER), file("b.graphql", VIEWER)
    for _ in range(2):
        added = tollhouse("documents", "add", one, other)
        assert added.stdout == f"{hashed(VIEWER)}\n"


def test_every_fault_is_named_and_nothing_is_added(tollhouse, file):
    names = {
        "bad.graphql": "query { age }",
        "fine.graphql": VIEWER,
        "broken.json": "{",
        "list.json": [VIEWER],
        "numbers.json": {"one": 1},
        "odd.json": {"format": "apollo-persisted-query-manifest", "operations": [1]},
        "ids.json": {"a b": VIEWER, "sha256:" + "0" * 64: VIEWER, "mine": PAGE},
        "again.json": {"mine": VIEWER},
        "nul.graphql": "{ viewer { ip } } # \0",
    }
    paths = {name: file(name, content) for name, content in names.items()}

    said = tollhouse.refused("documents", "add", *paths.values())

    lines = {line.removeprefix(str(tollhouse.data.parent) + "/") for line in said.splitlines()}
    manifest = 'A manifest is an object such as {"sha256:...": "query { ... }"}.'
    assert lines == {
        "bad.graphql: line 1, column 9: Cannot query field 'age' on type 'Query'.",
        "broken.json: unexpected end of data: line 1 column 2 (char 1)",
        f"list.json: {manifest}",
        f"numbers.json: {manifest} The document of one is no text.",
        f"odd.json: {manifest} The document of None is no text.",
        (
            "ids.json: a b: An id has letters, digits, -, ., _ and ~, up to 128; x-name: may stand"
            " before it."
        ),
        (
            f"ids.json: sha256:{'0' * 64}: The id says another hash than its document has: that is"
            f" {hashed(VIEWER)}."
        ),
        "again.json: mine: the id mine is another document's too.",
        "nul.graphql: must not contain the character NUL",
    }
    assert tollhouse.ask("select count(*) from trusted_document") == 0


def test_an_id_is_not_given_to_another_document(tollhouse, file):
    tollhouse("documents", "add", file("a.json", {"mine": VIEWER}))

    said = tollhouse.refused("documents", "add", file("b.json", {"mine": PAGE}))

    assert said == (
        "mine is there already, with another text. Remove it first, or give this one another id."
    )


def test_documents_are_removed_all_or_none(tollhouse, file):
    tollhouse("documents", "add", file("a.json", {"one": VIEWER, "two": PAGE}))

    said = tollhouse.refused("documents", "remove", "one", "three", "four")
    assert said == "There is no such trusted document: four, three"
    assert tollhouse("documents", "remove", "one", "two", "one").stdout == "2 removed\n"

    assert tollhouse.json("documents", "list") == []


def test_a_file_must_be_there(tollhouse):
    assert "does not exist" in tollhouse.refused("documents", "add", "nowhere.json", code=2)


@pytest.mark.parametrize(("stated", "only"), [("", False), ("any", False), ("trusted", True)])
def test_any_document_is_run_unless_it_is_said(stated, only):
    environment = {"TOLLHOUSE_DOCUMENTS": stated}

    assert read({"documents": None}, environment).only_trusted is only


def test_the_command_of_the_console_knows_the_schema(database_url, file, tmp_path):
    """As a process of its own, with all that server.py puts together."""
    given = [file("a.graphql", VIEWER), file("wrong.graphql", "{ nothing }")]
    environment = ENVIRONMENT | {"DATABASE_URL": database_url, "TOLLHOUSE_DATA": str(tmp_path)}

    def add(*files):
        command = [sys.executable, "server.py", "documents", "add", *files]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    refused, added = add(*given), add(given[0])

    assert refused.returncode == 1, refused.stderr
    assert "Cannot query field 'nothing'" in refused.stderr
    assert added.stdout == hashed(VIEWER) + "\n", added.stderr

"""The id of a document in the two ways that requests name one."""

import pytest

from db.trusted_document import hashed
from execution.document_id import document_id
from execution.errors import HttpRefused

ID = hashed("{ a }")
HASH = ID.removeprefix("sha256:")


def apollo(**persisted):
    return {"persistedQuery": {"version": 1, "sha256Hash": HASH, **persisted}}


@pytest.mark.parametrize(
    ("stated", "extensions", "id"),
    [
        (None, {}, None),
        (None, {"persistedQuery": None}, None),
        (ID, {}, ID),
        ("mine", {"trace": 1}, "mine"),
        (None, apollo(), ID),
        (ID, apollo(), ID),
    ],
)
def test_a_document_is_named(stated, extensions, id):
    assert document_id(stated, extensions) == id


@pytest.mark.parametrize("stated", ["", 1, ["a"], {}, "sha256:1", ID.upper(), "a b", "a" * 300])
def test_a_malformed_document_id_is_refused(stated):
    with pytest.raises(HttpRefused, match="`documentId` must be an id such as sha256:"):
        document_id(stated, {})


@pytest.mark.parametrize(
    "persisted",
    [
        1,
        [],
        {},
        {"version": 1},
        {"sha256Hash": HASH},
        {"version": 2, "sha256Hash": HASH},
        {"version": 1, "sha256Hash": HASH.upper()},
        {"version": 1, "sha256Hash": HASH[1:]},
        {"version": 1, "sha256Hash": None},
    ],
)
def test_a_malformed_persisted_query_is_refused(persisted):
    with pytest.raises(HttpRefused, match=r"`extensions\.persistedQuery` must have the version 1"):
        document_id(None, {"persistedQuery": persisted})


def test_two_names_for_two_documents_are_refused():
    with pytest.raises(HttpRefused, match="name two documents"):
        document_id("mine", apollo())

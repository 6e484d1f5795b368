"""Which document a request means: trusted ones for ten seconds, those that clients sent apart."""

import asyncio

import pytest

from db.errors import Unavailable
from db.trusted_document import hashed
from execution.documents import MOST_CHARACTERS, NotValid
from execution.errors import DocumentNotTrusted, HttpRefused
from execution.library import KEPT_SECONDS, MISSING_SECONDS, Library, Shelf
from execution.request import Asked, Sent

TEXT = "{ viewer { ip } }"
ID = hashed(TEXT)
CALLER = object()


class Shelves:
    """What an operator trusts, with a count of who looked; `away` where the database is."""

    def __init__(self):
        self.texts, self.asked, self.now, self.away = {}, [], 0.0, False

    def library(self, **options):
        return Library(self.find, clock=lambda: self.now, **options)

    async def find(self, id, caller):
        assert caller is CALLER
        self.asked.append(id)
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("away")
        return self.texts.get(id)


@pytest.fixture
def shelves():
    return Shelves()


async def text_of(library, query=None, id=None):
    asked = await library.asked(Sent(query, {"x": 1}, "A", id, ("key",)), CALLER)
    assert asked == Asked(asked.query, {"x": 1}, "A", ("key",))
    return asked.query


async def test_a_document_of_its_own_asks_nobody(shelves):
    assert await text_of(shelves.library(), TEXT) == TEXT
    assert shelves.asked == []


async def test_a_trusted_document_is_kept_for_ten_seconds(shelves):
    library, shelves.texts = shelves.library(), {"mine": TEXT}
    assert await text_of(library, id="mine") == TEXT
    del shelves.texts["mine"]
    shelves.now = KEPT_SECONDS - 0.001
    assert await text_of(library, id="mine") == TEXT
    assert shelves.asked == ["mine"]

    shelves.now = KEPT_SECONDS
    with pytest.raises(NotValid) as fault:
        await text_of(library, id="mine")
    assert (fault.value.code, fault.value.errors[0].message) == (
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )


async def test_what_is_missing_is_looked_for_again_after_a_second(shelves):
    library = shelves.library()
    for _ in range(2):
        with pytest.raises(NotValid):
            await text_of(library, id="mine")
    assert shelves.asked == ["mine"]

    shelves.texts, shelves.now = {"mine": TEXT}, MISSING_SECONDS
    assert await text_of(library, id="mine") == TEXT


async def test_one_looks_again_for_all(shelves):
    library, shelves.texts = shelves.library(), {"mine": TEXT}
    await text_of(library, id="mine")
    shelves.now = KEPT_SECONDS

    texts = await asyncio.gather(*[text_of(library, id="mine") for _ in range(5)])

    assert texts == [TEXT] * 5
    assert shelves.asked == ["mine"] * 2


async def test_what_cannot_be_looked_for_is_run_no_longer(shelves):
    library, shelves.texts = shelves.library(), {"mine": TEXT}
    await text_of(library, id="mine")
    shelves.now, shelves.away = KEPT_SECONDS, True

    for _ in range(2):
        with pytest.raises(Unavailable):
            await text_of(library, id="mine")


async def test_a_document_that_was_sent_with_its_id_is_known_by_it(shelves):
    library = shelves.library()
    assert await text_of(library, TEXT, ID) == TEXT

    assert await text_of(library, id=ID) == TEXT


async def test_a_document_with_the_id_of_another_is_refused_and_not_kept(shelves):
    library = shelves.library()
    with pytest.raises(HttpRefused, match=f"The document's id is {hashed('{ a }')}, and the"):
        await text_of(library, "{ a }", ID)

    with pytest.raises(NotValid):
        await text_of(library, id=ID)


async def test_a_document_that_is_too_long_is_not_kept(shelves):
    library, text = shelves.library(), "#" * (MOST_CHARACTERS + 1)
    assert await text_of(library, text, hashed(text)) == text

    with pytest.raises(NotValid):
        await text_of(library, id=hashed(text))


async def test_what_clients_send_pushes_no_trusted_document_out(shelves):
    library, shelves.texts = shelves.library(), {"mine": TEXT}
    await text_of(library, id="mine")
    for number in range(2_100):
        text = f"{{ a{number} }}"
        await text_of(library, text, hashed(text))
        with pytest.raises(NotValid):
            await text_of(library, id=f"missing-{number}")

    assert await text_of(library, id="mine") == TEXT
    assert shelves.asked.count("mine") == 1
    with pytest.raises(NotValid):
        await text_of(library, id=hashed("{ a0 }"))
    assert await text_of(library, id=hashed("{ a2099 }")) == "{ a2099 }"


async def test_where_only_trusted_ones_are_run_the_text_must_be_that_of_one(shelves):
    library, shelves.texts = shelves.library(only_trusted=True), {ID: TEXT, "mine": TEXT}
    assert await text_of(library, TEXT) == TEXT
    assert await text_of(library, TEXT, ID) == TEXT
    assert await text_of(library, id="mine") == TEXT

    for sent in ({"query": TEXT + " "}, {"id": "other"}, {"query": "{a}", "id": hashed("{a}")}):
        with pytest.raises(DocumentNotTrusted, match="tollhouse documents add"):
            await text_of(library, **sent)
    with pytest.raises(DocumentNotTrusted):
        await text_of(library, id=hashed("{a}"))


def test_a_shelf_is_bounded_by_number_and_by_characters():
    shelf = Shelf(size=3, characters=20)
    for id in ("a", "b", "c", "a", "d"):
        shelf.put(id, "text", 0)
    assert [shelf.get(id) for id in "abcd"] == [("text", 0), None, ("text", 0), ("text", 0)]

    shelf.get("a")
    shelf.put("e", "x" * 13, 1)
    assert [shelf.get(id) and id for id in "acde"] == ["a", None, None, "e"]
    shelf.drop("nobody's")
    shelf.put("f", "x" * 30, 2)
    assert shelf.get("f") is None

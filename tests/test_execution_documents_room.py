"""What is kept of a document's operations is bounded, however many spread the same fragment."""

import pytest

import execution.documents
from execution.compiled.room import CHARACTERS_EACH, LEAST_FIELDS
from execution.documents import OPERATION_CHARACTERS, STEPS_EACH, Documents
from execution.guard_rules import GuardRules
from resolvers.root import api
from tests.test_execution_documents import text

FORTY = " ".join(f"a{number}: viewer {{ ip }}" for number in range(40))


@pytest.fixture
def documents():
    return Documents(api._schema, GuardRules())


def test_the_operations_of_a_document_share_its_room(documents):
    """However many spread a fragment, no more is kept than of one that is as long."""
    document = documents.get(
        f"fragment F on Query {{ {FORTY} }} "
        + " ".join(f"query o{number} {{ ...F }}" for number in range(50))
    )
    most, kept = LEAST_FIELDS + len(document.text) // CHARACTERS_EACH, 0
    for number in range(50):
        program = documents.ready(document, f"o{number}").program
        variant = program._variant(())
        kept += len(variant.root.of(program.root).fields) * len(variant.root._compiled)

    assert (kept, document.room.left) == (most // 40 * 40, most % 40)
    assert most < 300
    assert len({id(program.fragments) for program in document.programs.values()}) == 1


def test_an_operation_with_a_name_and_without_is_compiled_once(documents):
    document = documents.get("query One { viewer { ip } }")

    assert documents.ready(document, None).program is documents.ready(document, "One").program
    assert len(document.programs) == 1
    assert documents.ready(document, "One").cost is documents.cost(document, "One")


def test_what_is_planned_counts_as_characters(documents, monkeypatch):
    names = [f"o{number}" for number in range(50)]
    spread = " ".join(f"query {name} {{ ...F }}" for name in names)
    many = documents.get(f"fragment F on Query {{ {FORTY} }} {spread}")
    steps = documents.plan(many, "o0").steps
    each, length = OPERATION_CHARACTERS + steps // STEPS_EACH, len(many.text)
    monkeypatch.setattr(execution.documents, "SIZE_CHARACTERS", length + 40 * each)
    other = documents.get(text(1))
    for name in names[:39] * 2:
        documents.ready(many, name)
        documents.known(many.text)
    assert (steps > 40, documents._characters) == (True, length + 39 * each + len(other.text))

    first = documents.ready(many, "o39")
    assert list(documents._known) == [many.text]
    assert documents._characters == many.size == length + 40 * each
    assert first.program.start({}, None)

    # What is too much for all that may be kept isn't kept, but it runs.
    last = documents.ready(many, "o40")
    assert (len(documents._known), documents._characters) == (0, 0)
    assert last.plan.required({}) == frozenset()
    assert last.program.start({}, None) is None
    size = many.size
    documents.ready(many, "o41")
    assert (many.size, documents._characters) == (size, 0)

"""What a document must be so that it can be trusted."""

import re

import pytest

from execution.trusting import checker
from resolvers.root import api


@pytest.fixture(scope="module")
def check():
    return checker(api)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{ viewer { ip } }", [""]),
        (
            "query A { viewer { ip } } mutation B { ...M } fragment M on Mutation { __typename }",
            "AB",
        ),
        ("subscription S { notificationAdded { id } }", ["S"]),
    ],
)
def test_the_operations_are_named(check, text, names):
    assert check(text) == list(names)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{ viewer { ip }", "line 1, column 16: Syntax Error: Expected Name, found <EOF>."),
        (
            "{ viewer { age } products { sum } }",
            (
                "line 1, column 12: Cannot query field 'age' on type 'Viewer'.; "
                "line 1, column 29: Cannot query field 'sum' on type 'ProductConnection'."
            ),
        ),
        ("fragment F on Query { __typename }", "line 1, column 1: Fragment 'F' is never used."),
        ("type A { a: Int }", "line 1, column 1: The 'A' definition is not executable."),
        ("", "line 1, column 1: Syntax Error: Unexpected <EOF>."),
        ("#" * 100_001, "Document has more than 100000 characters or 2000 lines."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(check, text, fault):
    with pytest.raises(ValueError, match=re.escape(fault)) as error:
        check(text)

    assert str(error.value) == fault

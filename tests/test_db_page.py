"""Which page of a list is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.errors import InvalidInput
from db.page import Ask, substring


@pytest.mark.parametrize(
    ("ask", "size"),
    [
        (Ask(), 20),
        (Ask(first=0), 0),
        (Ask(first=100), 100),
        (Ask(last=7), 7),
        (Ask(last=0), 0),
    ],
)
def test_sizes(ask, size):
    assert ask.size == size


@pytest.mark.parametrize(
    ("ask", "faults"),
    [
        (Ask(first=-1), [("first", "must be from 0 to 100")]),
        (Ask(first=101), [("first", "must be from 0 to 100")]),
        (Ask(last=1001), [("last", "must be from 0 to 100")]),
        (
            Ask(first=1, last=1),
            [("first", "give first or last, not both"), ("last", "give first or last, not both")],
        ),
    ],
)
def test_sizes_that_are_refused(ask, faults):
    with pytest.raises(InvalidInput) as refused:
        _ = ask.size

    assert list(refused.value.faults) == faults


@given(st.text(max_size=20))
def test_a_pattern_has_no_wildcards_but_its_ends(text):
    pattern = substring(text)

    assert pattern[0] == pattern[-1] == "%"
    unescaped = pattern[1:-1].replace("\\\\", "").replace("\\%", "").replace("\\_", "")
    assert not set(unescaped) & set("\\%_")


def test_wildcards_are_escaped():
    assert substring("50%_\\") == "%50\\%\\_\\\\%"

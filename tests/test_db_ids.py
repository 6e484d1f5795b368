"""Identifiers: the layout of RFC 9562, the text of TypeID, the order of time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeid import TypeID

from db.errors import InvalidInput
from db.ids import ALPHABET, Tails, all_shown, form, new_uuid, parsed, prefix_of, shown

PREFIXES = ["key", "org", "inv", "prod", "whk", "dlv", "ntf", "mem", "evt", "ipr", "pay", "aud"]
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # the bounds are naive by rule
SUFFIX = "01m8848cpwer09kyy0znvy0kcc"
MESSAGE = "must be prod_ and 26 letters or digits"


def tick(now):
    return now + timedelta(microseconds=1)


@given(MOMENTS)
def test_the_layout_is_that_of_version_7(now):
    id = new_uuid(now)
    milliseconds, rest = divmod(
        (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta.resolution, 1000
    )

    assert (id.version, id.variant) == (7, RFC_4122)
    assert id.int >> 80 == milliseconds
    # Method 3 of section 6.2: the twelve bits after the version are the millisecond's fraction.
    assert id.int >> 64 & 0xFFF == rest * 4096 // 1000


@given(MOMENTS)
def test_the_order_of_ids_is_that_of_microseconds(now):
    ids = [new_uuid(now), new_uuid(tick(now)), new_uuid(tick(tick(now)))]

    assert sorted(ids) == ids
    texts = [shown("prod", id) for id in ids]
    assert sorted(texts) == texts


def test_ids_of_one_moment_are_in_the_order_in_which_they_are_made():
    now = datetime(2026, 11, 24, tzinfo=UTC)
    later = tick(now)
    # Others are made for another moment meanwhile.
    ids = [(new_uuid(now), new_uuid(later)) for _ in range(1000)]
    first, second = zip(*ids, strict=True)

    assert [*first, *second] == sorted({*first, *second})
    assert {(id.version, id.variant) for id in first} == {(7, RFC_4122)}


def test_ids_can_not_be_told_beforehand():
    now = datetime(2026, 11, 25, tzinfo=UTC)
    moments = [now + number * timedelta.resolution for number in range(1000)]
    tails = [new_uuid(moment).int & (2**62 - 1) for moment in moments]
    steps = [b - a - 1 for a, b in pairwise([new_uuid(now).int for _ in range(1000)])]
    # Each bit of the random part is sometimes set and sometimes not, and so is each of a step.
    assert [0 < sum(tail >> bit & 1 for tail in tails) < 1000 for bit in range(61)] == [True] * 61
    assert [0 < sum(step >> bit & 1 for step in steps) < 999 for bit in range(32)] == [True] * 32


def test_few_moments_are_kept():
    tails = Tails(size=2)
    for moment in (1, 2, 1, 3, 4):
        tails.next(moment)
    assert list(tails._latest) == [3, 4]


@given(st.sampled_from(PREFIXES), st.uuids())
def test_the_text_is_that_of_the_specification(prefix, id):
    oracle = str(TypeID.from_uuid(id, prefix=prefix))

    assert shown(prefix, id) == oracle
    assert parsed(prefix, oracle) == id
    assert prefix_of(oracle) == prefix


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 128, 150])
@given(random=st.randoms(use_true_random=False), prefix=st.sampled_from(PREFIXES))
def test_the_texts_of_many_are_those_of_each(count, random, prefix):
    ids = [UUID(int=random.getrandbits(128)) for _ in range(count)]

    assert all_shown(prefix, ids) == [str(TypeID.from_uuid(id, prefix=prefix)) for id in ids]


@pytest.mark.parametrize(
    ("id", "suffix"),
    [
        ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000"),
        ("00000000-0000-0000-0000-000000000001", "00000000000000000000000001"),
        ("00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"),
        ("00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"),
        ("00000000-0000-0000-0000-000000000020", "00000000000000000000000010"),
        ("0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"),
        ("01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ],
)
def test_the_vectors_of_the_specification(id, suffix):
    assert shown("prefix", UUID(id)) == f"prefix_{suffix}"
    assert parsed("prefix", f"prefix_{suffix}") == UUID(id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        "prod",
        "prod_",
        SUFFIX,
        f"_{SUFFIX}",
        f"inv_{SUFFIX}",
        f"PROD_{SUFFIX}",
        f"prod__{SUFFIX}",
        f"x_prod_{SUFFIX}",
        f"prod-{SUFFIX}",
        f"prod_{SUFFIX.upper()}",
        f"prod_{SUFFIX[:-1]}",
        f"prod_{SUFFIX}0",
        f"prod_8{SUFFIX[1:]}",
        f"prod_z{SUFFIX[1:]}",
        f"prod_{SUFFIX[:-1]}u",
        f"prod_{SUFFIX[:-1]}i",
        f"prod_{SUFFIX[:-1]}-",
        f"prod_{SUFFIX[:-1]}\0",
        f"prod_{SUFFIX[:-1]}\u0663",
        f" prod_{SUFFIX}",
        f"prod_{SUFFIX}\n",
    ],
)
def test_what_is_no_id_of_the_type_is_refused_and_the_field_is_named(text):
    with pytest.raises(InvalidInput) as caught:
        parsed("prod", text, "input.id")

    assert caught.value.details == {"fields": [{"path": "input.id", "message": MESSAGE}]}
    assert form("prod").fullmatch(text) is None


@given(st.sampled_from(ALPHABET), st.text(ALPHABET, min_size=25, max_size=25))
def test_letters_that_fit_into_128_bits_are_written_the_same_way(first, rest):
    text = f"prod_{first}{rest}"

    assert bool(form("prod").fullmatch(text)) is (first <= "7")
    if first <= "7":
        assert shown("prod", parsed("prod", text)) == text
    else:
        with pytest.raises(InvalidInput, match=f"^id: {MESSAGE}$"):
            parsed("prod", text)


def test_the_prefix_of_a_text_without_one_is_empty():
    assert [prefix_of(text) for text in ("", "prod", "_prod", "a_b_c")] == ["", "", "", "a_b"]

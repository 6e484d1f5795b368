"""What several inputs share: each value is taken, or refused with what is wrong with it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import strawberry
from pydantic import TypeAdapter, ValidationError

from schema.inputs import Labels, MaybeLabels, MaybeTime, MaybeUrl, Time, given, url_from

LONG = "https://shop.test/".ljust(2000, "a")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.test",
        "https://shop.test:8443/tea.png?size=1#top",
        "HTTPS://Shop.Test/",
        "https://192.0.2.7/",
        "https://[2001:db8::1]:1/",
        "https://shop.test:65535",
        LONG,
        "https://магазин.test/чай",
        "https://shop.test/a%20b",
        "https://a",
    ],
)
def test_urls_are_kept_as_they_were_given(url):
    assert url_from(url) is url


@pytest.mark.parametrize("value", [None, 7, True, [], {}, b"https://shop.test", LONG + "a"])
def test_what_is_no_text_or_too_long_is_no_url(value):
    with pytest.raises(ValueError, match=r"^must be a URL of at most 2000 characters$"):
        url_from(value)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.test/a b",
        " https://shop.test",
        "https://shop.test ",
        "https://shop.test\n",
        "https://shop\t.test",
        "https://shop.test/\0",
        "https://shop.test/\x7f",
        " ",
        "https://shop.test/\ud800",
        "https://shop.test/\u00a0",
        "https://shop.test/\u202e",
    ],
)
def test_spaces_and_what_cannot_be_seen_are_refused(url):
    with pytest.raises(ValueError, match=r"^must be a URL without spaces or control characters$"):
        url_from(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.test",
        "/tea.png",
        "http://shop.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:",
        "https://",
        "https:shop.test",
        "https:///tea.png",
        "https://?a",
        "https://:443/",
        "https://user@/",
        "https://shop.test:0/",
        "https://shop.test:65536",
        "https://shop.test:x",
        "https://[::1",
        "https://[shop]/",
    ],
)
def test_other_schemes_and_no_host_are_refused(url):
    with pytest.raises(ValueError, match=r"^must be a URL that begins with https://$"):
        url_from(url)


def checked(kind, value):
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("kind", [MaybeLabels, MaybeTime, MaybeUrl])
def test_null_is_taken_where_it_may_be(kind):
    assert checked(kind, None) is None


@pytest.mark.parametrize(
    ("kind", "reason"), [(Labels, "must be an object"), (Time, "must be an RFC 3339 time")]
)
def test_null_is_refused_where_it_may_not_be(kind, reason):
    with pytest.raises(ValidationError, match=reason):
        checked(kind, None)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (Time, "2026-11-23T18:08:16+01:00", datetime(2026, 11, 23, 17, 8, 16, tzinfo=UTC)),
        (MaybeTime, "2026-11-23T17:08:16Z", datetime(2026, 11, 23, 17, 8, 16, tzinfo=UTC)),
        (MaybeUrl, "https://shop.test/", "https://shop.test/"),
        (Labels, {"color": "green"}, {"color": "green"}),
        (MaybeLabels, {}, {}),
    ],
)
def test_what_fits_is_taken(kind, value, kept):
    assert checked(kind, value) == kept


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (Time, "yesterday", "must be an RFC 3339 time"),
        (MaybeTime, 1764000000, "must be an RFC 3339 time"),
        (MaybeUrl, "http://shop.test", "must be a URL that begins with https://"),
        (Labels, {"color": 1}, "'color' must be a text"),
        (MaybeLabels, [], "must be an object"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(kind, value, reason):
    with pytest.raises(ValidationError) as refused:
        checked(kind, value)

    [error] = refused.value.errors()
    assert error["msg"].startswith(f"Value error, {reason}")


def test_only_what_was_sent_counts_as_given():
    changes = SimpleNamespace(
        id="prod_1", name=strawberry.Some("Tea"), memo=strawberry.Some(None), price=None
    )

    assert given(changes) == {"name": "Tea", "memo": None}


def test_nothing_sent_is_nothing_given():
    assert given(SimpleNamespace(id="prod_1", name=None)) == {}

"""Types that several inputs share."""

import pytest
import strawberry
import strawberry.pydantic
from pydantic import BaseModel, ValidationError

from schema.inputs import Labels, MaybeLabels, MaybeTime, MaybeUrl, Time, given, url_from
from schema.scalars import time_from


@pytest.mark.parametrize(
    "url",
    ["https://a.test", "https://a.test:8443/x?y=z#f", "https://[2001:db8::1]/", "https://ä.test/ü"],
)
def test_https_is_taken_as_it_is(url):
    assert url_from(url) == url


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "",
        "a.test",
        "http://a.test",
        "ftp://a.test",
        "https://",
        "https:///x",
        "https://a.test/" + "x" * 2000,
        "https://a.test/a b",
        "https://a.test/\n",
        "https://a\x00",
        "https://a.test:0",
        "https://a.test:99999",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_anything_else_is_refused(value):
    with pytest.raises(ValueError, match="must be a URL"):
        url_from(value)


@strawberry.pydantic.input
class Changes(BaseModel):
    name: strawberry.Maybe[str] = None
    note: strawberry.Maybe[str | None] = None


def test_only_what_was_sent_is_given():
    assert given(Changes()) == {}
    assert given(Changes.model_validate({"name": "x", "note": None})) == {
        "name": "x",
        "note": None,
    }


class Stated(BaseModel):
    time: Time = time_from("2026-11-23T17:08:16Z")
    maybe_time: MaybeTime = None
    url: MaybeUrl = None
    labels: Labels = {}
    maybe_labels: MaybeLabels = None


@pytest.mark.parametrize("field", ["maybe_time", "url", "maybe_labels"])
def test_null_is_taken_where_it_may_be(field):
    assert getattr(Stated.model_validate({field: None}), field) is None


@pytest.mark.parametrize("field", ["time", "maybe_time", "url", "labels", "maybe_labels"])
def test_each_says_what_is_wrong(field):
    with pytest.raises(ValidationError) as refused:
        Stated.model_validate({field: 5})

    [error] = refused.value.errors()
    assert error["loc"] == (field,)
    assert error["msg"].startswith("Value error, must be a")

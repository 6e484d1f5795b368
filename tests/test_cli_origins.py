"""Origins of pages: which are taken, and what is said of the others."""

import pytest

from cli.origins import origins
from cli.settings import Faulty, read

ANY = "* would let every page of the web call: name each origin, as https://shop.example."


def test_each_origin_is_one_that_browsers_send():
    text = "https://shop.example, http://localhost:5173,https://[2001:db8::1]:8443"
    given = {"cors_origins": None}

    found = read(given, {"TOLLHOUSE_CORS_ORIGINS": text}).cors_origins

    assert found == {"https://shop.example", "http://localhost:5173", "https://[2001:db8::1]:8443"}
    assert read(given, {}).cors_origins == frozenset()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example/admin?x=1#y", "https://shop.example"),
        ("https://Shop.EXAMPLE", "https://shop.example"),
        ("HTTPS://shop.example", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443/", "http://shop.example:443"),
        ("https://me:hush@shop.example", "https://shop.example"),
    ],
)
def test_what_browsers_write_otherwise_is_told_as_they_do(text, canonical):
    with pytest.raises(ValueError, match="Browsers write") as told:
        origins(f"https://other.example,{text}")

    assert str(told.value) == f"Browsers write {text!r} as {canonical}: write it so."


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https://*.shop.example",
        "https://shop.example:99999",
        "https://shop.example:x",
        "https://[2001:db8::1",
        "https://bücher.example",
        "https://shop..example",
        "https://shop_.example",
        "",
    ],
)
def test_anything_else_is_no_origin(text):
    with pytest.raises(ValueError, match="is no origin") as told:
        origins(f"https://other.example,{text}")

    assert str(told.value).startswith(f"{text!r} is no origin: write each as https://shop.example")


def test_nobody_lets_all_pages_in():
    with pytest.raises(Faulty) as told:
        read({"cors_origins": None}, {"TOLLHOUSE_CORS_ORIGINS": "https://shop.example,*"})

    assert ANY in str(told.value)

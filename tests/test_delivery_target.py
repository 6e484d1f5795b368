"""How requests begin, whatever URLs and headers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.target import Origin, Unsupported, request_head, target_of

HEAD = "user-agent: T/1\r\naccept: */*\r\naccept-encoding: identity\r\n"
PLAIN = target_of("http://a.example/", "T/1")


def test_a_request_is_written_to_the_byte():
    target = target_of("https://hooks.example:8443/a/b?c=d#e", "T/1")

    head = request_head(target, {"webhook-id": "msg_1", "x-y": "100%s"}, 42, keep=True)

    assert target.origin == Origin("https", "hooks.example", 8443)
    assert head.decode() == (
        "POST /a/b?c=d HTTP/1.1\r\nhost: hooks.example:8443\r\n" + HEAD + "webhook-id: msg_1\r\n"
        "x-y: 100%s\r\ncontent-length: 42\r\n\r\n"
    )


def test_one_whose_connection_is_not_kept_says_so():
    head = request_head(PLAIN, {}, 0, keep=False)

    assert head.decode() == (
        "POST / HTTP/1.1\r\nhost: a.example\r\n" + HEAD + "connection: close\r\n"
        "content-length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("url", "origin", "path", "host"),
    [
        ("http://a.example", ("http", "a.example", 80), "/", "a.example"),
        ("https://a.example?b", ("https", "a.example", 443), "/?b", "a.example"),
        ("https://A.Example./", ("https", "a.example", 443), "/", "a.example"),
        ("https://a.example:443/", ("https", "a.example", 443), "/", "a.example"),
        ("https://me:secret@a.example/", ("https", "a.example", 443), "/", "a.example"),
        ("https://bücher.example/ü", ("https", "xn--bcher-kva.example", 443), "/%C3%BC", None),
        ("http://[2001:db8::1]:81/", ("http", "2001:db8::1", 81), "/", "[2001:db8::1]:81"),
        ("http://a.example/x%0d%0ay", ("http", "a.example", 80), "/x%0D%0Ay", "a.example"),
        ("http://a.example/x y", ("http", "a.example", 80), "/x%20y", "a.example"),
    ],
)
def test_a_url_is_read(url, origin, path, host):
    target = target_of(url, "T/1")

    assert target.origin == origin
    assert target.head == f"POST {path} HTTP/1.1\r\nhost: {host or origin[1]}\r\n" + HEAD


@pytest.mark.parametrize("url", ["ftp://a.example/", "/hooks", "", "file:///etc/passwd"])
def test_other_schemes_lead_nowhere(url):
    with pytest.raises(Unsupported):
        target_of(url, "T/1")


@pytest.mark.parametrize("url", ["http:///", "http://a..b/", "https://./", "http://a.example:x/"])
def test_what_has_no_host_leads_nowhere(url):
    with pytest.raises(ValueError, match=r".") as told:
        target_of(url, "T/1")
    assert not isinstance(told.value, Unsupported)


@given(st.text(max_size=40))
def test_no_url_breaks_out_of_its_line(text):
    for url in (f"http://a.example/{text}", f"http://{text}/", f"http://a.example{text}"):
        try:
            head = target_of(url, "T/1").head
        except ValueError:
            continue
        assert head.isascii()
        assert head.count("\r\n") == head.count("\r") == head.count("\n") == 5
        assert head.splitlines()[0].count(" ") == 2


@pytest.mark.parametrize(
    "value", ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "é", "a\r\n\r\nPOST / HTTP/1.1"]
)
def test_no_header_breaks_out_of_its_line(value):
    with pytest.raises(ValueError, match="line break"):
        request_head(PLAIN, {"webhook-id": value}, 0, keep=True)


@pytest.mark.parametrize(
    "name",
    [
        *("", "a b", "a:", "a\r\nb", "X-Upper", "%s", "é", "host", "content-length", "connection"),
        *("transfer-encoding", "user-agent"),
    ],
)
def test_no_name_does_either_or_is_said_twice(name):
    with pytest.raises(ValueError, match="no header that a webhook can have"):
        request_head(PLAIN, {name: "a"}, 0, keep=True)

"""The settings of mail: servers and mailboxes that are taken, and what is said of others."""

import re

import pytest

from access.smtp_server import SmtpServer, Tls
from cli.mail_settings import ESCAPES, FORM, mail_from, smtp_url

BLANK = f"It has a blank or a control character. {ESCAPES}"
HALF = "Its user or its password is missing: give both, or neither with their @."
PLACE = f"Its host or port can't be read. {ESCAPES}"
PART = "Its host can't be a name: a part of it is empty or too long."
REST = f"What follows its host and port can't be read. {ESCAPES}"
QUERY = f"What follows its ? must be starttls=require, starttls=prefer or starttls=off. {ESCAPES}"
PREFER = (
    "With starttls=prefer, whoever stands between could have the password sent in the clear:"
    " write starttls=require, or starttls=off where that network is trusted."
)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.test", SmtpServer("mail.test", 587, Tls.REQUIRED)),
        ("smtp://MAIL.test:25/?starttls=prefer", SmtpServer("mail.test", 25, Tls.PREFERRED)),
        ("smtp://localhost", SmtpServer("localhost", 587, Tls.PREFERRED)),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525, Tls.PREFERRED)),
        ("smtp://127.0.0.1?starttls=require", SmtpServer("127.0.0.1", 587, Tls.REQUIRED)),
        ("smtps://[2001:db8::1]", SmtpServer("2001:db8::1", 465, Tls.FROM_THE_START)),
        (
            "smtps://me%40shop.test:p%3Aa%2Fs%25s%20%C3%A9@mail.test:4465",
            SmtpServer("mail.test", 4465, Tls.FROM_THE_START, "me@shop.test", "p:a/s%s é"),
        ),
        (
            "smtp://me:hu:s@h@mail.test?starttls=off",
            SmtpServer("mail.test", 587, Tls.OFF, "me", "hu:s@h"),
        ),
        (
            "smtp://me:hush@localhost?starttls=prefer",
            SmtpServer("localhost", 587, Tls.PREFERRED, "me", "hush"),
        ),
    ],
)
def test_a_server_is_read_from_its_url(url, server):
    assert smtp_url(url) == server


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("mail.test:587", FORM),
        ("http://me:hush@mail.test", FORM),
        ("smtp://me:hush@[::1", FORM),
        ("smtp://me:hu sh@mail.test", BLANK),
        ("smtp://me:hu\nsh@mail.test", BLANK),
        ("smtp://me:hu/hush@mail.test", REST),
        ("smtp://me:1/hush@mail.test", REST),
        ("smtp://me:hu#hush@mail.test", REST),
        ("smtp://me:hu?hush@mail.test", PLACE),
        ("smtp://me@mail.test", HALF),
        ("smtp://:hush@mail.test", HALF),
        ("smtp://me:@mail.test", HALF),
        ("smtp://@mail.test", HALF),
        (
            "smtp://me:hush%@mail.test",
            f"The % in its password needs two hexadecimal digits. {ESCAPES}",
        ),
        (
            "smtp://m%zz:hush@mail.test",
            f"The % in its user needs two hexadecimal digits. {ESCAPES}",
        ),
        ("smtp://me:hush%00@mail.test", "Its password has a control character, or is not UTF-8."),
        ("smtp://m%ff:hush@mail.test", "Its user has a control character, or is not UTF-8."),
        ("smtp://me:hush@", PLACE),
        ("smtp://me:hush@ma_il.test:port", PLACE),
        ("smtp://me:hush@mail.test:65536", PLACE),
        ("smtp://me:hush@mail.test:0", "Its port can't be 0."),
        ("smtp://me:hush@[mail.test]", FORM),
        ("smtp://me:hush@почта.test", PLACE),
        ("smtp://me:hush@mail..test", PART),
        (f"smtp://me:hush@{'m' * 64}.test", PART),
        ("smtp://me:hush@mail.test?tls=on", QUERY),
        ("smtp://me:hush@mail.test?starttls=yes", QUERY),
        ("smtp://me:hush@mail.test?starttls=from the start", BLANK),
        ("smtp://me:hush@mail.test?starttls=off&starttls=require", QUERY),
        (
            "smtps://me:hush@mail.test?starttls=require",
            "smtps:// is encrypted from the start: leave out what follows its ?.",
        ),
        ("smtp://me:hush@mail.test?starttls=prefer", PREFER),
    ],
)
def test_a_bad_url_is_told_without_showing_it(url, fault):
    with pytest.raises(ValueError, match=re.escape(fault)) as raised:
        smtp_url(url)

    assert str(raised.value) == fault
    assert "hush" not in str(raised.value)


def test_a_server_does_not_show_its_password():
    assert "hush" not in repr(smtp_url("smtp://me:hush@mail.test"))


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("no-reply@shop.test", "no-reply@shop.test"),
        (" Tollhouse <no-reply@shop.test> ", "Tollhouse <no-reply@shop.test>"),
        ('"Acme, Inc." <a.b+c@shop.test>', '"Acme, Inc." <a.b+c@shop.test>'),
        ("Acme, Inc. <root@localhost>", '"Acme, Inc." <root@localhost>'),
        ("Лавка <no-reply@shop.test>", "Лавка <no-reply@shop.test>"),
        ("<no-reply@shop.test>", "no-reply@shop.test"),
    ],
)
def test_a_mailbox_is_shown_as_its_header_needs_it(text, mailbox):
    assert mail_from(text) == mailbox


@pytest.mark.parametrize(
    "text",
    [
        "Tollhouse",
        "no-reply@",
        "@shop.test",
        "a@b@shop.test",
        "no..reply@shop.test",
        "no-reply@shop..test",
        "no-reply@-shop.test",
        "почта@shop.test",
        "no-reply@лавка.test",
        "Tollhouse <no-reply@shop.test>, eve@x.test",
        "Tollhouse\r\nBcc: eve@x.test <no-reply@shop.test>",
        "no reply@shop.test",
    ],
)
def test_what_is_no_mailbox_is_refused(text):
    with pytest.raises(ValueError, match=r"^Give a mailbox such as Tollhouse <no-reply@example"):
        mail_from(text)

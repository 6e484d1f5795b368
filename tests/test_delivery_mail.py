"""Mail is sent once, to a real server, and what that says decides what becomes of it."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.house import Clock
from tests.smtp_parts import (
    SENDER,
    Post,
    all_mail,
    mail_server,
    outbox,
    outcomes,
    running,
    until,
    waiting,
)


@pytest.fixture
def clock():
    return Clock()


async def sent_by(database, clock, post, **options):
    """Send what waits, by a server that does as `post` says."""
    async with mail_server(post, **options) as port:
        return await outbox(database, clock, port).send_some()


async def test_a_mail_is_sent_with_the_headers_that_it_needs(database, clock):
    post, now = Post(), clock.now.replace(microsecond=0)
    body = "Привет: the key was used.\n.\n" + "long " * 300 + "\nEnd\n"
    await waiting(database, now, "bob@x.test", subject="Ключ № 1 was used", body=body)
    [mail] = await all_mail(database)

    assert await sent_by(database, clock, post) is True

    [message] = post.taken
    assert {name.lower(): str(value) for name, value in message.items()} == {
        "from": SENDER,
        "to": "bob@x.test",
        "subject": "Ключ № 1 was used",
        "date": now.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "message-id": f"<{mail.typeid}@shop.test>",
        "auto-submitted": "auto-generated",
        "content-type": 'text/plain; charset="utf-8"',
        "content-transfer-encoding": "quoted-printable",
        "mime-version": "1.0",
    }
    assert message.get_content().replace("\r\n", "\n") == body
    assert await outcomes(database) == [("SENT", 1, None)]
    assert await sent_by(database, clock, post) is False


async def test_a_subject_adds_no_header_and_no_line(database, clock):
    post = Post()
    subject = "A key\r\nBcc: eve@x.test\n\nBody\x85\u2028 of\x1b Eve"
    await waiting(database, clock.now, "bob@x.test", subject=subject)

    await sent_by(database, clock, post)

    assert post.taken[0]["Subject"] == "A key Bcc: eve@x.test Body of Eve"
    assert (post.taken[0]["Bcc"], post.recipients) == (None, ["bob@x.test"])


@pytest.mark.parametrize(
    "recipient",
    [
        "bob",
        "bob@x.test\r\nBcc: eve@x.test",
        "bob@x.test, eve@x.test",
        "Bob <bob@x.test>",
        "bob@x@y.test",
        "@x.test",
    ],
)
async def test_what_is_no_address_is_given_up_and_the_others_are_sent(database, clock, recipient):
    post = Post()
    await waiting(database, clock.now, recipient, "bob@x.test")

    await sent_by(database, clock, post)

    reason = "The recipient is no address that mail can be sent to."
    assert await outcomes(database) == [("FAILED", 1, reason), ("SENT", 1, None)]
    assert post.recipients == ["bob@x.test"]


async def test_ten_at_a_time_go_over_one_connection(database, hub, clock):
    post = Post()
    await waiting(database, clock.now, *[f"bob{number}@x.test" for number in range(12)])

    async with mail_server(post) as port, running(database, hub, clock, port):
        await until(database, *["SENT"] * 12)

    assert sorted(post.recipients) == sorted(f"bob{number}@x.test" for number in range(12))
    assert post.connections == 2


@pytest.mark.parametrize(
    ("recipient", "answer", "outcome"),
    [
        ("gone", "550 5.1.1 No such user", ("FAILED", "550 5.1.1 No such user")),
        ("gray", "450 Come back later", ("PENDING", "450 Come back later")),
    ],
)
async def test_a_refused_recipient_is_not_asked_again_unless_the_server_says_so(
    database, clock, recipient, answer, outcome
):
    post = Post(**{recipient: answer})
    await waiting(database, clock.now, f"{recipient}@x.test", "bob@x.test")

    await sent_by(database, clock, post)

    status, said = outcome
    expected = [(status, 1, f"The mail server said: {said}"), ("SENT", 1, None)]
    assert await outcomes(database) == expected
    assert (post.recipients, post.connections) == (["bob@x.test"], 1)


@pytest.mark.parametrize(
    ("what", "answer", "status"),
    [
        ("content", "554 Spam", "FAILED"),
        ("content", "452 Full", "PENDING"),
        ("sender", "550 Not yours", "PENDING"),
        ("sender", "451 Later", "PENDING"),
    ],
)
async def test_refused_content_is_final_and_a_refused_sender_is_not(
    database, clock, what, answer, status
):
    await waiting(database, clock.now, "bob@x.test")

    with capture_logs() as entries:
        await sent_by(database, clock, Post(**{what: answer}))

    assert await outcomes(database) == [(status, 1, f"The mail server said: {answer}")]
    assert [entry["reason"] for entry in entries] == [f"The mail server said: {answer}"]
    [mail] = await all_mail(database)
    assert mail.status == "FAILED" or timedelta(minutes=1) <= (
        mail.next_attempt_at - clock.now
    ) <= timedelta(minutes=1.1)


async def test_what_the_server_said_is_kept_as_one_short_line(database, clock):
    await waiting(database, clock.now, "bob@x.test")

    await sent_by(database, clock, Post(bob=b"550-No\xff\x00\r\n550 " + b"n" * 600))

    said = "The mail server said: 550 No "
    assert await outcomes(database) == [("FAILED", 1, said + "n" * (500 - len(said)))]


async def test_letters_beyond_ascii_in_an_address_need_a_server_that_takes_them(database, clock):
    old, new = Post(), Post()
    reason = (
        "An address containing non-ASCII characters was provided, but SMTPUTF8 is not supported"
        " by this server"
    )
    await waiting(database, clock.now, "почта@пример.test")
    await sent_by(database, clock, old)
    await waiting(database, clock.now, "почта@пример.test")
    await sent_by(database, clock, new, enable_SMTPUTF8=True)

    assert await outcomes(database) == [("FAILED", 1, reason), ("SENT", 1, None)]
    assert (old.recipients, new.recipients) == ([], ["почта@пример.test"])
    assert new.taken[0]["To"] == "почта@пример.test"


async def test_several_processes_send_each_mail_once(database, clock):
    post = Post()
    await waiting(database, clock.now, *[f"bob{number}@x.test" for number in range(24)])

    async with mail_server(post) as port:
        boxes = [outbox(database, clock, port) for _ in range(3)]
        assert await asyncio.gather(*(box.send_some() for box in boxes)) == [True] * 3

    assert len(post.recipients) == len(set(post.recipients)) == 24
    assert await outcomes(database) == [("SENT", 1, None)] * 24


async def test_a_process_that_dies_while_sending_leads_to_the_same_message_again(database, clock):
    post = Post()
    post.wait.clear()
    await waiting(database, clock.now, "bob@x.test")

    async with mail_server(post) as port:
        dying = asyncio.create_task(outbox(database, clock, port).send_some())
        await post.came.wait()
        dying.cancel()
        await asyncio.wait([dying])
        post.wait.set()
        other = outbox(database, clock, port)
        assert await other.send_some() is False
        clock.advance(seconds=61)
        assert await other.send_some() is True

    assert await outcomes(database) == [("SENT", 2, None)]
    [first, second] = post.taken
    names = ("Message-ID", "Date", "Subject", "To")
    assert [first[name] for name in names] == [second[name] for name in names]


async def test_new_mail_is_sent_as_it_comes(database, hub, clock):
    post = Post()
    async with mail_server(post) as port, running(database, hub, clock, port):
        await waiting(database, clock.now, "bob@x.test")
        await asyncio.wait_for(post.came.wait(), 4)
        await until(database, "SENT")


async def test_what_could_not_be_sent_is_looked_for_again(database, hub, clock, monkeypatch):
    monkeypatch.setattr("delivery.mail.POLL_SECONDS", 0.01)
    post = Post(bob="450 Later")
    async with mail_server(post) as port, running(database, hub, clock, port):
        await waiting(database, clock.now, "bob@x.test")
        while not (await all_mail(database))[0].error:
            await asyncio.sleep(0.01)
        del post.answers["bob"]
        clock.advance(seconds=67)
        await until(database, "SENT")

    assert await outcomes(database) == [("SENT", 2, None)]

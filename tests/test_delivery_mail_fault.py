"""Mail when the server, the way to it, or the database has a fault."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from access.smtp_server import Tls
from db.errors import Unavailable
from delivery.mail import Faulty
from tests.house import Clock
from tests.smtp_parts import (
    Post,
    all_mail,
    certified,
    mail_server,
    outbox,
    outcomes,
    running,
    until,
    waiting,
)

TOLD = "Mail can't be sent for now; it is tried again."
LATE = "The mail server didn't answer in time."
WRONG = "The mail server said: 535 5.7.8 Authentication credentials invalid"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def certificate(tmp_path):
    return certified(tmp_path)


class Shaky:
    """A database that is away when it is asked for the given times, and well otherwise."""

    def __init__(self, database, *away):
        self._database, self._away, self.asked = database, away, 0

    @asynccontextmanager
    async def transaction(self):
        self.asked += 1
        if self.asked in self._away:
            raise Unavailable("away")
        async with self._database.transaction() as connection:
            yield connection


async def test_without_a_server_all_is_tried_again(database, clock, unused_tcp_port):
    await waiting(database, clock.now, "a@x.test", "b@x.test")

    with pytest.raises(Faulty, match=f"Error connecting to 127.0.0.1 on port {unused_tcp_port}"):
        await outbox(database, clock, unused_tcp_port).send_some()

    assert [(status, count) for status, count, _ in await outcomes(database)] == [
        ("PENDING", 1),
        ("PENDING", 1),
    ]


async def test_a_lost_connection_is_an_attempt_of_one_mail_alone(database, clock):
    post = Post(drop="drop")
    await waiting(database, clock.now, "a@x.test", "drop@x.test", "c@x.test")

    async with mail_server(post) as port:
        box = outbox(database, clock, port)
        with pytest.raises(Faulty):
            await box.send_some()
        [first, second, third] = await outcomes(database)
        assert (first, second[:2], third) == (
            ("SENT", 1, None),
            ("PENDING", 1),
            ("PENDING", 0, None),
        )
        assert await box.send_some() is True

    assert post.recipients == ["a@x.test", "c@x.test"]


async def test_a_connection_that_the_server_has_ended_is_made_again(database, clock):
    post = Post(ends_after=1)
    await waiting(database, clock.now, "a@x.test", "b@x.test")

    async with mail_server(post) as port:
        box = outbox(database, clock, port)
        assert [await box.send_some() for _ in range(3)] == [True, True, False]

    assert await outcomes(database) == [("SENT", 1, None)] * 2
    assert post.connections == 2


async def test_a_server_that_never_answers_holds_nothing_up_for_long(database, clock, monkeypatch):
    monkeypatch.setattr("delivery.mail.BATCH_SECONDS", 0.3)
    post = Post()
    post.wait.clear()
    await waiting(database, clock.now, "a@x.test", "b@x.test")

    async with mail_server(post) as port:
        with pytest.raises(Faulty, match=LATE):
            await outbox(database, clock, port).send_some()

        assert await outcomes(database) == [("PENDING", 1, LATE), ("PENDING", 0, None)]


async def test_a_batch_that_took_too_long_leaves_the_rest_to_the_next(database, clock, monkeypatch):
    monkeypatch.setattr("delivery.mail.BATCH_SECONDS", 1)
    monkeypatch.setattr("delivery.mail.POLL_SECONDS", 1)
    await waiting(database, clock.now, "a@x.test", "b@x.test")

    async with mail_server(Post()) as port:
        with capture_logs():
            assert await outbox(Shaky(database, 2), clock, port).send_some() is True
        assert await outcomes(database) == [("SENT", 1, None), ("PENDING", 0, None)]
        assert await outbox(database, clock, port).send_some() is True

    assert await outcomes(database) == [("SENT", 1, None)] * 2


async def test_a_login_goes_over_tls_alone(database, clock, certificate, monkeypatch):
    context, path = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    post, login = Post(), {"user": "post", "password": "hu:sh"}
    safe = {"auth_required": True, "auth_require_tls": True}
    await waiting(database, clock.now, "a@x.test")

    async with mail_server(post, tls_context=context, **safe) as port:
        assert await outbox(database, clock, port, Tls.REQUIRED, **login).send_some()

    assert (post.logins, post.secure) == ([("post", "hu:sh")], [True])
    assert await outcomes(database) == [("SENT", 1, None)]


async def test_tls_from_the_start(database, clock, certificate, monkeypatch):
    context, path = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    post, login = Post(), {"user": "post", "password": "hu:sh"}
    await waiting(database, clock.now, "a@x.test")

    async with mail_server(post, tls=context) as port:
        assert await outbox(database, clock, port, Tls.FROM_THE_START, **login).send_some()

    assert post.logins == [("post", "hu:sh")]
    assert await outcomes(database) == [("SENT", 1, None)]


@pytest.mark.parametrize("tls", [Tls.REQUIRED, Tls.FROM_THE_START])
async def test_a_certificate_that_nobody_vouches_for_is_refused(database, clock, certificate, tls):
    post, login = Post(), {"user": "post", "password": "hu:sh"}
    context, _ = certificate
    options = {"tls_context": context} if tls is Tls.REQUIRED else {"tls": context}
    await waiting(database, clock.now, "a@x.test")

    async with mail_server(post, **options) as port:
        with pytest.raises(Faulty, match="self-signed certificate"):
            await outbox(database, clock, port, tls, **login).send_some()

    assert (post.logins, post.taken) == ([], [])


async def test_where_tls_is_required_nothing_goes_without_it(database, clock):
    post, login = Post(), {"user": "post", "password": "hu:sh"}
    await waiting(database, clock.now, "a@x.test")

    async with mail_server(post) as port:
        with pytest.raises(Faulty, match="STARTTLS extension not supported by server"):
            await outbox(database, clock, port, Tls.REQUIRED, **login).send_some()

    assert (post.logins, post.taken) == ([], [])


@pytest.mark.parametrize("offers", [True, False])
async def test_preferred_tls_is_used_where_it_is_offered(database, clock, certificate, offers):
    post, context = Post(), certificate[0] if offers else None
    await waiting(database, clock.now, "a@x.test")

    async with mail_server(post, tls_context=context) as port:
        assert await outbox(database, clock, port, Tls.PREFERRED).send_some()

    assert post.secure == [offers]


async def test_a_wrong_password_is_told_once_and_never_shown(
    database, hub, clock, monkeypatch, caplog
):
    monkeypatch.setattr("delivery.mail.POLL_SECONDS", 0.01)
    post, login = Post(), {"user": "post", "password": "wrong-one"}
    await waiting(database, clock.now, *[f"bob{number}@x.test" for number in range(25)])

    with capture_logs() as entries:
        async with mail_server(post) as port, running(database, hub, clock, port, **login):
            while {error for *_, error in await outcomes(database)} != {WRONG}:
                await asyncio.sleep(0.01)

    assert await outcomes(database) == [("PENDING", 1, WRONG)] * 25
    assert entries == [{"event": TOLD, "log_level": "warning", "reason": WRONG}]
    assert post.connections == 3
    assert "wrong-one" not in caplog.text


async def test_what_was_sent_is_written_down_when_the_database_is_back(
    database, clock, monkeypatch
):
    monkeypatch.setattr("delivery.mail.POLL_SECONDS", 0.01)
    post = Post()
    await waiting(database, clock.now, "a@x.test")

    with capture_logs() as entries:
        async with mail_server(post) as port:
            assert await outbox(Shaky(database, 2, 3), clock, port).send_some()

    assert await outcomes(database) == [("SENT", 1, None)]
    assert (len(post.taken), [entry["reason"] for entry in entries]) == (1, ["away"])


async def test_the_worker_goes_on_after_any_fault(database, hub, clock, monkeypatch):
    monkeypatch.setattr("delivery.mail.POLL_SECONDS", 0.01)
    post, shaky = Post(), Shaky(database, 1, 2)
    left = iter([ZeroDivisionError()])

    def broken():
        for fault in left:
            raise fault
        return clock()

    with capture_logs() as entries:
        async with mail_server(post) as port, running(shaky, hub, broken, port):
            await waiting(database, clock.now, "a@x.test")
            await until(database, "SENT")

    assert [(entry["event"], entry["log_level"]) for entry in entries] == [
        (TOLD, "warning"),
        ("Sending mail has a fault.", "error"),
    ]


async def test_a_stop_does_not_wait_for_the_server(database, hub, clock):
    post = Post()
    post.wait.clear()
    await waiting(database, clock.now, "a@x.test")

    async with mail_server(post) as port:
        async with running(database, hub, clock, port):
            await post.came.wait()
        assert [mail.status for mail in await all_mail(database)] == ["PENDING"]

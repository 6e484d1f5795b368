"""A real mail server on loopback, and mail that waits to be sent by it."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from uuid import UUID

import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from access.smtp_server import SmtpServer, Tls
from db.ids import new_uuid
from db.mail import Mail
from db.news import Kind, News, gather
from db.statement import Statement, inserts, statement, table_of
from delivery.mail import Outbox, run

INSERT = statement(inserts(Mail))
TABLE = table_of(Mail)
OF_OWNER = Statement(
    sa.select(*TABLE.columns)
    .where(TABLE.c.organization_id == sa.bindparam("owner", type_=sa.Uuid))
    .order_by(TABLE.c.id),
    Mail,
)
OWNER = UUID(int=7)
SENDER = "Tollhouse <no-reply@shop.test>"
PATIENCE_SECONDS = 20


class Post:
    """What a mail server was given, and what it answers to senders, recipients and content."""

    def __init__(self, *, ends_after=None, **answers):
        self.answers, self.ends_after = answers, ends_after
        self.taken, self.envelopes, self.secure = [], [], []
        self.connections, self.logins = 0, []
        self.came = asyncio.Event()
        # What the server waits for before it answers to content.
        self.wait = asyncio.Event()
        self.wait.set()

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("sender", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's
        answer = self.answers.get(address.partition("@")[0], "250 OK")
        if answer == "drop":
            server.transport.abort()
            return "421 Gone"
        if answer == "250 OK":
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.mail_options))
        self.secure.append(session.ssl is not None)
        self.came.set()
        await self.wait.wait()
        if len(self.taken) == self.ends_after:
            await server.push("250 OK")
            server.transport.close()
        return self.answers.get("content", "250 OK")

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.logins[-1] == ("post", "hu:sh"), handled=False)

    @property
    def recipients(self):
        return [envelope[1][0] for envelope in self.envelopes]


@asynccontextmanager
async def mail_server(post, tls=None, **options):
    """The port of a server; `tls` is a context to speak TLS from the start."""
    loop = asyncio.get_running_loop()

    def protocol():
        post.connections += 1
        return SMTP(
            post,
            loop=loop,
            hostname="mail.test",
            authenticator=post.authenticate,
            **{"auth_require_tls": False} | options,
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        post.wait.set()
        server.close()
        await server.wait_closed()


def certified(folder):
    """A server's TLS context, and the file of the certificate that vouches for 127.0.0.1."""
    key, name = ec.generate_private_key(ec.SECP256R1()), "127.0.0.1"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    address = x509.IPAddress(ip_address(name))
    now, day = datetime.now(UTC), timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path, pem = folder / "server.pem", serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(pem) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


async def waiting(database, now, *recipients, **stated):
    """Mail to each of them, due at once, oldest first."""
    async with database.transaction() as connection:
        for recipient in recipients:
            now += timedelta(microseconds=1)
            row = {"organization_id": OWNER, "id": new_uuid(now), "created_at": now}
            row |= {"subject": "News", "body": "It happened.\n", "next_attempt_at": now}
            mail = Mail(**row | {"recipient": recipient} | stated)
            await INSERT.run(connection, **mail.model_dump())
            gather(connection, [News(Kind.MAIL, mail.organization_id, mail.id, mail.id)])


async def all_mail(database, owner=OWNER):
    """Every mail of the owner, oldest first."""
    async with database.reading() as connection:
        return await OF_OWNER.all(connection, owner=owner)


def outbox(database, clock, port, tls=Tls.OFF, **login):
    return Outbox(database, SmtpServer("127.0.0.1", port, tls, **login), SENDER, clock)


async def outcomes(database):
    """What came of each mail, oldest first."""
    return [(m.status, m.attempt_count, m.error) for m in await all_mail(database)]


@asynccontextmanager
async def running(database, hub, clock, port, **login):
    """The worker, while the block runs; it ends when it is cancelled."""
    server = SmtpServer("127.0.0.1", port, Tls.OFF, **login)
    task = asyncio.create_task(run(database, server, SENDER, hub, clock))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def until(database, *wanted):
    """Wait until the mail has these statuses, oldest first."""
    while [mail.status for mail in await all_mail(database)] != list(wanted):
        await asyncio.sleep(0.01)

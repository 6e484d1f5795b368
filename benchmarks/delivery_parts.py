"""What the benchmarks of delivery stand on: a receiver that answers at once, and full queues."""

import asyncio
import multiprocessing
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from access.encryption import EncryptionKeys
from access.networks import Rules, parse_rule
from benchmarks import parts
from db import ids
from db.actor import OPERATOR
from db.created import created_by
from db.database import Database
from db.hub import Hub
from db.statement import inserts, statement
from db.webhook import Webhook
from delivery.sender import Sender
from delivery.worker import Worker

KEYS = EncryptionKeys({1: bytes(32)})
SECRET = bytes(range(32))
LOOPBACK = Rules(frozenset({parse_rule("127.0.0.0/8")}))
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
INSERT = statement(inserts(Webhook))
# Events as invoices make them: some 1,100 bytes.
PAYLOAD = '{"type":"invoice.created","data":{"memo":"' + "m" * 1_050 + '"}}'
EVENTS = """
    INSERT INTO event (organization_id, id, created_at, type, subject_id, payload)
    SELECT $1, ('01900000-0000-7000-8' || lpad(to_hex(n / 4294967296), 3, '0') || '-'
            || lpad(to_hex(n), 12, '0'))::uuid,
        $2, 'invoice.created', 'inv_x', $3
    FROM generate_series($4::bigint, $5::bigint) AS n
"""
DELIVERIES = """
    INSERT INTO webhook_delivery (organization_id, id, created_at, webhook_id, event_id,
        event_type, status, next_attempt_at, completed_at, attempt_count, tries)
    SELECT $1, id, created_at, ($2::uuid[])[1 + row_number() OVER (ORDER BY id) % $3::int], id,
        type, 'PENDING', created_at, NULL, 0, 0
    FROM event WHERE organization_id = $1
"""


class Answering(asyncio.Protocol):
    """Answers each request at once; it counts what came, and when."""

    received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        data = self._data + data if self._data else data
        while (head := data.find(b"\r\n\r\n")) >= 0:
            place = data.lower().find(b"content-length:", 0, head)
            length = int(data[place + 15 : data.find(b"\r\n", place)]) if place >= 0 else 0
            if len(data) < head + 4 + length:
                break
            data = data[head + 4 + length :]
            self._transport.write(ANSWER)
        self._data = data


def _receive(ports: Any) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        ports.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


@contextmanager
def receiver() -> Generator[int]:
    """The port of a receiver in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_receive, args=(theirs,), daemon=True
    )
    process.start()
    # The other end is the child's alone, so that its death shows.
    theirs.close()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


async def webhooks(database: Database, owner: UUID, port: int, count: int) -> list[UUID]:
    """So many webhooks, each with a path of its own at the receiver."""
    made: list[UUID] = []
    author: dict[str, Any] = created_by(OPERATOR)
    async with database.transaction() as connection:
        for number in range(count):
            id = ids.new_uuid(parts.now())
            made.append(id)
            row = Webhook(
                organization_id=owner,
                id=id,
                created_at=parts.now(),
                updated_at=parts.now(),
                url=f"http://127.0.0.1:{port}/{number}",
                event_types=[],
                secret=KEYS.encrypt(SECRET, id.bytes),
                **author,
            )
            await INSERT.run(connection, **row.model_dump())
    return made


async def fill(
    database: Database, owner: UUID, hooks: list[UUID], count: int, now: datetime
) -> None:
    """So many due deliveries, spread over the webhooks."""
    async with database.reading() as connection:
        await connection.execute(EVENTS, owner, now, PAYLOAD, 1, count, timeout=600)
        await connection.execute(DELIVERIES, owner, hooks, len(hooks), timeout=600)
        await connection.execute("ANALYZE", timeout=600)


@asynccontextmanager
async def worker(database: Database, hub: Hub, most: int = 500) -> AsyncGenerator[Worker]:
    """A worker inside the block."""
    async with Sender(LOOPBACK, parts.now) as sender:
        made = Worker(database, hub, sender, KEYS, parts.now, most)
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

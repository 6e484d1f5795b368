"""Other queues that keep their jobs in PostgreSQL, each used by the calls of its own worker."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import asyncpg
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.ports.repository import EntrypointExecutionParameter
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job, Status

from benchmarks.delivery_parts import PAYLOAD

TASK: Final = "deliver"
MOST_CONNECTIONS: Final = 20
FILLED_AT_ONCE: Final = 5_000
HEARTBEAT: Final = timedelta(seconds=30)


class Queuer:
    """pgqueuer claims many jobs with one statement, and settles many with another."""

    def __init__(self, queries: Any, connection: Any) -> None:
        self._queries, self._connection = queries, connection

    async def fill(self, count: int) -> None:
        for start in range(0, count, FILLED_AT_ONCE):
            some = min(FILLED_AT_ONCE, count - start)
            await self._queries.enqueue([TASK] * some, [PAYLOAD.encode()] * some, [0] * some)
        await self._connection.execute("ANALYZE")

    async def drain(self, size: int) -> int:
        done, worker = 0, uuid4()
        served = {TASK: EntrypointExecutionParameter(0)}
        while jobs := await self._queries.dequeue(size, served, worker, None, HEARTBEAT):
            await self._queries.log_jobs([(job, "successful", None) for job in jobs])
            done += len(jobs)
        return done


class Procrastinate:
    """procrastinate claims and settles one job with a statement each; `size` of them at a time."""

    def __init__(self, app: App, worker: int) -> None:
        self._jobs, self._connector, self._worker = app.job_manager, app.connector, worker

    async def fill(self, count: int) -> None:
        for start in range(0, count, FILLED_AT_ONCE):
            some = range(start, min(start + FILLED_AT_ONCE, count))
            jobs = [
                Job(
                    id=None,
                    queue=TASK,
                    lock=None,
                    queueing_lock=None,
                    task_name=TASK,
                    task_kwargs={"number": number, "payload": PAYLOAD},
                )
                for number in some
            ]
            await self._jobs.batch_defer_jobs_async(jobs)
        await self._connector.execute_query_async("ANALYZE")

    async def drain(self, size: int) -> int:
        done = 0

        async def work() -> None:
            nonlocal done
            while job := await self._jobs.fetch_job([TASK], self._worker):
                await self._jobs.finish_job(job, Status.SUCCEEDED, delete_job=False)
                done += 1

        await asyncio.gather(*(work() for _ in range(size)))
        return done


@asynccontextmanager
async def pgqueuer(url: str) -> AsyncGenerator[Queuer]:
    connection: Any = await asyncpg.connect(url)
    try:
        queries = Queries.from_asyncpg_connection(connection)
        await queries.install()
        yield Queuer(queries, connection)
    finally:
        await connection.close()


@asynccontextmanager
async def procrastinate(url: str) -> AsyncGenerator[Procrastinate]:
    app = App(connector=PsycopgConnector(conninfo=url, max_size=MOST_CONNECTIONS))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        yield Procrastinate(app, await app.job_manager.register_worker())

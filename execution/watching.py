"""What looks after things that go on and on, for as long as they may."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


@asynccontextmanager
async def watched(watch: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Let it run beside the block, and end with it."""
    task = asyncio.create_task(watch)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

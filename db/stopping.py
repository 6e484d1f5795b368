"""For loops that never end by themselves: they must end when they are asked to."""

import asyncio


def must_go_on() -> None:
    """Raises CancelledError where the running task was asked to end and that got lost.

    In Python 3.11 asyncio.wait_for, which asyncpg uses, loses a cancellation that comes just as
    it is done (python/cpython, issue 86296).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

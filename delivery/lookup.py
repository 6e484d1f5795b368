"""Looking up host names, so that a name server that hangs holds up nobody else."""

import asyncio
import socket
from contextlib import suppress
from threading import Thread
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

# The names are the customers', and so are their name servers: one that never answers holds its
# thread for half a minute. The event loop's own few threads would be used up by a handful.
MOST_LOOKUPS: Final = 256
# A name may have thousands of addresses; who has that many doesn't get them all tried.
MOST_ADDRESSES: Final = 8

Found = list[ResolveResult] | Exception


class Lookup(AbstractResolver):
    """The system's resolver, in threads that a process doesn't wait for when it ends."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def look_up() -> None:
            found = _found(host, port, family)
            # Where the loop is closed, nobody waits for the answer any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._tell, answer, found)

        try:
            Thread(target=look_up, name=f"lookup of {host}", daemon=True).start()
        except RuntimeError:
            # The system lets us have no more threads for now; what was taken isn't lost for that.
            self._free.release()
            raise socket.gaierror(socket.EAI_AGAIN, "no thread") from None
        return await answer

    def _tell(self, answer: asyncio.Future[list[ResolveResult]], found: Found) -> None:
        self._free.release()
        if answer.done():
            return
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    async def close(self) -> None:
        """Threads that still look up end by themselves."""


def _found(host: str, port: int, family: socket.AddressFamily) -> Found:
    try:
        infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "no host name")
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=port,
            family=found_family,
            proto=protocol,
            flags=socket.AI_NUMERICHOST,
        )
        for found_family, _, protocol, _, address in infos[:MOST_ADDRESSES]
    ]

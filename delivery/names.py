"""Addresses of host names, known for a while: many requests to one name look it up once."""

import asyncio
import socket
from typing import Final

from aiohttp.abc import AbstractResolver

from access.networks import parse_address
from delivery.faults import NOT_FOUND, Failure

KNOWN_SECONDS: Final = 10
MOST_KNOWN: Final = 4096

# What a connection is made from, in the form of getaddrinfo.
Info = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]


class KnownNames:
    """What a resolver found lately, and what it is looking up."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver
        self._known: dict[tuple[str, int], tuple[float, list[Info]]] = {}
        self._looked_up: dict[tuple[str, int], asyncio.Task[list[Info]]] = {}

    async def addresses(self, host: str, port: int) -> list[Info]:
        """Raises Failure for a name that leads nowhere."""
        if parse_address(host) is not None:
            return [_info(host, port)]
        key = host, port
        until, known = self._known.get(key, (0.0, list[Info]()))
        if asyncio.get_running_loop().time() < until:
            return known
        task = self._looked_up.get(key)
        if task is None:
            task = self._looked_up[key] = asyncio.create_task(self._look_up(host, port))
            task.add_done_callback(lambda _: self._looked_up.pop(key, None))
        # Who gives up doesn't take it away from the others.
        return await asyncio.shield(task)

    async def _look_up(self, host: str, port: int) -> list[Info]:
        try:
            found = await self._resolver.resolve(host, port, socket.AF_UNSPEC)
        except OSError:
            raise Failure(NOT_FOUND) from None
        infos = [_info(one["host"], one["port"]) for one in found]
        self._known.pop((host, port), None)
        while len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[host, port] = asyncio.get_running_loop().time() + KNOWN_SECONDS, infos
        return infos

    def forget(self) -> None:
        self._known.clear()

    async def close(self) -> None:
        for task in list(self._looked_up.values()):
            task.cancel()
        await asyncio.gather(*self._looked_up.values(), return_exceptions=True)


def _info(host: str, port: int) -> Info:
    place = (host, port, 0, 0) if ":" in host else (host, port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place

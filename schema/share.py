"""What one request may hold of what all share: connections at the same time, and memory."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Final, TypeVar
from uuid import UUID

from db.errors import AnswerTooLarge
from db.idle import AWAY, Idle, is_open
from db.reading import Reading, away
from db.statement import Connection
from db.volume import volume

T = TypeVar("T")
SHARE: Final = 3
# A row has 110 kB at most, and most have less than one: to weigh them all would be a tenth of the
# time that pages of some hundred rows take.
ROWS_UNWEIGHED: Final = 300
MOST_BYTES: Final = 16 * 1024 * 1024
# So many are weighed before it is looked whether they are too much.
PIECE: Final = 1_000
# What one row leads to, where that is several.
LISTS: Final[frozenset[type]] = frozenset([list])


class Share:
    """A semaphore whose common case, that there is room, waits for nothing; and a scale.

    Where `holds` is set, the connection of a statement is held for the next one.
    """

    __slots__ = ("_bytes", "_free", "_rows", "_waiting", "held", "holds")

    def __init__(self, size: int = SHARE) -> None:
        self._free = size
        self._rows, self._bytes = 0, 0
        self._waiting: deque[asyncio.Future[None]] | None = None
        self.holds = False
        self.held: Connection | None = None

    def weigh(self, rows: Sequence[Any]) -> None:
        """Count what was found, rows or lists of rows; AnswerTooLarge where that is too much.

        Then what is found from there on is too much as well, whatever it is.
        """
        self._weigh(rows, _count(rows))

    def weigh_page(self, rows: Sequence[Any]) -> None:
        """The same for rows of which each stands for itself."""
        self._weigh(rows, len(rows))

    def _weigh(self, rows: Sequence[Any], count: int) -> None:
        self._rows += count
        if self._rows <= ROWS_UNWEIGHED:
            return
        for start in range(0, len(rows), PIECE):
            self._bytes += volume(rows[start : start + PIECE])
            if self._bytes > MOST_BYTES:
                raise AnswerTooLarge

    def take_now(self) -> bool:
        """Whether there is room, which is taken then. Where somebody waits there is none."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Take room once there is some; who waits first is first."""
        if self.take_now():
            return
        turn = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It was given room just before it was ended.
                self.give_back()
            raise

    def give_back(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def _count(rows: Sequence[Any]) -> int:
    """How many rows there are, one by one and in lists."""
    kinds = set(map(type, rows))
    if LISTS.isdisjoint(kinds):
        return len(rows)
    if len(kinds) == 1:
        return sum(map(len, rows))
    return sum([len(row) if type(row) in LISTS else 1 for row in rows])


class Sharing(Reading):
    """A connection that counts against the share of its request."""

    __slots__ = ("_share",)

    def __init__(self, share: Share, idle: Idle, owner: UUID) -> None:
        self._share, self._idle, self._owner = share, idle, owner

    def begin_now(self) -> Connection | None:
        """The connection where nobody has to wait for it, else None, and nothing is taken.

        Who begins so, or by `begin`, ends it by `end_now` or by `__aexit__`.
        """
        share = self._share
        connection = share.held
        if connection is not None and is_open(connection):
            self._connection, share.held = connection, None
            return connection
        if not share.take_now():
            return None
        connection = self._idle.take_now()
        if connection is None:
            share.give_back()
            return None
        self._connection = connection
        return connection

    def end_now(self) -> bool:
        """Whether it is given back, or held, which it is where nobody has to wait for that."""
        share = self._share
        if share.holds and share.held is None and self._idle.may_be_held(self._owner):
            share.held = self._connection
            return True
        is_back = self._idle.give_back_now(self._connection)
        if is_back:
            share.give_back()
        return is_back

    async def read(self, ask: Callable[[Connection], Awaitable[T]]) -> T:
        """What is asked of the connection, which is given back then.

        As `async with` has it, which would be a coroutine more at either end.
        """
        connection = self.begin_now() or await self.begin()
        try:
            found = await ask(connection)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        if not self.end_now():
            await self.__aexit__(None, None, None)
        return found

    async def let_go(self) -> None:
        """Give back the connection that is held, if one is; no more is held from here on."""
        share = self._share
        share.holds, connection = False, share.held
        if connection is not None:
            self._connection, share.held = connection, None
            if not self.end_now():
                await self.__aexit__(None, None, None)

    async def begin(self) -> Connection:
        """The connection, once there is room and one is there; what is away is Unavailable."""
        if not self._share.take_now():
            await self._share.take()
        try:
            self._connection = await self._idle.take(self._owner)
        except AWAY as error:
            self._share.give_back()
            raise away() from error
        except BaseException:
            self._share.give_back()
            raise
        return self._connection

    async def __aenter__(self) -> Connection:
        connection = self.begin_now()
        return await self.begin() if connection is None else connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self.end_now():
            return
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            self._share.give_back()

"""One connection of a client, whose requests are answered by one task at most."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web

from execution.answering import answering_by, found, giving
from execution.begun import Rest
from execution.receiver import Receiver, Waiter
from execution.whole import Answering, Response, Whole, awaited

if TYPE_CHECKING:
    from execution.connections import Connections

UnderWay: TypeAlias = tuple[Rest[Any], web.BaseRequest, Waiter]


class Connection(Receiver):
    """Answers without a task where nothing has to be waited for."""

    __slots__ = ("_under_way",)

    def __init__(self, server: "Connections", **options: Any) -> None:
        super().__init__(server, **options)
        # What waits for something without a task, and whose answer it is.
        self._under_way: UnderWay | None = None

    def answer(self, answering: Answering, request: web.BaseRequest, waiter: Waiter) -> None:
        """Write the answer, or go on once what it waits for is there; then the next request."""
        if isinstance(answering, Whole):
            is_kept = self._is_written(answering, request)
            if is_kept and self._paused:
                # Whoever doesn't read is answered no more.
                self._have_awaited(awaited(answering), request, waiter)
            else:
                self._go_on(waiter, is_kept=is_kept)
        elif isinstance(answering, Rest) and answering.waits_for and not self._force_close:
            # A task would be dearer than most of what is left.
            self._under_way = answering, request, waiter
            answering.waits_for.add_done_callback(self._went_on)
        else:
            self._have_awaited(answering, request, waiter)

    def eof_received(self) -> None:
        """What is answered goes out, and then asyncio closes the connection."""
        self._server.outbox.send()

    def force_close(self) -> None:
        self._server.outbox.send()
        super().force_close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109  # aiohttp has it
        """As aiohttp has it, which waits for a task, and cancels that at last."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            self._have_awaited(*under_way)
        await super().shutdown(timeout)

    def _have_awaited(
        self, answering: Awaitable[Response], request: web.BaseRequest, waiter: Waiter
    ) -> None:
        late = self._late(answering, request, waiter, self._task_handler)
        self._task_handler = self._loop.create_task(late)

    def _went_on(self, _: object) -> None:
        under_way, self._under_way = self._under_way, None
        # It may be a task's by now.
        if under_way is not None:
            rest, request, waiter = under_way
            self.answer(answering_by(rest.go_on), request, waiter)

    def _is_written(self, answer: Whole, request: web.BaseRequest) -> bool:
        """Whether it is, and another request may follow."""
        try:
            if not answer.prepared:
                # A server that ends takes no more; whoever knows sends the next one elsewhere.
                is_last = self._close or self._force_close
                answer.write(request, is_last=is_last, outbox=self._server.outbox)
        except ConnectionResetError:
            return False
        except Exception as error:  # noqa: BLE001  # the connection ends in any case
            self.log_exception("Unhandled exception", exc_info=error)
            return False
        return answer.keep_alive

    async def _late(
        self,
        coming: Awaitable[Response],
        request: web.BaseRequest,
        waiter: Waiter,
        usual: "asyncio.Task[None] | None",
    ) -> None:
        """Write the answer once it is there."""
        is_kept = False
        try:
            answer = await found(coming)
            if isinstance(answer, Whole):
                is_written = self._is_written(answer, request)
                if self._paused:
                    await request.writer.drain()
                is_kept = is_written
            else:
                response, is_lost = await self._handle_request(request, None, giving(answer))
                is_kept = not is_lost and bool(response.keep_alive)
        except ConnectionError:
            self.log_debug("Ignored premature client disconnection")
        except Exception as error:  # noqa: BLE001  # as aiohttp does
            self.log_exception("Unhandled exception", exc_info=error)
        finally:
            self._task_handler = usual
            self._go_on(waiter, is_kept=is_kept)

    def _go_on(self, waiter: Waiter, *, is_kept: bool) -> None:
        """Wait for the next request, or end the connection once all is written."""
        self._waiter, self._keepalive = waiter, is_kept
        if not is_kept or self._close or self._force_close:
            self.force_close()
            return
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(
                self._next_keepalive_close_time, self._process_keepalive
            )
        if self._messages:
            waiter.set_result(None)

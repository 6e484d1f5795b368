"""Several processes that do the same work, and their parent, which keeps them going."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import click
import structlog

from cli.stop import Stop, held_back, waking
from db.embedded_process import death_signal

WATCH_SECONDS: Final = 0.5
# Longer than a worker may take that lets its requests end, with its database away.
GRACE_SECONDS: Final = 30
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10
# Who has lived as long didn't die of how it was started.
SETTLED_SECONDS: Final = 60
READY: Final = b"r"
logger = structlog.get_logger()

# What a worker does, in a process of its own: it calls what it is given once it is ready.
Work = Callable[[Callable[[], object]], object]


@dataclass
class Place:
    """A worker, or the moment at which another one takes its place."""

    pid: int | None = None
    pipe: int = -1
    due: float = 0
    since: float = 0
    deaths: int = 0
    is_ready: bool = False


class Workers:
    def __init__(self, count: int, work: Work, stop: Stop) -> None:
        self._places = [Place() for _ in range(count)]
        self._work, self._stop = work, stop
        self._began = False

    def run(self, began: Callable[[], None], watch: Callable[[], object]) -> None:
        """Keep them going until asked to end, then let them end.

        `began` is called once all of them are ready for the first time, `watch` now and then.
        """
        try:
            with waking() as signals:
                while not self._stop.asked:
                    self._start_due()
                    self._wait(signals)
                    if not self._began and all(place.is_ready for place in self._places):
                        self._began = True
                        began()
                    watch()
        finally:
            self._end()

    def _start_due(self) -> None:
        for place in self._places:
            if place.pid is None and place.due <= time.monotonic():
                self._start(place)

    def _start(self, place: Place) -> None:
        place.since, place.is_ready = time.monotonic(), False
        place.pipe, writer = os.pipe()
        die_with_parent = death_signal(os.getpid(), signal.SIGKILL)
        assert die_with_parent is not None, "this is Linux, and the main thread"
        # What is still unsaid would be said by both.
        sys.stdout.flush()
        # Whoever is forked hears no signal before it knows what to do with it.
        with held_back():
            place.pid = os.fork()
            if place.pid == 0:
                die_with_parent()
                signal.set_wakeup_fd(-1)
                _be_worker(self._work, writer)
        os.close(writer)

    def _wait(self, signals: int) -> None:
        """Until a worker says something or ends, a signal comes, or some time has passed."""
        places = {place.pipe: place for place in self._places if place.pid is not None}
        dues = [place.due for place in self._places if place.pid is None]
        seconds = min([WATCH_SECONDS, *(due - time.monotonic() for due in dues)])
        for pipe in select.select([signals, *places], [], [], max(seconds, 0))[0]:
            if pipe == signals:
                continue
            if os.read(pipe, 1) == READY:
                places[pipe].is_ready = True
            else:
                self._died(places[pipe])

    def _died(self, place: Place) -> None:
        pid, code = place.pid, _buried(place)
        if not self._began:
            raise click.ClickException(f"A worker ended while it was starting, with {code}.")
        place.deaths = 1 if place.since + SETTLED_SECONDS < time.monotonic() else place.deaths + 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(place.deaths - 1, 10), LONGEST_PAUSE_SECONDS)
        place.due = time.monotonic() + pause
        logger.error("A worker ended; another one is started.", pid=pid, code=code, seconds=pause)

    def _end(self) -> None:
        """Ask all of them to end, and wait for that; who doesn't is killed."""
        living = [place for place in self._places if place.pid is not None]
        for how, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, None)):
            for place in living:
                assert place.pid is not None
                # It can't be another process's number, for nobody else buries it.
                os.kill(place.pid, how)
            living = _not_gone(living, patience)


def _not_gone(living: list[Place], patience: float | None) -> list[Place]:
    end = None if patience is None else time.monotonic() + patience
    while living:
        left = None if end is None else max(end - time.monotonic(), 0)
        pipes = select.select([place.pipe for place in living], [], [], left)[0]
        if not pipes:
            break
        gone = [p for p in living if p.pipe in pipes and os.read(p.pipe, 1) != READY]
        for place in gone:
            _buried(place)
        living = [place for place in living if place not in gone]
    return living


def _buried(place: Place) -> int:
    assert place.pid is not None
    _, status = os.waitpid(place.pid, 0)
    os.close(place.pipe)
    place.pid = None
    return os.waitstatus_to_exitcode(status)


def _be_worker(work: Work, writer: int) -> None:
    """Never returns: what the parent has to do at its end isn't the worker's to do."""
    code = 1
    try:
        work(partial(os.write, writer, READY))
        code = 0
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as error:
        error.show()
    except BaseException:
        logger.exception("A worker has a fault.")
    finally:
        os._exit(code)

"""Ctrl-C and SIGTERM."""

import asyncio
import os
import signal

import pytest

from cli.stop import Stop

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def stop():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stop = Stop()
    stop.listen()
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_ends_the_work_and_lets_it_clean_up(stop, number):
    steps = []

    async def work():
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    stop.run(work())
    assert steps == ["cleaned up"]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.usefixtures("stop")
def test_before_the_work_the_first_interrupts(number):
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


def test_after_the_work_the_first_interrupts_nothing(stop):
    async def work():
        pass

    stop.run(work())
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_second_ends_the_process(stop, number, monkeypatch):
    codes = []
    monkeypatch.setattr("cli.stop.os._exit", codes.append)

    async def work():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), number)

    stop.run(work())
    assert codes == [128 + number]


def test_work_that_cancels_itself_is_not_taken_for_a_signal(stop):
    async def work():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        stop.run(work())


def test_faults_come_through(stop):
    async def work():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop.run(work())

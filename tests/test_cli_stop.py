"""Ctrl-C and SIGTERM."""

import asyncio
import os
import signal
import threading

import pytest

from cli.stop import Stop, held_back, waking

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


@pytest.mark.usefixtures("stop")
def test_a_patient_one_never_ends_at_once(monkeypatch):
    codes, steps = [], []
    monkeypatch.setattr("cli.stop.os._exit", codes.append)
    patient = Stop(is_patient=True)
    patient.listen()

    async def work():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
            steps.append("cleaned up")

    assert patient.run(work()) is None
    assert (codes, steps, patient.asked) == ([], ["cleaned up"], True)


@pytest.mark.usefixtures("stop")
def test_a_patient_one_that_was_asked_before_its_work_ends_it():
    patient = Stop(is_patient=True)
    patient.listen()
    os.kill(os.getpid(), signal.SIGINT)

    assert patient.run(asyncio.Event().wait()) is None


def test_work_gives_its_result(stop):
    async def work():
        return 7

    assert (stop.run(work()), stop.asked) == (7, False)


def test_signals_that_are_held_back_are_heard_afterward(stop):
    async def work():
        pass

    stop.run(work())
    with waking() as pipe:
        with held_back():
            # To this thread: of the process's, any thread could take it that tests left behind.
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)
            assert not stop.asked
        assert stop.asked
        assert os.read(pipe, 2) == bytes([signal.SIGINT])

"""Processes that do the same work, and the parent that keeps them going."""

import asyncio
import os
import signal
import time

import click
import psutil
import pytest

from cli import workers as module
from cli.stop import Stop, let_through
from cli.workers import Workers

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def stop():
    """After its run, as the parent has it: a signal only shows in `asked`.

    No worker outlives the test.
    """
    children = psutil.Process().children()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stop = Stop()
    stop.listen()

    async def nothing():
        pass

    stop.run(nothing())
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)
    assert psutil.Process().children() == children


def end():
    os.kill(os.getpid(), signal.SIGTERM)


def idle():
    """Until it is asked to end."""
    own = Stop(is_patient=True)
    own.listen()
    let_through()
    own.run(asyncio.Event().wait())


def patient(ready):
    ready()
    idle()


def test_they_begin_once_all_are_ready_and_end_once_it_is_asked(stop, tmp_path):
    steps = []

    def work(ready):
        (tmp_path / str(os.getpid())).touch()
        time.sleep(0.01)
        patient(ready)

    def began():
        steps.append(len(list(tmp_path.iterdir())))
        end()

    Workers(3, work, stop).run(began, lambda: None)

    assert steps == [3]


@pytest.mark.parametrize("code", [0, 3])
def test_one_that_ends_is_replaced_with_pauses_that_grow(stop, tmp_path, monkeypatch, code):
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    logged = []
    monkeypatch.setattr(module.logger, "error", lambda _, **about: logged.append(about))

    def work(ready):
        (tmp_path / str(os.getpid())).touch()
        ready()
        if len(list(tmp_path.iterdir())) == 5:
            idle()
        raise click.exceptions.Exit(code)

    def watch():
        if len(list(tmp_path.iterdir())) == 5:
            end()

    Workers(1, work, stop).run(lambda: None, watch)

    assert [entry["seconds"] for entry in logged] == [0.01, 0.02, 0.04, 0.08]
    assert {entry["code"] for entry in logged} == {code}


def test_one_that_lived_long_is_replaced_at_once(stop, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SETTLED_SECONDS", -1)
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    seconds = []
    monkeypatch.setattr(module.logger, "error", lambda _, **about: seconds.append(about["seconds"]))

    def work(ready):
        (tmp_path / str(os.getpid())).touch()
        ready()
        if len(list(tmp_path.iterdir())) == 4:
            idle()

    def watch():
        if len(list(tmp_path.iterdir())) == 4:
            end()

    Workers(1, work, stop).run(lambda: None, watch)

    assert seconds == [0.01, 0.01, 0.01]


def exits(_ready):
    raise click.exceptions.Exit(4)


def is_refused(_ready):
    raise click.ClickException("There is no room.")


def has_a_fault(_ready):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("work", "code", "said"),
    [
        (exits, 4, ""),
        (is_refused, 1, "Error: There is no room."),
        (has_a_fault, 1, "ZeroDivisionError"),
    ],
)
def test_one_that_ends_while_it_starts_ends_all(stop, capfd, work, code, said):
    with pytest.raises(click.ClickException, match=f"while it was starting, with {code}"):
        Workers(2, work, stop).run(end, lambda: None)

    output = capfd.readouterr()
    assert said in output.out + output.err


def test_one_that_does_not_end_is_killed(stop, monkeypatch):
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.05)

    def work(ready):  # pragma: no cover - who is killed can't write what it covered
        ready()
        while True:
            # Signals are held back: it hears none.
            signal.pause()

    began = time.monotonic()
    Workers(2, work, stop).run(end, lambda: None)

    assert time.monotonic() - began < 10


def test_one_that_is_ready_only_while_all_end_ends_too(stop):
    def work(ready):
        time.sleep(0.1)
        patient(ready)

    Workers(2, work, stop).run(lambda: None, end)

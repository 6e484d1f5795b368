"""The server, its database or both are killed while they write: what was acknowledged stays."""

import contextlib
import itertools
import os
import signal
import threading

import pytest

from tests.cli_parts import TOKEN
from tests.embedded_parts import postgres_of, short_folder
from tests.serve_parts import ask, serving

CREATE = """mutation {{ createInvoice(input: {{ memo: "{}", lines: [
{{ description: "x", unitPrice: {{ amount: "1", currency: "EUR" }} }}
] }}) {{ invoice {{ number }} }} }}"""
FIND = '{{ invoices(first: 1, filter: {{ search: "{}" }}) {{ nodes {{ memo }} }} }}'
LAST = "{ invoices(first: 1) { totalCount nodes { number } } }"
SETTLED = 10


class Writer:
    """Makes invoices one after another, and keeps what was acknowledged."""

    def __init__(self) -> None:
        self.numbers = itertools.count(100_001)
        self.acknowledged: dict[str, str] = {}
        self._enough = threading.Condition()

    @contextlib.contextmanager
    def writing(self, url, token):
        stop = threading.Event()

        def write():
            while not stop.is_set():
                memo = f"memo{next(self.numbers)}"
                with contextlib.suppress(OSError, ValueError):
                    answer = ask(url, token, CREATE.format(memo))
                    if "errors" not in answer:
                        self._keep(memo, answer["data"]["createInvoice"]["invoice"]["number"])

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _keep(self, memo, number):
        with self._enough:
            self.acknowledged[memo] = number
            self._enough.notify()

    def wait_for_more(self):
        """Some writes were acknowledged since this was called."""
        with self._enough:
            wanted = len(self.acknowledged) + SETTLED
            assert self._enough.wait_for(lambda: len(self.acknowledged) >= wanted, timeout=60)


def kill(*ids):
    for id in ids:
        os.kill(id, signal.SIGKILL)


def is_kept(url, token, memo):
    found = ask(url, token, FIND.format(memo))["data"]["invoices"]
    return found["nodes"] == [{"memo": memo}]


@pytest.fixture
def folder():
    with short_folder() as home:
        yield home / "data"


def test_nothing_that_was_acknowledged_is_lost(folder):
    writer = Writer()
    with serving(folder) as server:
        url = server.wait_ready()
        token = TOKEN.search("".join(server.said))[0]
        with writer.writing(url, token):
            writer.wait_for_more()
            kill(postgres_of(folder).pid)
            writer.wait_for_more()  # The server has started its database again.
            kill(server.process.pid)
    with serving(folder) as server, writer.writing(server.wait_ready(), token):
        writer.wait_for_more()
        kill(server.process.pid, postgres_of(folder).pid)
    with serving(folder) as server:
        url = server.wait_ready()
        lost = [memo for memo in writer.acknowledged if not is_kept(url, token, memo)]
        last = ask(url, token, LAST)["data"]["invoices"]
        assert server.stop() == 0

    assert len(writer.acknowledged) >= 3 * SETTLED
    assert lost == []
    # A write whose answer was lost may have been kept; the numbers have no gaps all the same.
    assert last["nodes"] == [{"number": f"INV-{last['totalCount']:06}"}]

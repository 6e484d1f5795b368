"""Servers and workers are killed under load: every event that was acknowledged arrives."""

import itertools
import random
import signal
import threading
import time
from contextlib import ExitStack

import pytest

from tests.arrivals import CREATE_PRODUCT, CREATE_WEBHOOK, ENVIRONMENT, arriving
from tests.cli_parts import TOKEN
from tests.embedded_parts import short_folder, started
from tests.serve_parts import Served, ask

ROUNDS = 3
AT_LEAST = 30
LONGEST_SECONDS = 0.2


class Creator:
    """Creates products by the server that runs, and keeps which were acknowledged."""

    def __init__(self, token, url):
        self.token, self.url = token, url
        self.acknowledged: set[str] = set()
        self._enough = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._create)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _create(self):
        names = (f"product-{number}" for number in itertools.count())
        while not self._stop.is_set():
            name = next(names)
            try:
                answer = ask(self.url, self.token, CREATE_PRODUCT.format(name))
            except (OSError, ValueError):
                # Between two servers there is none.
                self._stop.wait(0.05)
            else:
                self._keep(name, answer)

    def _keep(self, name, answer):
        with self._enough:
            self.acknowledged |= set() if "errors" in answer else {name}
            self._enough.notify()

    def wait_for_more(self, count):
        with self._enough:
            wanted = len(self.acknowledged) + count
            assert self._enough.wait_for(lambda: len(self.acknowledged) >= wanted, timeout=60)


class Processes:
    """A server and a worker on one database, which may be killed and started again."""

    def __init__(self, folder, url, stack):
        self.stack = stack
        self.environment = ENVIRONMENT | {
            "DATABASE_URL": url,
            "TOLLHOUSE_DATA": str(folder),
            "TOLLHOUSE_DEMO": "1",
        }
        self.begin()

    def begin(self):
        """Start both, and wait until both are at work."""
        self.server, self.worker = self.start("serve", "--no-worker"), self.start("worker")
        self.url = self.server.wait_ready()
        self.worker.wait_for("working")

    def start(self, *command):
        process = Served(self.environment, *command)
        self.stack.callback(process.ended)
        self.stack.callback(process.process.kill)
        return process


@pytest.fixture
def url():
    """A database of this test's own, which outlives its servers."""
    with short_folder() as folder, started(folder / "data") as embedded:
        yield embedded.url


def test_every_event_that_was_acknowledged_arrives(url, tmp_path):
    chance = random.Random(9)
    with ExitStack() as stack, arriving() as arrivals:
        processes = Processes(tmp_path / "data", url, stack)
        token = TOKEN.search("".join(processes.server.said))[0]
        answer = ask(processes.url, token, CREATE_WEBHOOK.format(arrivals.url))
        assert "errors" not in answer, answer
        with Creator(token, processes.url) as creator:
            for _ in range(ROUNDS):
                creator.wait_for_more(AT_LEAST)
                victims = [processes.server, processes.worker]
                for victim in chance.sample(victims, 2):
                    time.sleep(chance.uniform(0, LONGEST_SECONDS))
                    victim.process.send_signal(signal.SIGKILL)
                processes.begin()
                creator.url = processes.url
            creator.wait_for_more(AT_LEAST)
        arrivals.wait_for(creator.acknowledged)
        assert processes.worker.stop(signal.SIGTERM) == 0
        assert processes.server.stop(signal.SIGTERM) == 0

    assert len(creator.acknowledged) >= (ROUNDS + 1) * AT_LEAST
    # However often it came, an event has had one id.
    assert {len(set(ids)) for ids in arrivals.ids.values()} == {1}

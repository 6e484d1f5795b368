"""What the tests of a running server share: the server as a process of its own."""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.embedded_parts import ROOT

PATIENCE_SECONDS = 60
# Compiled once for all processes that tests start, and outside of the tree.
BYTECODE = tempfile.TemporaryDirectory(prefix="th-bytecode-", ignore_cleanup_errors=True)
SETTINGS = ("DATABASE_", "TOLLHOUSE_", "PYTHONDONTWRITEBYTECODE")
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)
} | {"PYTHONPYCACHEPREFIX": BYTECODE.name, "TOLLHOUSE_PORT": "0"}


class Served:
    """A server or a worker that was started; its lines are read as they come."""

    def __init__(self, environment: dict[str, str], *command: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "server.py", *(command or ("serve",))],
            cwd=ROOT,
            env=ENVIRONMENT | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self.logged: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self._lines.put)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.logged.append)),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, keep: Any) -> None:
        for line in stream:
            keep(line)
        stream.close()
        keep("")

    def wait_ready(self) -> str:
        """The URL, once the server says that it answers."""
        return self.wait_for("ready ").split()[1]

    def wait_for(self, beginning: str) -> str:
        """The first line that begins so."""
        line = ""
        while not line.startswith(beginning):
            line = self._lines.get(timeout=PATIENCE_SECONDS)
            assert line, self.said + self.logged
            self.said.append(line)
        return line

    def stop(self, how: int = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """The exit status, once all that it said was read."""
        code = self.process.wait(PATIENCE_SECONDS)
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        return code


@contextmanager
def serving(folder: Path, *command: str, **environment: str):
    server = Served({"TOLLHOUSE_DATA": str(folder)} | environment, *command)
    try:
        yield server
    finally:
        server.process.kill()
        server.ended()


def ask(url: str, token: str, query: str) -> Any:
    """The answer, whatever its status."""
    body = json.dumps({"query": query}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urlopen(Request(f"{url}/graphql", body, headers), timeout=30) as answer:
            return json.load(answer)
    except HTTPError as refusal:
        with refusal:
            return json.load(refusal)

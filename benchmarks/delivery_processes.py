"""Servers and workers as processes of their own, for benchmarks of delivery."""

import base64
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks import parts

ROOT = Path(__file__).parent.parent
ENCRYPTION = bytes(32)
PATIENCE_SECONDS = 60
LAST_WORDS = 2_000
OURS = ("DATABASE_", "TOLLHOUSE_")


def settings(url: str, **more: str) -> dict[str, str]:
    """An environment for processes over the benchmark's database, with its keys."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {
        **rest,
        "DATABASE_URL": url,
        "TOLLHOUSE_ENCRYPTION_KEYS": f"1:{_encoded(ENCRYPTION)}",
        "TOLLHOUSE_PEPPERS": f"1:{_encoded(parts.PEPPER)}",
        "TOLLHOUSE_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "TOLLHOUSE_DEMO": "0",
        "TOLLHOUSE_RATE_LIMIT": "0",
        "TOLLHOUSE_LOG": "json",
        **more,
    }


def _encoded(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


class Process:
    """One that is started again as often as it is killed."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        self._command = [sys.executable, "server.py", *arguments]
        self._environment = environment
        # A pipe that nobody reads would fill up.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # `stop` closes it
        self._child = self._started()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def wait_ready(self) -> None:
        """Until it says that it works."""
        assert self._child.stdout, "it is a pipe"
        for line in self._child.stdout:
            if line.startswith(("ready", "working")):
                return
        self._log.seek(0)
        said = self._log.read()[-LAST_WORDS:]
        raise RuntimeError(f"{self._command[1:]} ended with {self._child.wait()}: {said}")

    def cpu_seconds(self) -> float:
        used = psutil.Process(self._child.pid).cpu_times()
        return used.user + used.system

    def kill(self) -> None:
        self._child.kill()
        self._child.wait(PATIENCE_SECONDS)
        assert self._child.stdout, "it is a pipe"
        self._child.stdout.close()

    def start_again(self) -> None:
        self._child = self._started()

    def stop(self) -> None:
        """As an operator does it; one that doesn't end is a fault, and isn't left behind."""
        try:
            if self._child.poll() is None:
                self._child.send_signal(signal.SIGTERM)
                self._child.wait(PATIENCE_SECONDS)
        finally:
            self.kill()
            self._log.close()


@contextmanager
def running(arguments: list[str], environment: Mapping[str, str]) -> Generator[Process]:
    process = Process(arguments, environment)
    try:
        yield process
    finally:
        process.stop()

"""A running postgres: started, waited for, stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from db.binaries import EmbeddedFailed
from db.embedded_process import Programs, Watch, can_signal_death
from db.embedded_socket import PORT

# The command line goes before postgresql.conf; what isn't named here, an operator can set there.
# Durability stays as PostgreSQL has it: what is acknowledged is on the disk.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "jit": "off",  # compiling costs more than these short statements take
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # details name values, and values may be somebody's secrets
    "log_min_error_statement": "panic",  # and so may statements
}
LOG_BYTES = 10 * 1024 * 1024
READY_SECONDS = 300  # recovery after a crash replays up to a gigabyte
STOP_SECONDS = 20
STATUS_LINE = 7


class Postmaster:
    """Starts at once; `wait_ready` tells when it takes connections."""

    def __init__(
        self, programs: Programs, folder: Path, sockets: Path, settings: Mapping[str, str]
    ) -> None:
        self._cluster, self._log = folder / "postgres", folder / "postgres.log"
        options = {**SETTINGS, "unix_socket_directories": str(sockets), **settings}
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with _log_file(self._log) as log:
            self._logged = log.tell()
            self._child = programs.start("postgres", "-D", self._cluster, *arguments, gives=log)
        self._watch = None if can_signal_death() else Watch(self._child.pid)

    def alive(self) -> bool:
        return self._child.poll() is None

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not self._is_ready():
            if not self.alive():
                raise EmbeddedFailed(
                    f"PostgreSQL ended with {self._child.returncode} while starting:"
                    f" {self._said()}. See {self._log}."
                )
            if time.monotonic() > end:
                raise EmbeddedFailed(
                    f"PostgreSQL was not ready within {seconds} s. See {self._log}."
                )
            time.sleep(0.005)

    def stop(self, patience_seconds: float = STOP_SECONDS) -> None:
        """The fast way that ends sessions and keeps all, then rougher ones, which keep all too."""
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self._child.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(patience_seconds)
        if self._watch is not None:
            self._watch.dismiss()
            self._watch = None

    def _is_ready(self) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # The file names this child: one that a predecessor left behind says nothing.
        mine = lines[:1] == [str(self._child.pid)]
        return mine and [line.strip() for line in lines[STATUS_LINE:]] == ["ready"]

    def _said(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._logged)
            return " / ".join(log.read().decode(errors="replace").splitlines()[-3:])


def _log_file(path: Path) -> BinaryIO:
    """PostgreSQL is given the open file: its account needs no right to the path."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.rename(path.with_name(f"{path.name}.1"))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    log = os.fdopen(handle, "ab")
    log.seek(0, os.SEEK_END)
    return log

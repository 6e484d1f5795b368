"""PostgreSQL's programs as child processes that don't outlive their owner."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

from db.binaries import ELSEWHERE, EmbeddedFailed
from db.embedded_account import Account

# The server's own environment may hold the secrets of the host, which PostgreSQL's account could
# read in its processes; and PGPORT or PGOPTIONS would have a say.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
PR_SET_PDEATHSIG = 1
# A pipe from the owner that ends without a word means that the owner has died.
WATCH = "import os, sys; os.read(0, 1) or os.kill(int(sys.argv[1]), int(sys.argv[2]))"


class Programs(NamedTuple):
    """PostgreSQL's programs, and the account that runs them where it isn't our own."""

    folder: Path
    account: Account | None

    def major_version(self) -> int:
        answer = self.run("postgres", "--version")
        # "postgres (PostgreSQL) 18.6 (Debian ...)", or "... 19beta1".
        version = answer.partition("(PostgreSQL) ")[2]
        major = version[: len(version) - len(version.lstrip("0123456789"))]
        if not major:
            raise EmbeddedFailed(f"{self.folder} holds no PostgreSQL ({answer!r}). {ELSEWHERE}.")
        return int(major)

    def run(self, program: str, *arguments: str | Path, text: str = "") -> str:
        """Waits for the end and gives the output; `text` is the input."""
        child = self.start(program, *arguments, takes=subprocess.PIPE, gives=subprocess.PIPE)
        with child:
            output = child.communicate(text.encode())[0].decode(errors="replace").strip()
        if child.returncode != 0:
            said = " / ".join(output.splitlines()[-3:])
            code = child.returncode
            raise EmbeddedFailed(f"PostgreSQL's {program} ended with {code}: {said}. {ELSEWHERE}.")
        return output

    def start(
        self,
        program: str,
        *arguments: str | Path,
        gives: int | IO[bytes],
        takes: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        account = self.account
        try:
            return subprocess.Popen(  # noqa: S603 - the programs are the operator's choice
                [self.folder / program, *arguments],
                stdin=takes,
                stdout=gives,
                stderr=subprocess.STDOUT,
                cwd="/",  # where the owner stands may be closed to the account
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C is for the owner, which then stops its child
                user=None if account is None else account.user,
                group=None if account is None else account.group,
                extra_groups=None if account is None else (),
                preexec_fn=death_signal(os.getpid()),  # noqa: PLW1509 - all is made before the fork
            )
        except OSError as error:
            raise EmbeddedFailed(
                f"PostgreSQL's programs can't run on this machine: {error}. {ELSEWHERE}."
            ) from error


def can_signal_death(platform: str = sys.platform) -> bool:
    """Linux signals a child when the thread that started it ends, and only the main one lasts."""
    return platform == "linux" and threading.current_thread() is threading.main_thread()


def death_signal(owner: int, how: int = signal.SIGINT) -> Callable[[], None] | None:
    """What a child does first, so that it ends with its owner; loaded before the fork."""
    if not can_signal_death():
        return None
    prctl = ctypes.CDLL(None).prctl

    def die_with_owner() -> None:  # pragma: no cover - runs where no coverage can be written
        prctl(PR_SET_PDEATHSIG, int(how))
        if os.getppid() != owner:
            os._exit(1)

    return die_with_owner


class Watch:
    """A small process that ends the child after its owner, where the system gives no signal."""

    def __init__(self, child: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-I", "-S", "-c", WATCH, str(child), str(int(signal.SIGINT))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Tells it that there is nothing to watch any more; harmless where it's gone already."""
        self._process.communicate(b".")

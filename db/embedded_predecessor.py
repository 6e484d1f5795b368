"""What a server that died without a clean end left behind, settled before the next one starts."""

import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

PATIENCE_SECONDS = 30


def settle(cluster: Path, sockets: Path | None) -> None:
    """Ends what still runs on the cluster, then removes the files that name a process.

    PostgreSQL judges these files by the bare process number, which may be another process's by now,
    and refuses empty ones, as a power cut leaves them. Whoever calls this holds the folder's lock.
    """
    pid_file = cluster / "postmaster.pid"
    if pid_file.exists():
        _end([process for process in psutil.process_iter() if _runs_on(process, cluster)], cluster)
        pid_file.unlink(missing_ok=True)
    for folder in (cluster, sockets or cluster):
        (folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _runs_on(process: psutil.Process, cluster: Path) -> bool:
    """All processes of PostgreSQL stand in the cluster's folder; those that have ended, nowhere."""
    try:
        return process.name() == "postgres" and process.cwd() == str(cluster)
    except psutil.Error:
        return False  # It ended meanwhile, or is another user's, so not ours.


def _end(processes: list[psutil.Process], cluster: Path) -> None:
    for process in processes:
        _ask_leader(process)
    # The others end when they see that their leader is gone; to them SIGINT means other things.
    for process in _left(processes, cluster):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _left(processes, cluster)


def _ask_leader(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        if process.cmdline()[1:2] == ["-D"]:
            process.send_signal(signal.SIGINT)


def _left(processes: list[psutil.Process], cluster: Path) -> list[psutil.Process]:
    """What hasn't ended after a while; whether it was buried too is its parent's affair."""
    end = time.monotonic() + PATIENCE_SECONDS
    while processes and time.monotonic() < end:
        time.sleep(0.005)
        processes = [process for process in processes if _runs_on(process, cluster)]
    return processes

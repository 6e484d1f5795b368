"""How many files a process may have open: each connection is one."""

import resource
from contextlib import suppress
from typing import Final

# The 5,000 sockets and 5,000 streams that there may be, and some thousands of other connections.
WANTED: Final = 2**14


def allow_many() -> None:
    """Raise this process's own limit as far as the system lets it.

    The usual one, 1,024, is there for programs that can't handle more; a stranger who opens as many
    connections would keep everybody else out.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft < wanted and soft != resource.RLIM_INFINITY:
        # A system that has another bound, and doesn't tell, leaves it as it was.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

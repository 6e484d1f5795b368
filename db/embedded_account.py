"""Which account runs PostgreSQL, which refuses to run as root, and what that account can reach."""

import os
import stat
import sys
from pathlib import Path
from typing import NamedTuple

from db.binaries import EmbeddedFailed

if sys.platform != "win32":  # pragma: no branch - importing this must work on Windows too
    import pwd

UNPRIVILEGED = "nobody"
PASS, READ_AND_RUN = 0o1, 0o5


class Account(NamedTuple):
    name: str
    user: int
    group: int


def account_for(user: int, cluster: Path) -> Account | None:
    """Who has to run PostgreSQL where the server runs as `user`; None where that can be itself.

    A cluster stays with the account that made it, so that root can start what another user made.
    """
    if user != 0:
        return None
    if cluster.exists() and (made := cluster.stat()).st_uid != 0:
        return Account(f"number {made.st_uid}", made.st_uid, made.st_gid)
    try:
        who = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedFailed(
            f"PostgreSQL does not run as root, and there is no account {UNPRIVILEGED} to run it"
            " instead. Run Tollhouse as an ordinary user, or set DATABASE_URL."
        ) from None
    return Account(who.pw_name, who.pw_uid, who.pw_gid)


def obstacle(path: Path, account: Account) -> Path | None:
    """The first folder on the way to `path`, or itself, that is closed to the account.

    It goes by modes: of access control lists it knows nothing.
    """
    for step in (*reversed(path.parents), path):
        if step.exists() and not _is_open(step.stat(), account):
            return step
    return None


def _is_open(of: os.stat_result, account: Account) -> bool:
    owner, group = of.st_uid == account.user, of.st_gid == account.group
    needed = PASS if stat.S_ISDIR(of.st_mode) else READ_AND_RUN
    return of.st_mode >> (6 if owner else 3 if group else 0) & needed == needed


def prepare(folder: Path, account: Account | None) -> None:
    """Makes the data folder (0700), and opens it just as far as the account needs it.

    Root keeps the folder, with the secrets of the host in it; by 0710 the account's group may pass
    through to the cluster, but neither list nor read what else is there.
    """
    if account is None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    _refuse(obstacle(folder.parent, account), account)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    closed = obstacle(folder, account)
    if closed == folder and folder.stat().st_uid == os.geteuid():
        os.chown(folder, -1, account.group)
        folder.chmod(0o710)
        return
    _refuse(closed, account)


def give(path: Path, account: Account | None) -> None:
    """Makes the account the owner of what was made for it; without one, it is ours already."""
    if account is not None:
        os.chown(path, account.user, account.group)


def _refuse(closed: Path | None, account: Account) -> None:
    if closed is None:
        return
    mode = stat.S_IMODE(closed.stat().st_mode)
    raise EmbeddedFailed(
        f"PostgreSQL does not run as root, and the account that runs it instead ({account.name})"
        f" can't pass {closed}, whose mode is {mode:04o}. Set TOLLHOUSE_DATA to a folder that it"
        " can reach, such as /var/lib/tollhouse, or run Tollhouse as an ordinary user."
    )

"""A copy of PostgreSQL's programs where their account can't reach the installed ones."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from db.binaries import ELSEWHERE, WHEEL, EmbeddedFailed
from db.embedded_account import Account, obstacle

COPIES = "postgres-programs"


def within_reach(binaries: Path, folder: Path, account: Account | None) -> Path:
    """The programs themselves where the account can run them, else the data folder's copy."""
    if account is None or (closed := obstacle(binaries / "postgres", account)) is None:
        return binaries
    package = binaries.parent.parent
    if package.name != WHEEL:
        # What else lies beside a folder that was given isn't ours to show to another account.
        raise EmbeddedFailed(
            f"The account that runs PostgreSQL ({account.name}) can't pass {closed} on the way to"
            f" its programs. {ELSEWHERE} that it can reach."
        )
    return _copied(package, folder / COPIES) / WHEEL / binaries.relative_to(package)


def _copied(package: Path, copies: Path) -> Path:
    copy = copies / _fingerprint(package)
    if not copy.exists():
        # Other versions' copies and half-made ones: the folder's one owner needs none of them.
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir(mode=0o755)
        aside = Path(tempfile.mkdtemp(dir=copies))
        _copy(package, aside / WHEEL)
        for path in (copies, aside, *aside.rglob("*")):
            path.chmod(0o755)
        aside.rename(copy)
    return copy


def _copy(package: Path, target: Path) -> None:
    programs = package / "pginstall"
    needless = shutil.ignore_patterns("include", "doc", "*.a")
    shutil.copytree(programs, target / programs.name, ignore=needless)
    # Repaired wheels keep the libraries that they carry there, on Linux and on macOS.
    for libraries, place in (
        (package.with_name(f"{WHEEL}.libs"), target.with_name(f"{WHEEL}.libs")),
        (package / ".dylibs", target / ".dylibs"),
    ):
        if libraries.exists():
            shutil.copytree(libraries, place)


def _fingerprint(package: Path) -> str:
    files = sorted(package.joinpath("pginstall").rglob("*"))
    known = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(known).encode()).hexdigest()[:16]

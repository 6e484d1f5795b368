"""The house itself: sizes, what the lock files hold, and what an import costs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [
    ROOT / "server.py",
    *(
        path
        for folder in ("access", "cli", "db", "delivery", "execution", "resolvers", "schema")
        for path in (ROOT / folder).rglob("*.py")
    ),
]
LONGEST_FILE = 200
LOCKS = tuple(sorted(path.name for path in ROOT.glob("requirements*.lock")))

# Path from the root, and the reason why it is one file all the same.
ALLOWED_LONGER: dict[str, str] = {}

HEAVY = ["aiohttp", "graphql", "sqlalchemy", "sqlmodel", "strawberry"]
IMPORT_EACH = """
import importlib, json, sys
heavy, *names = sys.argv[1:]
costs = {}
for name in names:
    importlib.import_module(name)
    costs[name] = [module for module in heavy.split(",") if module in sys.modules]
print(json.dumps(costs))
"""


def test_no_file_is_long():
    long = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if len(path.read_text().splitlines()) > LONGEST_FILE
    }

    assert long == set(ALLOWED_LONGER)


def test_importing_access_costs_nothing_heavy():
    names = ["access", *(f"access.{path.stem}" for path in (ROOT / "access").glob("[!_]*.py"))]

    shown = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, ",".join(HEAVY), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert json.loads(shown) == {name: [] for name in names}


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_no_addresses_and_no_paths(lock):
    lines = (ROOT / lock).read_text().splitlines()

    assert [line for line in lines if "/" in line or line.startswith("-")] == []


def test_the_development_lock_holds_all_of_the_other():
    pair = ("requirements.lock", "requirements-dev.lock")
    runtime, development = ((ROOT / lock).read_text().splitlines() for lock in pair)

    assert set(runtime) - set(development) == set()

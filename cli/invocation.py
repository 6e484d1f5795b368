"""How this program is run again from where it was started."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from cli.settings import BY_FIELD, Settings

INSTALLED = "tollhouse"


def how_to_run(settings: Settings, command: str) -> str:
    """The command line that does `command` on the same data folder."""
    data = str(settings.data)
    folder = "" if data == str(Path(BY_FIELD["data"].default)) else f" --data {shlex.quote(data)}"
    return f"{program(Path(sys.argv[0]), Path(sys.executable))} {command}{folder}"


def hint(command: str) -> str:
    """The command line that does `command` where the one that runs now was typed."""
    context = click.get_current_context(silent=True)
    if context is None:
        return f"{INSTALLED} {command}"
    data = context.params.get("data")
    # The environment stays as it is; of the flags, a URL of a database may have a password.
    folder = f" --data {shlex.quote(data)}" if data else ""
    return f"{context.find_root().info_name} {command}{folder}"


def program(script: Path, python: Path) -> str:
    if script.name == "__main__.py":
        return f"{_near(python)} -m {script.parent.name}"
    if script.suffix == ".py":
        return f"{_near(python)} {_near(script)}"
    found = shutil.which(script.name)
    if found and script.exists() and Path(found).samefile(script):
        return script.name
    near = _near(script)
    return near if "/" in near else f"./{near}"


def _near(path: Path) -> str:
    """The shorter of the ways to a file, quoted for a shell."""
    relative = os.path.relpath(path)
    return shlex.quote(relative if len(relative) < len(str(path)) else str(path))

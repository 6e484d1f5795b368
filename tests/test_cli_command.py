"""The command itself: its help, what it prints about itself, and what it costs to start."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.command import tollhouse
from cli.invocation import program
from cli.settings import SETTINGS
from server import main, sdl, version
from tests.cli_parts import Command
from tests.embedded_parts import ROOT
from tests.serve_parts import ENVIRONMENT

COST = """
import json, sys
sys.argv = ["tollhouse", "keys", "list", "--help"]
import server
try:
    server.main()
except SystemExit:
    heavy = ["aiohttp", "graphql", "strawberry"]
    print(json.dumps([name for name in heavy if name in sys.modules]), file=sys.stderr)
"""


def every_command(group=tollhouse, path=()):
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name)


@pytest.fixture
def command(tmp_path):
    return Command(None, tmp_path)


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_each_command_has_help(command, path):
    shown = command(*path, "--help").stdout

    assert shown.startswith(f"Usage: {' '.join(('tollhouse', *path))} ")


def test_serve_has_a_flag_for_each_setting(command):
    shown = command("serve", "--help").stdout

    assert [setting.flag for setting in SETTINGS if f"\n  {setting.flag} " not in shown] == []
    assert [setting.name for setting in SETTINGS if f"[{setting.name};" not in shown] == []


def test_the_schema_ends_with_one_newline(command):
    assert command("schema").stdout == "type Query\n"


def test_the_schema_is_the_one_in_the_repository():
    assert sdl().rstrip("\n") + "\n" == (ROOT / "schema.graphql").read_text()


def test_settings_that_cannot_be_used_are_told(command):
    command.environment |= {"TOLLHOUSE_PORT": "x", "TOLLHOUSE_PROT": "1"}

    told = command("serve", code=2).stderr

    assert told.startswith("Warning: TOLLHOUSE_PROT is no setting; did you mean TOLLHOUSE_PORT?\n")
    assert "Error: TOLLHOUSE_PORT (or --port) is 'x': Give a whole number" in told


def test_the_version_is_the_projects(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tollhouse", "--version"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"tollhouse, version {version()}\n"


def test_usage_says_what_was_typed(monkeypatch):
    monkeypatch.chdir(ROOT)

    ended = subprocess.run(
        [sys.executable, "server.py", "nonsense"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )

    typed = program(Path("server.py"), Path(sys.executable))
    assert typed.endswith(" server.py")
    assert ended.returncode == 2
    assert ended.stderr.startswith(
        f"Usage: {typed} [OPTIONS] COMMAND [ARGS]...\nTry '{typed} --help' for help.\n"
    )


def test_an_installed_version_is_the_packages(monkeypatch, tmp_path):
    monkeypatch.setattr("server.PROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr("server.metadata.version", lambda name: f"{name} 9")

    assert version() == "tollhouse 9"


def test_commands_about_keys_load_neither_http_nor_graphql():
    shown = subprocess.run(
        [sys.executable, "-c", COST],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    ).stderr

    assert json.loads(shown) == []

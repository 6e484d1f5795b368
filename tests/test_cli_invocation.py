"""How the program says that it can be run again."""

import sys
from pathlib import Path

import click
import pytest

from cli.invocation import hint, how_to_run, program
from cli.settings import read

PYTHON = Path(sys.executable)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_script_is_run_by_the_python_that_runs_it(here):
    python = here / ".venv" / "bin" / "python"

    assert program(Path("server.py"), python) == ".venv/bin/python server.py"
    assert program(here / "my tree" / "server.py", python) == (
        ".venv/bin/python 'my tree/server.py'"
    )


def test_a_package_is_run_as_a_module(here):
    script = here / "lib" / "tollhouse" / "__main__.py"

    assert program(script, here / "bin" / "python") == "bin/python -m tollhouse"


def test_a_command_on_the_path_is_called_by_its_name(here, monkeypatch):
    command = here / "bin" / "tollhouse"
    command.parent.mkdir()
    command.touch(mode=0o755)

    assert program(command, PYTHON) == "bin/tollhouse"
    monkeypatch.setenv("PATH", str(command.parent))
    assert program(command, PYTHON) == "tollhouse"
    other = here / "tollhouse"
    other.touch()
    assert program(other, PYTHON) == "./tollhouse"


def test_far_files_are_called_by_their_whole_path(here, monkeypatch):
    deep = here / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    assert program(Path("/x/server.py"), Path("/y/python")) == "/y/python /x/server.py"


@pytest.mark.parametrize(
    ("data", "ending"),
    [("./data", "do it"), ("data", "do it"), ("/my data", "do it --data '/my data'")],
)
def test_another_data_folder_is_named(data, ending):
    settings = read({"data": data}, {})

    assert how_to_run(settings, "do it").endswith(f" {ending}")


def test_a_hint_says_what_was_typed_before():
    root = click.Context(click.Group(), info_name=".venv/bin/python server.py")
    command = click.Context(click.Command("keys"), parent=root, info_name="keys")
    with command:
        assert hint("keys list") == ".venv/bin/python server.py keys list"
        command.params = {"data": None, "database_url": "postgresql://u:secret@host/shop"}
        assert hint("keys list") == ".venv/bin/python server.py keys list"
        command.params = {"data": "/my data"}
        assert hint("keys list") == ".venv/bin/python server.py keys list --data '/my data'"


def test_where_no_command_runs_a_hint_has_the_installed_name():
    assert hint("serve --help") == "tollhouse serve --help"


def test_a_command_that_is_no_file_is_called_by_its_path(here, monkeypatch):
    command = here / "bin" / "tollhouse"
    command.parent.mkdir()
    command.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(command.parent))

    assert program(Path("tollhouse"), PYTHON) == "./tollhouse"

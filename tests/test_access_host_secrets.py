"""The files of peppers and of encryption keys."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from access import host_secrets
from access.encryption import EncryptionKeys
from access.host_secrets import Unusable, load_or_generate
from access.pepper import Peppers
from tests.embedded_parts import ROOT

KEEPING = {Peppers: "tokens", EncryptionKeys: "secrets"}
# Waits until it is told to start, as the others do.
START = """
import sys
from pathlib import Path
from access.encryption import EncryptionKeys
from access.host_secrets import load_or_generate
print("here", flush=True)
sys.stdin.readline()
print(load_or_generate(EncryptionKeys, Path(sys.argv[1]), may_generate=True).show())
"""


@pytest.fixture(params=KEEPING, ids=["peppers", "encryption keys"])
def kind(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "secrets"


@pytest.fixture
def written(path):
    path.parent.mkdir()
    path.touch(mode=0o600)
    return path


def test_keys_are_generated_once(kind, path):
    first = load_or_generate(kind, path, may_generate=True)

    assert type(first) is kind
    assert first.versions == (1,)
    assert load_or_generate(kind, path, may_generate=False).show() == first.show()
    assert load_or_generate(kind, path, may_generate=True).show() == first.show()


def test_the_file_is_its_owners_alone_and_nothing_lies_beside_it(kind, path):
    load_or_generate(kind, path, may_generate=True)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_listed_keys_are_read(kind, written):
    shown = kind({2: b"n" * 32, 1: b"o" * 32}).show()
    written.write_text(shown + "\n")

    assert load_or_generate(kind, written, may_generate=False).show() == shown


def test_threads_that_start_at_once_agree(kind, path):
    barrier = Barrier(8)

    def start(_):
        barrier.wait()
        return load_or_generate(kind, path, may_generate=True).show()

    with ThreadPoolExecutor(8) as pool:
        shown = set(pool.map(start, range(8)))
    assert shown == {path.read_text().strip()}
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_agree(path):
    command = [sys.executable, "-c", START, str(path)]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(2)
    ]
    for process in started:
        assert process.stdout.readline() == "here\n"
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()

    shown = [process.communicate(timeout=60)[0] for process in started]

    assert shown == [path.read_text()] * 2
    assert list(path.parent.iterdir()) == [path]


def test_the_slower_process_keeps_what_the_quicker_one_wrote(kind, path):
    first = load_or_generate(kind, path, may_generate=True).show()
    host_secrets._generate(kind, path)

    assert path.read_text() == first + "\n"
    assert list(path.parent.iterdir()) == [path]


def test_none_are_generated_where_the_database_rests_on_the_missing_ones(kind, path):
    with pytest.raises(Unusable) as refused:
        load_or_generate(kind, path, may_generate=False)

    assert str(refused.value) == (
        f"{path} is missing, and {KEEPING[kind]} in the database rest on it. Restore it from the"
        f" backup, copy it from another host of this database, or set {kind.SETTING}."
    )
    assert not path.parent.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_open_to_others_is_refused(kind, written, mode):
    written.write_text(kind.generate().show())
    written.chmod(mode)

    cure = re.escape(f"(mode {mode:04o}). Run: chmod 600 {written}")
    with pytest.raises(Unusable, match=cure):
        load_or_generate(kind, written, may_generate=True)


def test_an_empty_file_is_refused_and_left_alone(kind, written):
    written.write_text("\n")

    cure = f"{written} is empty. Restore it from the backup; where the database has no "
    with pytest.raises(Unusable, match=re.escape(cure + KEEPING[kind])):
        load_or_generate(kind, written, may_generate=True)
    assert written.read_text() == "\n"


@pytest.mark.parametrize("content", [b"1:c2hvcnQ=", b"1:\xff\xfe", b"nonsense"])
def test_a_damaged_file_is_refused_without_showing_it(kind, written, content):
    written.write_bytes(content)

    with pytest.raises(Unusable, match=r"is damaged: .* Restore it from the backup") as raised:
        load_or_generate(kind, written, may_generate=True)
    assert content.decode("ascii", "replace") not in str(raised.value)
    assert written.read_bytes() == content

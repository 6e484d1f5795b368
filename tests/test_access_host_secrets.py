"""The file of peppers."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from access import host_secrets
from access.host_secrets import Unusable, load_or_generate
from access.pepper import Peppers


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "peppers"


@pytest.fixture
def written(path):
    path.parent.mkdir()
    path.touch(mode=0o600)
    return path


def test_peppers_are_generated_once(path):
    first = load_or_generate(path, may_generate=True)
    assert first.versions == (1,)
    assert load_or_generate(path, may_generate=False).show() == first.show()
    assert load_or_generate(path, may_generate=True).show() == first.show()


def test_the_file_is_its_owners_alone_and_nothing_lies_beside_it(path):
    load_or_generate(path, may_generate=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_listed_peppers_are_read(written):
    shown = Peppers({2: b"n" * 32, 1: b"o" * 32}).show()
    written.write_text(shown + "\n")
    assert load_or_generate(written, may_generate=False).show() == shown


def test_processes_that_start_at_once_agree(path):
    barrier = Barrier(8)

    def start(_):
        barrier.wait()
        return load_or_generate(path, may_generate=True).show()

    with ThreadPoolExecutor(8) as pool:
        shown = set(pool.map(start, range(8)))
    assert shown == {path.read_text().strip()}
    assert list(path.parent.iterdir()) == [path]


def test_the_slower_process_keeps_what_the_quicker_one_wrote(path):
    first = load_or_generate(path, may_generate=True).show()
    host_secrets._generate(path)
    assert path.read_text() == first + "\n"
    assert list(path.parent.iterdir()) == [path]


def test_none_are_generated_where_keys_rest_on_the_missing_ones(path):
    with pytest.raises(Unusable, match="Restore it from the backup, or set TOLLHOUSE_PEPPERS"):
        load_or_generate(path, may_generate=False)
    assert not path.parent.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_open_to_others_is_refused(written, mode):
    written.write_text(Peppers.generate().show())
    written.chmod(mode)
    cure = re.escape(f"(mode {mode:04o}). Run: chmod 600 {written}")
    with pytest.raises(Unusable, match=cure):
        load_or_generate(written, may_generate=True)


def test_an_empty_file_is_refused_and_left_alone(written):
    written.write_text("\n")
    with pytest.raises(Unusable, match=r"is empty\. Restore it from the backup"):
        load_or_generate(written, may_generate=True)
    assert written.read_text() == "\n"


@pytest.mark.parametrize("content", [b"1:c2hvcnQ=", b"1:\xff\xfe", b"nonsense"])
def test_a_damaged_file_is_refused_without_showing_it(written, content):
    written.write_bytes(content)
    with pytest.raises(Unusable, match=r"is damaged: .* Restore it from the backup") as raised:
        load_or_generate(written, may_generate=True)
    assert content.decode("ascii", "replace") not in str(raised.value)
    assert written.read_bytes() == content

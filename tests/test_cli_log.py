"""The log: its forms, and what never gets into it."""

import io
import json
import logging

import pytest
import structlog

from access.encryption import EncryptionKeys
from access.pepper import Peppers
from access.token import mint
from cli.log import configure


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def logged(form=None, stream=None):
    stream = io.StringIO() if stream is None else stream
    configure(form, stream)
    return stream


def failing():
    secret = mint().secret
    raise ValueError(secret[:2] + "...")


def test_away_from_a_terminal_each_entry_is_json():
    stream = logged()

    structlog.get_logger().info("It runs.", port=1)

    entry = json.loads(stream.getvalue())
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {"event": "It runs.", "level": "info", "port": 1}


@pytest.mark.parametrize(
    ("form", "stream", "is_text"),
    [
        (None, Terminal(), True),
        ("text", io.StringIO(), True),
        ("json", Terminal(), False),
        (None, io.StringIO(), False),
    ],
)
def test_text_is_for_terminals_unless_it_is_said(form, stream, is_text):
    logged(form, stream)

    structlog.get_logger().info("It runs.")

    assert stream.getvalue().startswith("{") is not is_text
    assert "It runs." in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_libraries_log_the_same_way_from_warnings_on(form):
    stream = logged(form)

    logging.getLogger("aiohttp.server").info("quiet")
    logging.getLogger("aiohttp.server").warning("loud %s", "enough")

    assert "quiet" not in stream.getvalue()
    assert "loud enough" in stream.getvalue()
    assert stream.getvalue().startswith("{") is (form == "json")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_token_never_gets_in_however_it_came(form):
    stream, token = logged(form), mint()
    log = structlog.get_logger()

    log.info(token.text, token=token, text=f"Bearer {token.text}!", many=[token])
    logging.getLogger("aiohttp.server").error("bad header: %s", token.text)

    assert token.secret not in stream.getvalue()
    assert f"th_{token.id}_…" in stream.getvalue()
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("kind", [Peppers, EncryptionKeys])
def test_secrets_of_the_host_are_shown_by_their_versions(form, kind):
    stream, keys = logged(form), kind.generate()

    structlog.get_logger().info("x", keys=keys)

    assert f"{kind.__name__}(versions=(1,))" in stream.getvalue()
    assert keys.show().removeprefix("1:") not in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failure_is_told_with_its_lines_and_without_variables(form):
    stream = logged(form)

    try:
        failing()
    except ValueError as error:
        secret = error.__traceback__.tb_next.tb_frame.f_locals["secret"]
        structlog.get_logger().exception("It failed.")

    assert "raise ValueError(secret[:2]" in stream.getvalue()
    assert secret not in stream.getvalue()


def test_the_log_goes_to_standard_error(capsys):
    configure("json")

    structlog.get_logger().info("It runs.")

    said = capsys.readouterr()
    assert said.out == ""
    assert "It runs." in said.err

"""The settings of limits and introspection."""

import pytest

from access.audience import Audience
from tests.test_cli_settings import faults_of, settings_of


def limits_of(**environment):
    settings = settings_of(**environment)
    return settings.rate_limit, settings.rate_burst, settings.introspection


def test_they_have_defaults():
    assert limits_of() == (600_000, 100_000, Audience.KEYS)


def test_each_can_be_set():
    assert limits_of(
        TOLLHOUSE_RATE_LIMIT="0",
        TOLLHOUSE_RATE_BURST="1",
        TOLLHOUSE_INTROSPECTION="full-access",
    ) == (0, 1, Audience.FULL_ACCESS)
    assert settings_of(TOLLHOUSE_INTROSPECTION="nobody").introspection is Audience.NOBODY


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RATE_LIMIT", "-1", "Give a whole number from 0 to 1000000000."),
        ("RATE_BURST", "0", "Give a whole number from 1 to 1000000000."),
        ("INTROSPECTION", "everybody", "Give keys, full-access or nobody."),
    ],
)
def test_what_they_can_not_be_is_told(name, value, told):
    [fault] = faults_of(**{f"TOLLHOUSE_{name}": value})

    assert fault.startswith(f"TOLLHOUSE_{name} ")
    assert fault.endswith(told)

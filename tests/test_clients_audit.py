"""The server audit of graphql-http, against the running server with a key."""

import pytest

from tests.clients import program

# Each audit is named for what it holds: MUST, SHOULD or MAY.
COUNTS = {"MUST": 13, "SHOULD": 23, "MAY": 25}


def faults(results):
    """A line for each audit that didn't pass."""
    return [
        f"{each['status']}: {each['id']} {each['name']}: {each.get('reason')}"
        for each in results
        if each["status"] != "ok"
    ]


async def audited(house, token):
    async with program("audit", house.url(), token) as audit:
        return await audit.said()


async def test_every_audit_passes(house):
    key = await house.key()

    results = await audited(house, key.token)

    assert faults(results) == []
    counted = {rule: sum(each["name"].startswith(rule) for each in results) for rule in COUNTS}
    assert counted == COUNTS


async def test_faults_would_be_found(house):
    results = await audited(house, "no key")

    with pytest.raises(AssertionError):
        assert faults(results) == []
    assert len(faults(results)) > 20

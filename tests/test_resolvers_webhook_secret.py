"""Secrets of webhooks: shown once, kept encrypted, rotated with an overlap."""

import asyncio
from base64 import b64decode

import pytest

from tests.hooks import CREATE, DELETE, READ, ROTATE, TEST, URL, change, changed, hook, read, rows
from tests.shop import opened_still, shown

SECRETS = """SELECT id, secret, previous_secret, previous_secret_ends_at FROM webhook
  WHERE organization_id = $1"""
A_DAY = 86_400
A_WEEK = 7 * A_DAY


@pytest.fixture
async def key(house):
    return await house.key()


def plain(secret):
    assert secret.startswith("whsec_")
    return b64decode(secret.removeprefix("whsec_"), validate=True)


async def kept(house, key):
    """The secrets in the row, deciphered."""
    [row] = await rows(house, key.organization, SECRETS)
    sealed = (row["secret"], row["previous_secret"])
    bound = row["id"].bytes
    return [house.encryption.decrypt(one, bound) if one else None for one in sealed]


async def test_a_secret_has_32_random_bytes(house, key):
    secrets = {plain((await changed(house, key, CREATE, url=URL))["secret"]) for _ in range(5)}

    assert [len(secret) for secret in secrets] == [32] * 5


async def test_it_stands_encrypted_and_bound_to_its_row(house, key):
    made = await changed(house, key, CREATE, url=URL)
    rotated = await changed(house, key, ROTATE, id=made["webhook"]["id"])
    first, second = plain(made["secret"]), plain(rotated["secret"])

    assert await kept(house, key) == [second, first]
    everything = await rows(
        house, key.organization, "SELECT w::text FROM webhook w WHERE organization_id = $1"
    )
    audit = await rows(
        house, key.organization, "SELECT a::text FROM audit_entry a WHERE organization_id = $1"
    )
    told = " ".join(row[0] for row in everything + audit)
    for secret, text in ((first, made["secret"]), (second, rotated["secret"])):
        assert secret.hex() not in told
        assert text.removeprefix("whsec_") not in told


async def test_it_is_shown_in_no_later_answer(house, key):
    made = await changed(house, key, CREATE, url=URL)
    sent = await changed(house, key, TEST, id=made["webhook"]["id"])

    assert made["secret"] not in str(await read(house, key, READ, id=made["webhook"]["id"]))
    assert "secret" not in sent["delivery"]["payload"].lower().replace("previoussecret", "")


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [({}, A_DAY), ({"overlapSeconds": None}, A_DAY), ({"overlapSeconds": A_WEEK}, A_WEEK)],
)
async def test_the_previous_one_signs_until_the_overlap_ends(closed_house, stated, seconds):
    house = await opened_still(closed_house)
    key = await house.key()
    made = await changed(house, key, CREATE, url=URL)
    id = made["webhook"]["id"]

    rotated = await changed(house, key, ROTATE, id=id, **stated)
    house.clock.advance(seconds=seconds)
    ends = house.clock.now
    house.clock.advance(microseconds=-1)
    before = await read(house, key, READ, id=id)
    house.clock.advance(microseconds=1)

    assert rotated["webhook"]["previousSecretExpiresAt"] == shown(ends)
    assert before == rotated["webhook"]
    assert (await read(house, key, READ, id=id))["previousSecretExpiresAt"] is None


async def test_no_overlap_ends_the_previous_one_at_once(house, key):
    made = await changed(house, key, CREATE, url=URL)
    id = made["webhook"]["id"]
    await changed(house, key, ROTATE, id=id)

    rotated = await changed(house, key, ROTATE, id=id, overlapSeconds=0)

    assert rotated["webhook"]["previousSecretExpiresAt"] is None
    assert await kept(house, key) == [plain(rotated["secret"]), None]


@pytest.mark.parametrize("seconds", [-1, A_WEEK + 1])
async def test_an_overlap_has_limits(house, key, seconds):
    made = await changed(house, key, CREATE, url=URL)

    answer = await change(house, key, ROTATE, id=made["webhook"]["id"], overlapSeconds=seconds)

    assert list(answer.fields) == ["input.overlapSeconds"]
    assert await kept(house, key) == [plain(made["secret"]), None]


async def test_of_two_rotations_at_once_the_later_keeps_the_earlier(house, key):
    id = (await hook(house, key))["id"]

    answers = await asyncio.gather(*[changed(house, key, ROTATE, id=id) for _ in range(2)])

    assert sorted(await kept(house, key)) == sorted(plain(one["secret"]) for one in answers)


async def test_of_a_rotation_and_a_deletion_one_comes_first(house, key):
    id = (await hook(house, key))["id"]

    rotated, deleted = await asyncio.gather(
        change(house, key, ROTATE, id=id), change(house, key, DELETE, id=id)
    )

    assert deleted.data == {"deleteWebhook": {"deletedWebhookId": id}}
    assert "errors" not in rotated.body or rotated.codes == ["NOT_FOUND"]
    assert await read(house, key, READ, id=id) is None

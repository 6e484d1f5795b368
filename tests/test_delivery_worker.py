"""The worker, from an event's commit to the receiver, and back into the database."""

from datetime import timedelta

from access.encryption import EncryptionKeys
from delivery.schedule import WAITS
from delivery.sender import Sender
from tests.delivery_parts import deliveries, happen, later, settled, until, webhook, working
from tests.receiver import LOOPBACK, receiving, reset, status

SECRET, OLDER = bytes(range(32)), bytes(range(1, 33))
ATTEMPTS = """SELECT number, response_status, response_body, error FROM delivery_attempt a
WHERE a.organization_id = $1 ORDER BY number"""


async def attempts(house, owner):
    async with house.database.reading() as connection:
        return [tuple(row) for row in await connection.fetch(ATTEMPTS, owner)]


async def test_what_happens_arrives_signed(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url, SECRET)
        [subject] = await happen(house, owner)
        [row] = await settled(house, owner, 1)

    [received] = receiver.received
    assert received.is_signed_by(SECRET)
    assert subject in received.body.decode()
    assert row["status"] == "DELIVERED"


async def test_a_thousand_arrive_once_each(house):
    owner = await house.organization()
    async with receiving() as receiver:
        await webhook(house, owner, receiver.url, SECRET)
        subjects = await happen(house, owner, 1000)
        async with working(house):
            rows = await settled(house, owner, 1000)

    bodies = [received.body.decode() for received in receiver.received]
    assert sorted(body.split('"id":"')[1][:31] for body in bodies) == sorted(subjects)
    assert {row["status"] for row in rows} == {"DELIVERED"}


async def test_what_happens_arrives_though_nobody_looks(house, monkeypatch):
    monkeypatch.setattr("delivery.worker.POLL_SECONDS", 600)
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        for number in range(1, 12):
            await happen(house, owner)
            await until(lambda wanted=number: len(receiver.received) == wanted)


async def test_what_nobody_told_of_is_found(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        house.database._tell = None
        await happen(house, owner)
        await until(lambda: receiver.received, seconds=2)


async def test_many_lanes_are_looked_through_step_by_step(house, monkeypatch):
    monkeypatch.setattr("delivery.leases.SOUGHT_AT_ONCE", 2)
    owner = await house.organization()
    async with receiving() as receiver:
        for number in range(5):
            await webhook(house, owner, f"{receiver.url}/{number}")
        await happen(house, owner)
        async with working(house):
            await until(lambda: len(receiver.received) == 5)


async def test_what_fails_is_tried_again_by_the_schedule_and_then_given_up(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        receiver.reply = status(500, "oh")
        [subject] = await happen(house, owner)
        for number, wait in enumerate(WAITS, 1):
            await until(lambda wanted=number: len(receiver.received) == wanted)
            [row] = await settled(house, owner, 1)
            while row["attempt_count"] < number:
                [row] = await deliveries(house, owner)
            left = (row["next_attempt_at"] - house.clock.now).total_seconds()
            assert wait - 1 < left <= wait * 1.1
            assert row["tries"] == number
            await later(house, seconds=wait - 2)
            assert len(receiver.received) == number
            await later(house, seconds=wait * 0.1 + 2)
        await until(lambda: len(receiver.received) == 8)
        while row["status"] == "PENDING":
            [row] = await deliveries(house, owner)

    assert (row["status"], row["attempt_count"], row["next_attempt_at"]) == ("FAILED", 8, None)
    assert await attempts(house, owner) == [(number, 500, "oh", None) for number in range(1, 9)]
    assert len({received.headers["webhook-id"] for received in receiver.received}) == 1
    assert len({received.body for received in receiver.received}) == 1
    assert len({received.headers["webhook-timestamp"] for received in receiver.received}) == 8
    assert subject in receiver.received[0].body.decode()


async def test_what_the_endpoint_asks_to_wait_is_waited(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        receiver.script.append(status(503, retry_after="3600"))
        await happen(house, owner)
        [row] = await settled(house, owner, 1)

    left = row["next_attempt_at"] - house.clock.now
    assert timedelta(seconds=3599) <= left <= timedelta(seconds=3960)


async def test_a_broken_connection_is_a_failed_attempt(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        receiver.script.append(reset)
        await happen(house, owner)
        await settled(house, owner, 1)

    [(number, answered, body, error)] = await attempts(house, owner)
    assert (number, answered, body) == (1, None, None)
    assert error in {"reset the connection", "closed the connection without an answer"}


async def test_while_two_secrets_overlap_both_sign(house):
    owner = await house.organization()
    id_ends = house.clock.now + timedelta(hours=1)
    async with receiving() as receiver, working(house):
        id = await webhook(house, owner, receiver.url, SECRET)
        sealed = house.encryption.encrypt(OLDER, id.bytes)
        async with house.database.reading() as connection:
            await connection.execute(
                "UPDATE webhook w SET previous_secret = $3, previous_secret_ends_at = $4"
                " WHERE w.organization_id = $1 AND w.id = $2",
                owner,
                id,
                sealed,
                id_ends,
            )
        await happen(house, owner)
        await settled(house, owner, 1)
        house.clock.advance(hours=1)
        await happen(house, owner)
        await settled(house, owner, 2)

    during, after = receiver.received
    assert during.is_signed_by(SECRET)
    assert during.is_signed_by(OLDER)
    assert after.is_signed_by(SECRET)
    assert not after.is_signed_by(OLDER)


async def test_without_its_secret_nothing_is_sent_and_the_attempt_has_failed(house):
    owner = await house.organization()
    house.encryption, kept = EncryptionKeys.generate(), house.encryption
    async with receiving() as receiver:
        await webhook(house, owner, receiver.url)
        house.encryption = kept
        async with working(house):
            await happen(house, owner)
            [row] = await settled(house, owner, 1)

    assert receiver.received == []
    assert row["status"] == "PENDING"
    assert await attempts(house, owner) == [
        (1, None, None, "its secret can't be read by this server")
    ]


class Faulty(Sender):
    """A sender with a fault that shows with one endpoint."""

    async def send(self, url, headers, body):
        if "faulty" in url:
            raise ZeroDivisionError
        return await super().send(url, headers, body)


async def test_a_fault_of_ours_holds_up_no_other_delivery(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house, Faulty(LOOPBACK, house.clock)):
        await webhook(house, owner, "https://faulty.test/hooks")
        await webhook(house, owner, receiver.url)
        await happen(house, owner, 3)
        rows = await settled(house, owner, 6)

    assert [row["status"] for row in rows].count("DELIVERED") == len(receiver.received) == 3
    assert [row["status"] for row in rows].count("PENDING") == 3
    errors = [error for *_, error in await attempts(house, owner) if error]
    assert errors == ["could not be tried: this server has a fault"] * 3


async def test_an_address_that_is_not_allowed_is_never_reached(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house, Sender(house.trusted, house.clock)):
        await webhook(house, owner, receiver.url)
        await happen(house, owner)
        await settled(house, owner, 1)

    assert receiver.received == []
    assert await attempts(house, owner) == [(1, None, None, "the address is not allowed")]

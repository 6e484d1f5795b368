"""Lives of deliveries that chance seldom comes to, held to the same model."""

import pytest

from delivery.schedule import WAITS
from tests.delivery_model import WEBHOOKS
from tests.test_db_delivery_life_model import DeliveryMachine

TRIES = len(WAITS) + 1
NOW = {"seconds": 0, "loses": False, "ends": False}


@pytest.fixture
def machine(migrated_url):
    machine = DeliveryMachine(migrated_url)
    yield machine
    machine.deliveries_are_what_the_model_says()
    machine.teardown()


def statuses(machine):
    machine.deliveries_are_what_the_model_says()
    return [one.status for one in machine.expected.values()]


def test_a_whole_life_is_what_the_model_says(machine):
    """All tries, then once more, which chance seldom comes to."""
    machine.something_happens()
    for _ in range(TRIES):
        machine.a_worker_looks(worker=0, seconds=40_000, loses=False, ends=False, answers=[500] * 2)
        machine.deliveries_are_what_the_model_says()
    assert [one.status for one in machine.expected.values()] == ["FAILED"] * WEBHOOKS
    for number in range(WEBHOOKS):
        machine.a_client_retries_all_that_failed(number=number)
    machine.a_worker_looks(worker=1, seconds=0, loses=True, ends=True, answers=[200] * 2)
    machine.deliveries_are_what_the_model_says()
    assert [one.attempts for one in machine.expected.values()] == [TRIES + 1] * WEBHOOKS
    machine.a_webhook_is_deleted(number=0)
    machine.a_client_retries_all_that_failed(number=0)
    for number, state in ((0, "ENABLED"), (1, "DISABLED")):
        machine.a_webhook_is_switched(number=number, state=state)
    machine.something_happens()
    machine.deliveries_are_what_the_model_says()
    assert [one.status for one in machine.expected.values()][-1] == "FAILED"
    machine.what_is_finished_is_pruned()
    assert machine.expected == {}
    machine.deliveries_are_what_the_model_says()


def test_what_is_cancelled_under_way_stays_so(machine):
    machine.something_happens()
    machine.a_worker_looks(worker=0, answers=[], **NOW)
    for begun, answer in zip(list(machine.under_way), (200, 500), strict=True):
        machine.cancel(begun.due.id)
        machine.settle(begun, answer)

    assert statuses(machine) == ["CANCELLED"] * WEBHOOKS


def test_what_waits_for_one_that_is_off_fails_when_it_is_due(machine):
    machine.something_happens()
    machine.a_webhook_is_switched(number=1, state="DISABLED")
    machine.a_worker_looks(worker=0, answers=[500], **NOW | {"ends": True})

    assert statuses(machine) == ["PENDING", "FAILED"]


def test_of_two_that_send_the_same_the_first_is_written(machine):
    machine.something_happens()
    machine.a_worker_looks(worker=0, answers=[], **NOW)
    machine.a_worker_looks(worker=1, answers=[200] * WEBHOOKS, **NOW | {"loses": True})
    for begun in list(machine.under_way):
        machine.settle(begun, 500)

    assert statuses(machine) == ["DELIVERED"] * WEBHOOKS

"""Whatever befalls deliveries in whatever order, they are what a plain model says they are."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from db import (
    delivery_change,
    delivery_prune,
    delivery_queue,
    delivery_recovery,
    webhook_change,
    webhook_lock,
)
from db.delivery import MOST_ATTEMPTS
from db.errors import Conflict
from tests.delivery_model import GONE, WEBHOOKS, Expected, Modelled, UnderWay
from tests.delivery_parts import happen

EXPIRE = "UPDATE webhook_lane l SET until = now() WHERE l.organization_id = $1"
LEASE_SECONDS = 600
ROOM = 100
HOLDERS = [UUID(int=1), UUID(int=2)]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STATES = [*["ENABLED"] * 4, "DISABLED", "FAILING_DISABLED"]
NUMBERS = st.integers(0, WEBHOOKS - 1)
ANSWER = st.sampled_from([200, 500, 500, 500, GONE, None])
LATER = st.sampled_from([0, 6, 400, 2_000, 40_000])


def refused_unless(allowed):
    return nullcontext() if allowed else pytest.raises(Conflict)


class DeliveryMachine(Modelled):
    @rule()
    def something_happens(self):
        known, subjects = set(self.expected), self.runner.run(happen(self, self.owner))
        made = {id: row for id, row in self.rows().items() if id not in known}
        numbers = {self.hooks.index(row["webhook_id"]): id for id, row in made.items()}
        assert sorted(numbers) == [n for n in range(WEBHOOKS) if self.states[n] != "DELETED"]
        for number, id in sorted(numbers.items()):
            row = made[id]
            assert subjects[0] in row["payload"]
            self.expected[id] = one = Expected(number, row["event_id"], row["payload"])
            if self.states[number] == "ENABLED":
                one.put_back(row["next_attempt_at"])

    @rule(
        worker=st.integers(0, 1),
        seconds=LATER,
        loses=st.booleans(),
        ends=st.booleans(),
        answers=st.lists(ANSWER, max_size=4),
    )
    def a_worker_looks(self, worker, seconds, loses, ends, answers):
        """Later, it leases what it can and begins attempts; some of them end at once."""
        self.now += timedelta(seconds=seconds)
        if loses:
            self.lose_leases()
        if ends:
            self.end_what_can_not_be_sent()
        self.read(worker)
        for begun, answer in zip(self.under_way[::-1], answers, strict=False):
            self.under_way.remove(begun)
            self.settle(begun, answer)

    def read(self, worker):
        """All that is due in the lanes that the worker can lease."""
        now = self.clock()
        busy = [begun.due.id for begun in self.under_way if begun.worker == worker]

        async def read(connection):
            taken = await delivery_queue.take(
                connection, HOLDERS[worker], self.lanes, LEASE_SECONDS
            )
            rooms = dict.fromkeys(sorted(taken), ROOM)
            return taken, await delivery_queue.due(connection, rooms, busy, now)

        taken, rows = self.run(read)
        own = [n for n in range(WEBHOOKS) if self.holders[n] in {None, worker}]
        assert taken == {self.lanes[number] for number in own}
        for number in own:
            self.holders[number] = worker
        assert {row.id for row in rows} == {
            id
            for id, one in self.expected.items()
            if one.status == "PENDING" and one.webhook in own and one.due <= now
            if self.states[one.webhook] == "ENABLED" and id not in busy
        }
        # In an order that is the same each time, though ids aren't.
        for row in sorted(rows, key=lambda row: list(self.expected).index(row.id)):
            one = self.expected[row.id]
            assert (row.event_id, row.payload) == (one.event_id, one.payload)
            assert (row.attempt_count, row.tries) == (one.attempts, one.tries)
            self.under_way.append(UnderWay(worker, row))

    @precondition(lambda self: self.under_way)
    @rule(
        data=st.data(), answers=st.lists(ANSWER, min_size=1, max_size=2), is_put_back=st.booleans()
    )
    def an_attempt_ends(self, data, answers, is_put_back):
        """Written twice, as after an answer of the database that was lost; or put back before."""
        begun = data.draw(st.sampled_from(self.under_way))
        self.under_way.remove(begun)
        if is_put_back and begun.due.id in self.expected:
            self.cancel(begun.due.id)
            self.retry(begun.due.id)
        for answer in answers:
            self.settle(begun, answer)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), again=st.booleans())
    def a_client_changes_one(self, data, again):
        id = data.draw(st.sampled_from(list(self.expected)))
        if again:
            self.retry(id)
        else:
            self.cancel(id)

    def retry(self, id):
        one, origin = self.expected[id], self.origin()
        allowed = one.status != "PENDING" and self.states[one.webhook] == "ENABLED"
        with refused_unless(allowed):
            self.run(lambda c: delivery_change.retry(c, self.owner, origin, id))
        if allowed:
            one.put_back(origin.now)

    def cancel(self, id):
        one, origin = self.expected[id], self.origin()
        with refused_unless(one.status == "PENDING"):
            self.run(lambda c: delivery_change.cancel(c, self.owner, origin, id))
        if one.status == "PENDING":
            one.end("CANCELLED")

    @rule(number=NUMBERS)
    def a_client_retries_all_that_failed(self, number):
        if self.states[number] == "DELETED":
            return
        hook, origin, failed = self.hooks[number], self.origin(), self.of(number, "FAILED")
        allowed = self.states[number] == "ENABLED"
        with refused_unless(allowed):
            count = self.run(
                lambda c: delivery_recovery.retry_failed(c, self.owner, origin, hook, LONG_AGO)
            )
            assert count == len(failed)
        for one in failed if allowed else ():
            one.put_back(origin.now)

    @rule(number=NUMBERS, state=st.sampled_from(STATES))
    def a_webhook_is_switched(self, number, state):
        if self.states[number] == "DELETED":
            return
        origin = self.origin()

        async def switch(connection):
            found = await webhook_lock.lock(connection, self.owner, self.hooks[number])
            await webhook_change.change(connection, origin, found, {"status": state})

        self.run(switch)
        self.states[number] = state

    @precondition(lambda self: len(self.expected) > 6 and "DELETED" not in self.states)
    @rule(number=NUMBERS)
    def a_webhook_is_deleted(self, number):
        origin = self.origin()
        self.run(lambda c: webhook_change.delete(c, self.owner, origin, self.hooks[number]))
        self.states[number] = "DELETED"
        for one in self.of(number, "PENDING"):
            one.end("CANCELLED")

    def end_what_can_not_be_sent(self):
        now = self.clock()
        closed = self.run(lambda c: delivery_queue.close(c, self.lanes, now))
        over = {
            id
            for id, one in self.expected.items()
            if self.states[one.webhook] != "ENABLED"
            and one.status == "PENDING"
            and (one.due <= now or self.states[one.webhook] == "DELETED")
        }
        assert {row.id for row in closed} == over
        for id in over:
            self.expected[id].end("FAILED")

    def lose_leases(self):
        self.run(lambda c: c.execute(EXPIRE, self.owner))
        self.holders = [None] * WEBHOOKS

    @rule()
    def what_is_finished_is_pruned(self):
        now = self.clock()
        assert self.run(lambda c: delivery_prune.prune(c, self.owner, now)) is False
        kept = {id: one for id, one in self.expected.items() if one.status == "PENDING"}
        self.expected = kept

    @invariant()
    def deliveries_are_what_the_model_says(self):
        rows = self.rows()
        assert rows.keys() == self.expected.keys()
        for id, one in self.expected.items():
            row = rows[id]
            assert (row["status"], row["next_attempt_at"]) == (one.status, one.due)
            assert (row["event_id"], row["payload"]) == (one.event_id, one.payload)
            assert row["attempt_count"] == one.attempts
            latest = range(max(2, one.attempts - MOST_ATTEMPTS + 1), one.attempts + 1)
            assert (row["numbers"] or []) == [1, *latest][: one.attempts]
            assert one.status == "CANCELLED" or row["tries"] == one.tries


def test_deliveries_live_as_the_model_says(migrated_url):
    run_state_machine_as_test(
        partial(DeliveryMachine, migrated_url),
        settings=settings(max_examples=40, stateful_step_count=30),
    )

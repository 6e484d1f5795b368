"""Reading notifications, and marking them."""

from dataclasses import dataclass
from typing import NamedTuple

import strawberry

import db.notification
import db.notification_change as changes
import db.notification_list
import schema.notification as shapes
from db import ids
from db.notification_change import START
from db.page import Ask, Sorting
from db.scope import Scope
from resolvers.paging import filters_of, shown
from schema.connection import After, Before, First, Last, Shown
from schema.context import Context, Info
from schema.guards import changing, guarded
from schema.later import Later

PREFIX = db.notification.Notification.PREFIX
NEWEST: Sorting[db.notification.Notification] = Sorting()


@dataclass(slots=True, eq=False)
class ShownNotifications(Shown):
    context: Context

    @property
    def unread_count(self) -> Later[int]:
        return Later(lambda: unread_of(self.context))


class MarkedPayload(NamedTuple):
    updated: int
    unread_count: int


class NotificationPayload(NamedTuple):
    notification: db.notification.Notification


@strawberry.type
class NotificationQueries:
    @guarded(shapes.NotificationConnection, Scope.NOTIFICATIONS_READ, "Newest first.")
    async def notifications(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: shapes.NotificationFilter | None = None,
    ) -> ShownNotifications:
        context, owner = info.context, info.context.organization_id
        ask, filters = Ask(first, after, last, before), filters_of(filter)
        page = await shown(
            context,
            lambda connection: db.notification_list.page(connection, owner, ask, filters, NEWEST),
            lambda connection: db.notification_list.count(connection, owner, filters),
        )
        return ShownNotifications(page.page, page.count, context)


@strawberry.type
class NotificationMutations:
    @changing(shapes.MarkNotificationsReadPayload | None, Scope.NOTIFICATIONS_UPDATE)
    async def mark_notifications_read(
        self, info: Info, input: shapes.MarkNotificationsReadInput
    ) -> MarkedPayload:
        context, owner = info.context, info.context.organization_id
        wanted = [
            ids.parsed(PREFIX, id, f"input.ids.{place}") for place, id in enumerate(input.ids)
        ]
        async with context.transaction() as connection:
            updated = await changes.mark_read(connection, owner, wanted, context.now)
            return MarkedPayload(updated, await db.notification_list.unread(connection, owner))

    @changing(
        shapes.MarkAllNotificationsReadPayload | None,
        Scope.NOTIFICATIONS_UPDATE,
        "All that were there when it was called, however many: in steps, so that where it is cut "
        "short what was marked stays so, and calling it again goes on.",
        in_steps=True,
    )
    async def mark_all_notifications_read(
        self, info: Info, input: shapes.MarkAllNotificationsReadInput
    ) -> MarkedPayload:
        context, owner = info.context, info.context.organization_id
        updated, last = 0, START
        # One transaction for each step: locks are short, and others get a connection in between.
        while last:
            async with context.transaction() as connection:
                marked = await changes.mark_next_read(
                    connection, owner, input.category, context.now, last
                )
            updated, last = updated + marked.updated, marked.last
        return MarkedPayload(updated, await unread_of(context))

    @changing(
        shapes.SetNotificationStatusPayload | None,
        Scope.NOTIFICATIONS_UPDATE,
        "Any status for any other.",
    )
    async def set_notification_status(
        self, info: Info, input: shapes.SetNotificationStatusInput
    ) -> NotificationPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            return NotificationPayload(
                await changes.set_status(
                    connection, context.organization_id, id, input.status, context.now
                )
            )


async def unread_of(context: Context) -> int:
    async with context.reading() as connection:
        return await db.notification_list.unread(connection, context.organization_id)

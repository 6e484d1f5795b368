"""How an organization wants to be told."""

from collections.abc import Iterable
from typing import NamedTuple

import strawberry

import db.notification_settings as settings
import schema.notification as shapes
from db.errors import Fault, InvalidInput
from db.scope import Scope
from schema.context import Info
from schema.guards import changing, guarded

Stated = dict[str, dict[str, bool]]


class SettingsPayload(NamedTuple):
    settings: settings.Chosen


@strawberry.type
class NotificationSettingsQueries:
    @guarded(shapes.NotificationSettings, Scope.NOTIFICATIONS_SETTINGS_READ)
    async def notification_settings(self, info: Info) -> settings.Chosen:
        context = info.context
        async with context.reading() as connection:
            return await settings.find(connection, context.organization_id)


@strawberry.type
class NotificationSettingsMutations:
    @changing(
        shapes.UpdateNotificationSettingsPayload | None,
        Scope.NOTIFICATIONS_SETTINGS_UPDATE,
        "What is left out stays as it is.",
    )
    async def update_notification_settings(
        self, info: Info, input: shapes.UpdateNotificationSettingsInput
    ) -> SettingsPayload:
        context, owner = info.context, info.context.organization_id
        stated = stated_of(input.preferences or ())
        async with context.transaction() as connection:
            return SettingsPayload(
                await settings.change(connection, owner, context.origin, stated, input.emails)
            )


def stated_of(preferences: Iterable[shapes.NotificationPreferenceInput]) -> Stated:
    """What is stated of each category; InvalidInput names all that are there twice."""
    stated: Stated = {}
    faults: list[Fault] = []
    for place, one in enumerate(preferences):
        if one.category in stated:
            path = f"input.preferences.{place}.category"
            faults.append(Fault(path, f"{one.category} is there already"))
        given = {"in_app": one.in_app, "email": one.email}
        stated[one.category.value] = {name: on for name, on in given.items() if on is not None}
    if faults:
        raise InvalidInput(faults)
    return stated

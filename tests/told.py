"""What the tests of notifications share: operations, and ways to have something to read."""

from typing import Any
from uuid import UUID

from db import tally
from db.actor import OPERATOR, Origin
from db.ids import shown
from db.notification import NotificationCategory
from db.notification_made import notify
from tests.house import House, Key

NOTIFICATION = "id category title body status createdAt readAt"
LIST = f"""query($first: Int, $after: String, $last: Int, $before: String,
    $filter: NotificationFilter) {{
  notifications(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{
    nodes {{ {NOTIFICATION} }} edges {{ cursor node {{ id }} }} totalCount unreadCount
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
MARK = """mutation($ids: [ID!]!) {
  markNotificationsRead(input: { ids: $ids }) { updated unreadCount } }"""
MARK_ALL = """mutation($category: NotificationCategory) {
  markAllNotificationsRead(input: { category: $category }) { updated unreadCount } }"""
SET = f"""mutation($id: ID!, $status: NotificationStatus!) {{
  setNotificationStatus(input: {{ id: $id, status: $status }}) {{
    notification {{ {NOTIFICATION} }} }} }}"""
SETTINGS = "preferences { category inApp email } emails"
READ_SETTINGS = f"{{ notificationSettings {{ {SETTINGS} }} }}"
UPDATE_SETTINGS = f"""mutation($input: UpdateNotificationSettingsInput!) {{
  updateNotificationSettings(input: $input) {{ settings {{ {SETTINGS} }} }} }}"""
# Well formed, and nobody's.
MADE_UP = "ntf_01m8848cpwer09kyy0znvy0kcc"


async def quiet_key(house: House, owner: UUID | None = None, **stated: Any) -> Key:
    """A key whose making has left its organization nothing to read."""
    key = await house.key(owner, **stated)
    async with house.database.transaction() as connection:
        await connection.execute(
            "DELETE FROM notification WHERE organization_id = $1", key.organization
        )
        await connection.execute(
            "DELETE FROM tally WHERE organization_id = $1 AND noun IN ('notification', 'unread')",
            key.organization,
        )
    return key


async def tell(
    house: House,
    owner: UUID,
    *titles: str,
    category: NotificationCategory = NotificationCategory.SYSTEM,
    subject_id: str | None = None,
) -> list[str]:
    """Tell the organization something for each title; the ids of all it was told, oldest first."""
    for title in titles:
        origin = Origin(OPERATOR, house.clock())
        async with house.database.transaction() as connection:
            await notify(connection, owner, origin, category, title, f"{title}.", subject_id)
    return [shown("ntf", row["id"]) for row in await rows(house, owner, "notification")]


async def rows(house: House, owner: UUID, table: str) -> list[Any]:
    """All rows of the organization, oldest first."""
    async with house.database.reading() as connection:
        return await connection.fetch(
            f"SELECT * FROM {table} WHERE organization_id = $1 ORDER BY id", owner
        )


async def counted(house: House, owner: UUID) -> tuple[int, int]:
    """How many notifications there are, and how many are unread: as rows and tallies agree on."""
    there = await rows(house, owner, "notification")
    counts = (len(there), sum(row["status"] == "UNREAD" for row in there))
    async with house.database.reading() as connection:
        tallies = [await tally.read(connection, owner, n) for n in ("notification", "unread")]
    assert tuple(tallies) == counts
    return counts


async def listed(house: House, key: Key, **ask: Any) -> Any:
    return (await house.ask(key, LIST, **ask)).data["notifications"]

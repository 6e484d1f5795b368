"""What the tests of webhooks and their queue share: operations, and short ways to ask them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import db.event
from db import ids
from db.actor import OPERATOR, Origin
from db.event_type import EventType, Happened
from tests.house import Answer, House, Key

URL = "https://hooks.test/in?from=shop"
WEBHOOK = """id url description eventTypes status createdAt updatedAt
  createdBy { kind id name } previousSecretExpiresAt"""
DELIVERY = """id webhookId eventType messageId payload status nextAttemptAt createdAt completedAt
  attempts { number startedAt durationMs responseStatus responseBody error }"""
CREATE = f"""mutation($input: CreateWebhookInput!) {{
  createWebhook(input: $input) {{ secret webhook {{ {WEBHOOK} }} }} }}"""
UPDATE = f"""mutation($input: UpdateWebhookInput!) {{
  updateWebhook(input: $input) {{ webhook {{ {WEBHOOK} }} }} }}"""
ROTATE = f"""mutation($input: RotateWebhookSecretInput!) {{
  rotateWebhookSecret(input: $input) {{ secret webhook {{ {WEBHOOK} }} }} }}"""
TEST = f"""mutation($input: TestWebhookInput!) {{
  testWebhook(input: $input) {{ delivery {{ {DELIVERY} }} }} }}"""
DELETE = (
    "mutation($input: DeleteWebhookInput!) { deleteWebhook(input: $input) { deletedWebhookId } }"
)
READ = f"query($id: ID!) {{ webhook(id: $id) {{ {WEBHOOK} }} }}"
LIST = f"""query($first: Int, $after: String) {{ webhooks(first: $first, after: $after) {{
  nodes {{ {WEBHOOK} }} pageInfo {{ hasNextPage endCursor }} totalCount }} }}"""
READ_DELIVERY = f"query($id: ID!) {{ webhookDelivery(id: $id) {{ {DELIVERY} }} }}"
LIST_DELIVERIES = """query($filter: WebhookDeliveryFilter, $first: Int, $after: String, $last: Int,
    $before: String) {
  webhookDeliveries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { id } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
RETRY = f"""mutation($input: RetryWebhookDeliveryInput!) {{
  retryWebhookDelivery(input: $input) {{ delivery {{ {DELIVERY} }} }} }}"""
RETRY_FAILED = """mutation($input: RetryFailedWebhookDeliveriesInput!) {
  retryFailedWebhookDeliveries(input: $input) { retried } }"""
CANCEL = f"""mutation($input: CancelWebhookDeliveryInput!) {{
  cancelWebhookDelivery(input: $input) {{ delivery {{ {DELIVERY} }} }} }}"""
# Well formed, and nobody's.
MADE_UP = "01m8848cpwer09kyy0znvy0kcc"


async def change(house: House, key: Key, operation: str, **stated: Any) -> Answer:
    return await house.ask(key, operation, input=stated)


async def changed(house: House, key: Key, operation: str, **stated: Any) -> Any:
    """The payload of a mutation that works."""
    [payload] = (await change(house, key, operation, **stated)).data.values()
    return payload


async def hook(house: House, key: Key, **stated: Any) -> Any:
    """A new webhook."""
    return (await changed(house, key, CREATE, **{"url": URL, **stated}))["webhook"]


async def read(house: House, key: Key, operation: str, **asked: Any) -> Any:
    [found] = (await house.ask(key, operation, **asked)).data.values()
    return found


async def happen(
    house: House,
    owner: UUID,
    webhook: str,
    type_: EventType = EventType.PRODUCT_CREATED,
    times: int = 1,
) -> list[str]:
    """The ids of as many deliveries to the webhook, a moment after each other."""
    made: list[UUID] = []
    async with house.database.transaction() as connection:
        for _ in range(times):
            origin = Origin(OPERATOR, house.clock())
            happened = Happened(type_, ids.shown("prod", ids.new_uuid(origin.now)), {"name": "Tea"})
            to = ids.parsed("whk", webhook)
            made.append(await db.event.announce_to(connection, owner, origin, happened, to))
    return [ids.shown("dlv", id) for id in made]


async def deliveries(house: House, key: Key, **ask: Any) -> list[str]:
    """The ids of a page of the queue."""
    return [node["id"] for node in (await read(house, key, LIST_DELIVERIES, **ask))["nodes"]]


async def set_to(house: House, owner: UUID, status: str, *ids_: str) -> None:
    """What a worker would have made of the deliveries; of all where none is named."""
    some = [ids.parsed("dlv", id) for id in ids_]
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE webhook_delivery SET status = $2::text, completed_at = $3::timestamptz,"
            " attempt_count = 8, tries = 8, next_attempt_at ="
            " CASE WHEN $2::text = 'PENDING' THEN $3::timestamptz END"
            " WHERE organization_id = $1 AND (id = ANY($4::uuid[]) OR $4 = '{}')",
            owner,
            status,
            house.clock(),
            some,
        )


async def rows(house: House, owner: UUID, query: str, *values: Any) -> list[Any]:
    """Rows of the database itself; `query` binds the owner as $1."""
    async with house.database.reading() as connection:
        return await connection.fetch(query, owner, *values)


async def actions(house: House, owner: UUID, like: str = "webhook%") -> list[tuple[str, str, Any]]:
    """The audit trail of webhooks and deliveries, oldest first."""
    found = await rows(
        house,
        owner,
        "SELECT action, subject_id, changes FROM audit_entry WHERE organization_id = $1"
        " AND action LIKE $2 ORDER BY created_at, id",
        like,
    )
    return [tuple(row) for row in found]


def later(house: House, **span: float) -> str:
    """A time as the API writes it, that far from now."""
    return f"{house.clock.now + timedelta(**span):%Y-%m-%dT%H:%M:%S.%fZ}"

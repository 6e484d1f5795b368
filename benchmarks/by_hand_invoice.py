"""An invoice made by hand, with the statements that Tollhouse runs for it."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import orjson

from benchmarks import parts
from benchmarks.by_hand_sessions import Sessions
from db import event, ids, invoice_made, money, product
from db.statement import Statement

RUN: dict[str, Statement[Any]] = {
    "sold": product.PRICED,
    "make": invoice_made.MAKE,
    "announce": event.TO_SUBSCRIBERS,
}
STATEMENTS = {name: statement.sql for name, statement in RUN.items()}
ACTOR = ("API_KEY", "key_0", "Benchmark")
TYPE = "invoice.created"


class Creating:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def create(self, owner: UUID, variables: Any) -> Any:
        """One transaction, its statements in the order of the house."""
        wanted = [ids.parsed("prod", line["productId"]) for line in variables["lines"]]
        async with self._sessions.held() as (connection, prepared), connection.transaction():

            async def run(name: str, **values: Any) -> Any:
                own = RUN[name]
                given = own.fixed | values | {"organization_id": owner}
                return await prepared[name].fetch(*[given[key] for key in own.names])

            sold = {row["id"]: row for row in await run("sold", ids=wanted)}
            pieces = [line["quantity"] for line in variables["lines"]]
            return await _created(run, [sold[id] for id in wanted], pieces)


async def _created(run: Callable[..., Any], sold: list[Any], pieces: list[int]) -> Any:
    now = parts.now()
    id, currency = ids.new_uuid(now), sold[0]["price_currency"]
    subject = ids.shown("inv", id)
    units = [row["price_amount"] for row in sold]
    totals = [money.times(unit, count) for unit, count in zip(units, pieces, strict=True)]
    total = money.total(totals)
    [row] = await run(
        "make",
        noun="invoice",
        change=1,
        positions=range(1, len(sold) + 1),
        product_ids=[row["id"] for row in sold],
        descriptions=[row["name"] for row in sold],
        quantitys=pieces,
        unit_amounts=units,
        total_amounts=totals,
        **_invoice(now, id, total, currency),
        **_audit(now, subject),
    )
    lines = zip([row["name"] for row in sold], pieces, units, totals, strict=True)
    await run("announce", **_event(now, subject, _shown(row, lines)))
    shown = {"amount": f"{total:f}", "currency": currency}
    return {"createInvoice": {"invoice": {"number": f"INV-{row['number']:06}", "total": shown}}}


def _audit(now: Any, subject: str) -> dict[str, Any]:
    kind, id, name = ACTOR
    return {
        "audit_id": ids.new_uuid(now),
        "audit_created_at": now,
        "audit_actor_kind": kind,
        "audit_actor_id": id,
        "audit_actor_name": name,
        "audit_action": TYPE,
        "audit_subject_id": subject,
        "audit_address": "127.0.0.1",
        "audit_request_id": "0123456789abcdef",
        "audit_changes": {},
    }


def _invoice(now: Any, id: UUID, total: Any, currency: str) -> dict[str, Any]:
    kind, actor, name = ACTOR
    nothing = ("customer_name", "customer_email", "memo", "expires_at")
    return {
        **dict.fromkeys(nothing),
        "id": id,
        "created_at": now,
        "created_by_kind": kind,
        "created_by_id": actor,
        "created_by_name": name,
        "currency": currency,
        "total_amount": total,
        "labels": {},
        "now": now,
    }


def _event(now: Any, subject: str, data: Any) -> dict[str, Any]:
    body = {"type": TYPE, "timestamp": now, "data": data}
    payload = orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
    own = {"id": ids.new_uuid(now), "created_at": now, "type": TYPE, "subject_id": subject}
    return {**own, "payload": payload, "but": None}


def _shown(row: Any, lines: Iterable[Any]) -> dict[str, Any]:
    currency = row["currency"]

    def shown(amount: Any) -> dict[str, str]:
        return {"amount": f"{amount:f}", "currency": currency}

    return {
        "id": ids.shown("inv", row["id"]),
        "number": f"INV-{row['number']:06}",
        "status": row["status"],
        "customerName": row["customer_name"],
        "customerEmail": row["customer_email"],
        "memo": row["memo"],
        "lines": [
            {
                "description": description,
                "quantity": quantity,
                "unitPrice": shown(unit),
                "total": shown(total),
            }
            for description, quantity, unit, total in lines
        ],
        "total": shown(row["total_amount"]),
        "createdAt": row["created_at"],
        "expiresAt": row["expires_at"],
        "paidAt": row["paid_at"],
        "paidLate": row["paid_late"],
        "createdBy": {"kind": ACTOR[0], "id": ACTOR[1], "name": ACTOR[2]},
        "metadata": row["labels"],
    }

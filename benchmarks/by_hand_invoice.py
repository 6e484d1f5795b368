"""An invoice made by hand, with the statements that Tollhouse runs for it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import orjson

from benchmarks import parts
from benchmarks.by_hand_sessions import Sessions
from db import audit, event, ids, invoice_change, money, product, tally
from db.statement import Statement

RUN: dict[str, Statement[Any]] = {
    "sold": product.SOME.fit(None),
    "tally": tally.ADD,
    "audit": audit.INSERT,
    "number": invoice_change.TAKE_NUMBER,
    "invoice": invoice_change.INSERT,
    "invoice_lines": invoice_change.INSERT_LINES,
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
    await run("tally", noun="invoice", change=1, new_shard=uuid4())
    await run("audit", **_audit(now, subject))
    [[number]] = await run("number")
    [row] = await run("invoice", **_invoice(now, id, number, total, currency))
    lines = await run(
        "invoice_lines",
        invoice_id=id,
        currency=currency,
        positions=range(1, len(sold) + 1),
        product_ids=[row["id"] for row in sold],
        descriptions=[row["name"] for row in sold],
        quantitys=pieces,
        unit_amounts=units,
        total_amounts=totals,
    )
    await run("announce", **_event(now, subject, _shown(row, lines)))
    shown = {"amount": f"{total:f}", "currency": currency}
    return {"createInvoice": {"invoice": {"number": f"INV-{number:06}", "total": shown}}}


def _audit(now: Any, subject: str) -> dict[str, Any]:
    kind, id, name = ACTOR
    return {
        "id": ids.new_uuid(now),
        "created_at": now,
        "actor_kind": kind,
        "actor_id": id,
        "actor_name": name,
        "action": TYPE,
        "subject_id": subject,
        "address": "127.0.0.1",
        "request_id": "0123456789abcdef",
        "changes": {},
    }


def _invoice(now: Any, id: UUID, number: int, total: Any, currency: str) -> dict[str, Any]:
    kind, actor, name = ACTOR
    nothing = ("customer_name", "customer_email", "memo", "expires_at", "paid_at")
    return {
        **dict.fromkeys(nothing),
        "id": id,
        "created_at": now,
        "created_by_kind": kind,
        "created_by_id": actor,
        "created_by_name": name,
        "number": number,
        "state": "OPEN",
        "currency": currency,
        "total_amount": total,
        "labels": {},
        "paid_late": False,
        "now": now,
    }


def _event(now: Any, subject: str, data: Any) -> dict[str, Any]:
    body = {"type": TYPE, "timestamp": now, "data": data}
    payload = orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
    own = {"id": ids.new_uuid(now), "created_at": now, "type": TYPE, "subject_id": subject}
    return {**own, "payload": payload, "but": None}


def _shown(row: Any, lines: list[Any]) -> dict[str, Any]:
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
                "description": line["description"],
                "quantity": line["quantity"],
                "unitPrice": shown(line["unit_amount"]),
                "total": shown(line["total_amount"]),
            }
            for line in sorted(lines, key=lambda line: line["position"])
        ],
        "total": shown(row["total_amount"]),
        "createdAt": row["created_at"],
        "expiresAt": row["expires_at"],
        "paidAt": row["paid_at"],
        "paidLate": row["paid_late"],
        "createdBy": {"kind": ACTOR[0], "id": ACTOR[1], "name": ACTOR[2]},
        "metadata": row["labels"],
    }

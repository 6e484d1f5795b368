"""What events say of an object: what the API shows of it under its own guard, by the same names."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from db.actor import Actor
from db.api_key import IpRule
from db.event_type import EventType
from db.invoice_line import InvoiceLine
from db.product import Product


def product(row: Product) -> dict[str, Any]:
    return {
        "id": row.typeid,
        "name": row.name,
        "description": row.description,
        "sku": row.sku,
        "active": row.active,
        "price": _money(row.price_amount, row.price_currency),
        "imageUrl": row.image_url,
        "metadata": row.labels,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }


def invoice(id: str, row: Any, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`row` knows its status, `id` is its TypeID; `lines` are as `invoice_line` tells of each."""
    return {
        "id": id,
        "number": row.shown_number,
        "status": row.status,
        "customerName": row.customer_name,
        "customerEmail": row.customer_email,
        "memo": row.memo,
        "lines": lines,
        "total": _money(row.total_amount, row.currency),
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
        "paidAt": row.paid_at,
        "paidLate": row.paid_late,
        "createdBy": _actor(row.created_by),
        "metadata": row.labels,
    }


def invoice_line(
    description: str, quantity: int, unit: Decimal, total: Decimal, currency: str
) -> dict[str, Any]:
    """Not which product was sold: that is another scope's."""
    return {
        "description": description,
        "quantity": quantity,
        "unitPrice": _money(unit, currency),
        "total": _money(total, currency),
    }


def invoice_lines(rows: Iterable[InvoiceLine]) -> list[dict[str, Any]]:
    return [
        invoice_line(row.description, row.quantity, row.unit_amount, row.total_amount, row.currency)
        for row in rows
    ]


def api_key(row: Any) -> dict[str, Any]:
    """`row` is one that db.api_key.find gives: it knows its status and its last use."""
    return {
        "id": row.typeid,
        "name": row.name,
        "description": row.description,
        "environment": row.environment,
        "tokenHint": row.token_hint,
        "status": row.status,
        "fullAccess": row.full_access,
        "scopes": [scope.name for scope in row.scopes],
        "ipRules": [
            _rule(shown, kept["cidr"]) for shown, kept in zip(row.ip_rules, row.rules, strict=True)
        ],
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "createdBy": _actor(row.created_by),
        "tokenIssuedAt": row.token_issued_at,
        "expiresAt": row.expires_at,
        "revokedAt": row.revoked_at,
        "lastUsedAt": row.last_used_at,
        "lastUsedIp": row.last_used_ip,
        "previousTokenExpiresAt": row.overlap_ends_at,
    }


def webhook(row: Any) -> dict[str, Any]:
    """`row` is one that db.webhook.find gives: it knows whether two secrets sign."""
    return {
        "id": row.typeid,
        "url": row.url,
        "description": row.description,
        "eventTypes": [EventType(type_).name for type_ in row.event_types],
        "status": row.status,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "createdBy": _actor(row.created_by),
        "previousSecretExpiresAt": row.previous_secret_expires_at,
    }


def _rule(rule: IpRule, cidr: str) -> dict[str, Any]:
    return {"id": rule.typeid, "cidr": cidr, "note": rule.note, "createdAt": rule.created_at}


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": f"{amount:f}", "currency": currency}


def _actor(actor: Actor) -> dict[str, str]:
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}

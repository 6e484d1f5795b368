"""Makes an invoice in one statement: its number, itself, its lines, its audit entry, its count."""

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from db import tally
from db.audit import insert_of
from db.invoice import STATUS, TABLE, Invoice, InvoiceCounter, InvoiceStatus
from db.invoice_line import TABLE as LINES
from db.statement import Statement, constant, table_of, values_of

SHOWN = (*TABLE.columns, STATUS.label("status"))
COUNTER = table_of(InvoiceCounter)
TAKEN = insert(COUNTER).values(organization_id=bindparam("organization_id"), last=1)
NUMBERED = (
    TAKEN.on_conflict_do_update(
        index_elements=["organization_id"], set_={"last": COUNTER.c.last + 1}
    )
    .returning(COUNTER.c.last)
    .cte("numbered")
)
OWN = values_of(Invoice) | {
    "number": NUMBERED.c.last,
    "state": constant(InvoiceStatus.OPEN),
    "paid_at": sa.null(),
    "paid_late": sa.false(),
}
COLUMNS = ["position", "product_id", "description", "quantity", "unit_amount", "total_amount"]
TYPES = {name: LINES.c[name].type for name in COLUMNS}
BATCH = (
    sa.func.unnest(*[bindparam(f"{name}s", type_=sa.ARRAY(kind)) for name, kind in TYPES.items()])
    .table_valued(*COLUMNS)
    .render_derived()
)
SOLD = sa.insert(LINES).from_select(
    ["organization_id", "invoice_id", "currency", *COLUMNS],
    sa.select(
        bindparam("organization_id", type_=sa.Uuid),
        bindparam("id", type_=sa.Uuid),
        bindparam("currency", type_=sa.Text),
        *[BATCH.c[name] for name in COLUMNS],
    ),
)
# The values of the audit entry go by the names of its columns after `audit_`.
MAKE = Statement(
    sa.insert(TABLE)
    .from_select(list(OWN), sa.select(*OWN.values()))
    .returning(*SHOWN)
    .add_cte(SOLD.cte("sold"), insert_of("audit_").cte("audited"), tally.ADDED.cte("counted")),
    Invoice,
)

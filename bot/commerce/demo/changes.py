"""The change log, told by cursor: hints that something should be read again."""

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.orders import parse_cursor
from bot.commerce.types import CustomerRef, LocationRef, OrderRef, ShopEvent, VariantRef


def poll_changes(connection: sa.Connection, cursor: str, limit: int) -> tuple[list[ShopEvent], str]:
    """Up to `limit` changes after the cursor, oldest first, and where to go on."""
    table = schema.changes
    rows = connection.execute(
        sa.select(table).where(table.c.change_id > parse_cursor(cursor)).order_by(table.c.change_id).limit(limit)
    ).all()
    events = [
        ShopEvent(
            id=f"chg_{row.change_id}",
            type=row.type,
            at=row.at,
            order_ref=OrderRef(row.order_ref) if row.order_ref else None,
            customer_ref=CustomerRef(row.customer_ref) if row.customer_ref else None,
            variant_ref=VariantRef(row.variant_ref) if row.variant_ref else None,
            location_ref=LocationRef(row.location_ref) if row.location_ref else None,
        )
        for row in rows
    ]
    return events, str(rows[-1].change_id) if rows else cursor

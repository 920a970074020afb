"""Who changed what, on whose word: ids and versions only, appended once per idempotency key."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.profile.store.tables import audit
from bot.profile.store.upsert import insert_or_ignore


@dataclass(frozen=True)
class AuditEntry:
    """One change, as it is kept."""

    at: datetime
    customer_id: str
    sender_id: str
    action: str
    object_ref: str
    before_version: str
    after_version: str
    idempotency_key: str


def write_audit(
    connection: sa.Connection,
    *,
    customer_id: str,
    action: str,
    object_ref: str,
    idempotency_key: str,
    now: datetime,
    sender_id: str = "",
    before_version: str | int = "",
    after_version: str | int = "",
) -> bool:
    """Keep that a change was made; False when this key was kept already. Writes."""
    row = {
        "at": now, "customer_id": customer_id, "sender_id": sender_id, "action": action, "object_ref": object_ref,
        "before_version": str(before_version), "after_version": str(after_version), "idempotency_key": idempotency_key,
    }
    return bool(insert_or_ignore(connection, audit, [row], ("idempotency_key",)))


def audit_of(connection: sa.Connection, customer_id: str, *, limit: int = 100) -> list[AuditEntry]:
    """A customer's changes, newest first."""
    query = (
        sa.select(audit).where(audit.c.customer_id == customer_id).order_by(audit.c.audit_id.desc()).limit(limit)
    )
    names = AuditEntry.__dataclass_fields__
    return [AuditEntry(**{name: getattr(row, name) for name in names}) for row in connection.execute(query)]

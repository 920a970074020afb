"""What a turn changed, kept in the audit trail under the turn's own key."""

import sqlalchemy as sa

from actions.base import Turn
from bot.profile.audit import write_audit


def note_change(
    connection: sa.Connection, turn: Turn, action: str, object_ref: str, *, before: str | int = "",
    after: str | int = "",
) -> bool:
    """Keep that this turn made a change, from one version to another; False when it was kept already. Writes."""
    return write_audit(
        connection, customer_id=turn.conversation.customer_id, sender_id=turn.conversation.sender_id, action=action,
        object_ref=object_ref, before_version=before, after_version=after, idempotency_key=turn.key, now=turn.now,
    )

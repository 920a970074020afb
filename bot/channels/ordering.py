"""One writer at a time per sender, so that ids of a conversation's rows grow in the order they are committed."""

import sqlalchemy as sa


def lock_sender(connection: sa.Connection, sender_id: str) -> None:
    """Keep others from writing rows of this sender until the transaction ends.

    SQLite's writing transaction is the lock. On PostgreSQL a row could else be committed after one
    with a higher id, and whoever reads on from the higher id would never see it.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(sa.literal(sender_id), sa.literal(0))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))

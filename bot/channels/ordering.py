"""One writer at a time per sender, so that ids of a conversation's rows grow in the order they are committed."""

import sqlalchemy as sa

_RECEIVING_LOCK = 7_301_132  # PostgreSQL's advisory lock


def lock_sender(connection: sa.Connection, sender_id: str) -> None:
    """Keep others from writing rows of this sender until the transaction ends.

    SQLite's writing transaction is the lock. On PostgreSQL a row could else be committed after one
    with a higher id, and whoever reads on from the higher id would never see it.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(sa.literal(sender_id), sa.literal(0))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def note_receiving(connection: sa.Connection) -> None:
    """Until the transaction ends `is_settled` knows that a message is about to be kept: nobody waits for it."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_RECEIVING_LOCK)))


def is_settled(connection: sa.Connection) -> bool:
    """Whether nobody is in the middle of keeping a message, whosever: then no lower id will come than were seen before.

    End the transaction soon: until then nobody keeps one. On SQLite one is kept after the other.
    """
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_RECEIVING_LOCK))))

"""Conversations in a language are found along an index; days whose goals counted every currency are counted anew."""

from alembic import op

revision = "0038"
down_revision = "0037"

_COLUMNS = {
    "ix_conversations_language_last_inbound": ["language", "last_inbound_at", "sender_id"],
    "ix_conversations_channel_language": ["channel", "language", "last_inbound_at", "sender_id"],
}


def upgrade() -> None:
    """Make the indexes; events are heard of anew, which opens each day of an order that the store still holds whole."""
    for name, columns in _COLUMNS.items():
        op.create_index(name, "conversations", columns)
    op.execute("DELETE FROM cursors WHERE name = 'console_late'")


def downgrade() -> None:
    """Take them away."""
    for name in _COLUMNS:
        op.drop_index(name, "conversations")

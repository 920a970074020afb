"""Conversations by when the customer last wrote, of all channels or one: a page of the console reads a few."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_conversations_last_inbound", "conversations", ["last_inbound_at", "sender_id"])
    op.create_index(
        "ix_conversations_channel_last_inbound", "conversations", ["channel", "last_inbound_at", "sender_id"]
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("ix_conversations_channel_last_inbound", "ix_conversations_last_inbound"):
        op.drop_index(name, "conversations")

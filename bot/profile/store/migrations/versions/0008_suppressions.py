"""Addresses that nothing reaches; messages found by their vendor's id."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "suppressions",
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("address", sa.String(320), primary_key=True),
        sa.Column("scope", sa.String(16), primary_key=True),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_suppressions_address", "suppressions", ["address"])
    op.create_index("ix_outbox_vendor", "outbox", ["vendor_message_id"])


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_outbox_vendor", "outbox")
    op.drop_table("suppressions")

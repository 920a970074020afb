"""When an address was last closed, by an index: each stretch of a campaign asks."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_suppressions_changed_at", "suppressions", ["changed_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_suppressions_changed_at", "suppressions")

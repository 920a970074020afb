"""What is due in the outbox, by kind and in its order, from the index alone: a million may wait."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Put the wider index in the place of the narrower."""
    op.create_index("ix_outbox_due", "outbox", ["state", "kind", "not_before", "outbox_id"])
    op.drop_index("ix_outbox_state", "outbox")


def downgrade() -> None:
    """Put the narrower one back."""
    op.create_index("ix_outbox_state", "outbox", ["state", "not_before"])
    op.drop_index("ix_outbox_due", "outbox")

"""A customer's events by name and silo, from the index alone."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Put the wider index in the place of the narrower: with many events this takes minutes; writers wait."""
    op.create_index("ix_events_customer", "events", ["customer_id", "occurred_at", "name", "silo"])
    op.drop_index("ix_events_customer_id_occurred_at", "events")


def downgrade() -> None:
    """Put the narrower one back."""
    op.create_index("ix_events_customer_id_occurred_at", "events", ["customer_id", "occurred_at"])
    op.drop_index("ix_events_customer", "events")

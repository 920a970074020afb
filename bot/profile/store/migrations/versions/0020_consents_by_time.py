"""Consents by when they changed: what a day's opt-outs are counted by."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_consents_changed_at", "consents", ["changed_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_consents_changed_at", "consents")

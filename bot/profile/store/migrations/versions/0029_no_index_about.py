"""No index on what messages are about: whoever asks, asks about somebody, and a campaign's are all about the same."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Drop it."""
    op.drop_index("ix_outbox_about", "outbox")


def downgrade() -> None:
    """Make it again."""
    op.create_index("ix_outbox_about", "outbox", ["about", "state"])

"""The trail of one person is read by an index, however much others did."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_console_trail_person", "console_trail", ["person", "entry_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_console_trail_person", "console_trail")

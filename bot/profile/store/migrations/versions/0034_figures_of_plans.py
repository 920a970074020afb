"""What the numbers beside a plan's bits mean: how many of how many, until when."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Add the column."""
    op.add_column("plan_blocks", sa.Column("figures", sa.JSON))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("plan_blocks", "figures")

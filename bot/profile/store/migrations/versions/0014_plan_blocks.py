"""What plans left at home, as columns."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "plan_blocks",
        sa.Column(
            "block_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_id", sa.String(32), nullable=False),
        sa.Column("last_id", sa.String(32), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_plan_blocks_first_id", "plan_blocks", ["first_id", "last_id"])


def downgrade() -> None:
    """Take the table away with what it holds."""
    op.drop_table("plan_blocks")

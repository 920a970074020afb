"""What decisions learn from: features and a due moment on each decision, and the models that came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "value_models",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcomes", sa.BigInteger(), nullable=False),
        sa.Column("noise", sa.Float(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("spread", sa.LargeBinary(), nullable=False),
        sa.Column("everybody", sa.JSON(), nullable=False),
        sa.Column("copied_from", sa.Integer()),
        sa.Column("drifted_at", sa.DateTime(timezone=True)),
        sa.Column("learned", sa.BigInteger(), nullable=False),
        sa.Column("squares", sa.LargeBinary(), nullable=False),
        sa.Column("products", sa.LargeBinary(), nullable=False),
        sa.Column("missed", sa.Float(), nullable=False),
        sa.Column("missed_squares", sa.Float(), nullable=False),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
    )
    op.add_column("decisions", sa.Column("features", sa.JSON()))
    op.add_column("decisions", sa.Column("learn_at", sa.DateTime(timezone=True)))
    op.create_index("ix_decisions_learn_at", "decisions", ["learn_at"])


def downgrade() -> None:
    """Take away what is learned."""
    op.drop_index("ix_decisions_learn_at", "decisions")
    op.drop_column("decisions", "learn_at")
    op.drop_column("decisions", "features")
    op.drop_table("value_models")

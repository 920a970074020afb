"""Linking: pairs of customers that may be one person, for somebody to decide; merges found by customer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the queue."""
    op.create_table(
        "link_reviews",
        sa.Column("review_id", _id, primary_key=True),
        sa.Column("left_id", sa.String(32), nullable=False),
        sa.Column("right_id", sa.String(32), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("proposed_at", _moment, nullable=False),
        sa.Column("decided_at", _moment),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("merge_id", _id),
        sa.UniqueConstraint("left_id", "right_id"),
    )
    op.create_index("ix_link_reviews_state", "link_reviews", ["state", "chance"])
    # Every merge asks whether somebody undid one of the same two: without it a run of merges is quadratic.
    op.create_index("ix_merges_left_id", "merges", ["left_id"])


def downgrade() -> None:
    """Take the queue away with what it holds."""
    op.drop_index("ix_merges_left_id", "merges")
    op.drop_table("link_reviews")

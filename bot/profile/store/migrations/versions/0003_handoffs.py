"""Customers who asked for a person, and who answers them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table of handoffs."""
    op.create_table(
        "handoffs",
        sa.Column("handoff_id", _id, primary_key=True),
        sa.Column("turn_key", sa.String(200), nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("order_number", sa.String(64), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("taken_by", sa.String(64), nullable=False),
        sa.Column("asked_at", _moment, nullable=False),
        sa.Column("spoke_at", _moment),
        sa.Column("ended_at", _moment),
        sa.Column("outside_ref", sa.String(64), nullable=False),
        sa.Column("outside_state", sa.String(16), nullable=False),
        sa.Column("outside_heard", _id, nullable=False),
        sa.Column("outside_told", _id, nullable=False),
        sa.UniqueConstraint("turn_key"),
    )
    op.create_index("ix_handoffs_sender", "handoffs", ["sender_id", "state"])
    op.create_index("ix_handoffs_state", "handoffs", ["state", "asked_at"])
    op.create_index("ix_handoffs_outside", "handoffs", ["outside_ref"])


def downgrade() -> None:
    """Take the table away with what it holds."""
    op.drop_table("handoffs")

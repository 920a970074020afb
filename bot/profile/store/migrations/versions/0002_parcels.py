"""Where parcels are, in the carriers' words."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of parcels."""
    op.create_table(
        "parcels",
        sa.Column("tracking_number", sa.String(64), primary_key=True),
        sa.Column("tracking", sa.JSON()),
        sa.Column("first_eta", _moment),
        sa.Column("updated_at", _moment),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ask_at", _moment),
        sa.Column("created_at", _moment, nullable=False),
    )
    op.create_index("ix_parcels_ask_at", "parcels", ["ask_at"])
    op.create_table(
        "parcel_orders",
        sa.Column("tracking_number", sa.String(64), sa.ForeignKey("parcels.tracking_number"), primary_key=True),
        sa.Column("order_ref", sa.String(200), primary_key=True),
        sa.Column("told_at", _moment),
    )


def downgrade() -> None:
    """Take the tables away with what they hold."""
    op.drop_table("parcel_orders")
    op.drop_table("parcels")

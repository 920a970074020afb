"""Changes that the shop told by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "shop_hints",
        sa.Column("change_id", sa.String(64), primary_key=True),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_ref", sa.String(200)),
        sa.Column("customer_ref", sa.String(200)),
        sa.Column("variant_ref", sa.String(200)),
        sa.Column("location_ref", sa.String(200)),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_shop_hints_read_at", "shop_hints", ["read_at", "received_at"])


def downgrade() -> None:
    """Take the table away with what it holds."""
    op.drop_table("shop_hints")

"""Segments: the purchases they count, and who is in them since when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables; purchases are read from the events, all of them anew."""
    op.create_table(
        "purchases",
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), primary_key=True),
        sa.Column("silo", sa.String(64), primary_key=True),
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sold_at", _moment, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False)
          for name in ("product_id", "variant_id", "product_type", "brand", "colour", "size")),
    )
    op.create_index("ix_purchases_sold_at", "purchases", ["sold_at"])
    op.create_table(
        "segment_members",
        sa.Column("member_id", _id, primary_key=True),
        sa.Column("segment", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("entered_at", _moment, nullable=False),
        sa.Column("left_at", _moment),
    )
    op.create_index("ix_segment_members_segment", "segment_members", ["segment", "left_at", "customer_id"])
    op.create_index("ix_segment_members_customer", "segment_members", ["customer_id", "segment"])
    op.create_index("ix_traits_name", "traits", ["name", "customer_id"])
    op.execute("DELETE FROM cursors WHERE name = 'computed_traits'")


def downgrade() -> None:
    """Take the tables away with what they hold."""
    op.drop_index("ix_traits_name", "traits")
    op.drop_table("segment_members")
    op.drop_table("purchases")

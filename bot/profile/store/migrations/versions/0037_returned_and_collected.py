"""A line of `purchases` says what of it came back, and in which store it was collected."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Add the columns; the purchases are read from the events anew."""
    op.add_column("purchases", sa.Column("returned", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("purchases", sa.Column("place_ref", sa.Text(), nullable=False, server_default=""))
    op.execute("DELETE FROM cursors WHERE name = 'computed_traits'")


def downgrade() -> None:
    """Take them away."""
    op.drop_column("purchases", "place_ref")
    op.drop_column("purchases", "returned")

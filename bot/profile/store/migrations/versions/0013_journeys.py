"""Journeys: what a trigger said when it began, and how far each person has come; what variants cost before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the columns; what is in flight has no version, and goes by the file."""
    op.create_table(
        "journeys",
        sa.Column("journey", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("sighting_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("variant_ref", sa.String(128), nullable=False),
        sa.Column("product_ref", sa.String(128), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("is_sellable", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sightings_variant", "sightings", ["variant_ref", "seen_at"])
    op.add_column("waits", sa.Column("step", sa.String(64), nullable=False, server_default=""))
    op.add_column("waits", sa.Column("version", sa.String(16), nullable=False, server_default=""))
    op.add_column("waits", sa.Column("outbox_id", sa.BigInteger()))
    op.add_column("decisions", sa.Column("version", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    """Take away what journeys keep."""
    op.drop_column("decisions", "version")
    for column in ("outbox_id", "version", "step"):
        op.drop_column("waits", column)
    op.drop_index("ix_sightings_variant", "sightings")
    op.drop_table("sightings")
    op.drop_table("journeys")

"""The shop's pictures for messages, with their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; nobody has uploaded anything yet."""
    op.create_table(
        "content_pictures",
        sa.Column("picture_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("served_as", sa.String(32), nullable=False),
        sa.Column("content_type", sa.String(32), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("alts", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", "version"),
    )
    op.create_index("ix_content_pictures_served_as", "content_pictures", ["served_as"])


def downgrade() -> None:
    """Take it away: messages that show one stay home."""
    op.drop_table("content_pictures")

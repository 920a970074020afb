"""Pictures that customers sent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pictures",
        sa.Column("picture_id", sa.String(32), primary_key=True),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("content_type", sa.String(32), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_pictures_sender_id", "pictures", ["sender_id"])


def downgrade() -> None:
    """Take the table away with what it holds."""
    op.drop_table("pictures")

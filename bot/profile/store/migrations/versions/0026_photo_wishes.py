"""Who agreed to be shown something on their next photo, and what a vendor has to delete afterwards. No photo."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "photo_wishes",
        sa.Column("sender_id", sa.String(64), primary_key=True),
        sa.Column("wish_id", sa.String(256), nullable=False),
        sa.Column("fitting", sa.JSON, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("message_id", sa.String(256), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "lent_media",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("media_id", sa.String(256), primary_key=True),
        sa.Column("sender_id", sa.String(64), nullable=False, index=True),
        sa.Column("reply_key", sa.String(256), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delete_at", _MOMENT, nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("lent_media")
    op.drop_table("photo_wishes")

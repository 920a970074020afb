"""Two indexes hold only the rows that are looked for: what a vendor numbered, and what is yet to be learned.

A campaign writes a million rows that are neither, and each took a place in both.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
_INDEXES = (
    ("ix_outbox_vendor", "outbox", "vendor_message_id", "vendor_message_id <> ''"),
    ("ix_decisions_learn_at", "decisions", "learn_at", "learn_at IS NOT NULL"),
)


def upgrade() -> None:
    """Make both anew, narrower."""
    for name, table, column, where in _INDEXES:
        op.drop_index(name, table)
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """And whole again."""
    for name, table, column, _where in _INDEXES:
        op.drop_index(name, table)
        op.create_index(name, table, [column])

"""What was sent first, what stayed home and what was given up are found along their keys, however much left beside."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0033"

_WHERE = {
    "ix_outbox_nudges": "kind = 'nudge'",
    "ix_outbox_held": "kind = 'nudge' AND state = 'held'",
    "ix_outbox_dead": "state IN ('failed', 'unknown')",
}


def upgrade() -> None:
    """Make the indexes."""
    for name, where in _WHERE.items():
        op.create_index(
            name, "outbox", ["outbox_id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Take them away."""
    for name in _WHERE:
        op.drop_index(name, "outbox")

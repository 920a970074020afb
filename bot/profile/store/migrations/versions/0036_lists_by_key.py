"""What was sent first, stayed home or was given up, and each deed of the trail, are found along their keys."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"

_WHERE = {
    "ix_outbox_nudges": "kind || '' = 'nudge'",
    "ix_outbox_held": "kind || state = 'nudgeheld'",
    "ix_outbox_dead": "state || '' IN ('failed', 'unknown')",
}


def upgrade() -> None:
    """Make the indexes."""
    for name, where in _WHERE.items():
        op.create_index(
            name, "outbox", ["outbox_id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_console_trail_deed", "console_trail", ["deed", "entry_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_console_trail_deed", "console_trail")
    for name in _WHERE:
        op.drop_index(name, "outbox")

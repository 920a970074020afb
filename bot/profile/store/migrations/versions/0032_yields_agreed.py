"""Who yields is agreed on as any change: what was only written down waits for the three parts, and its table goes."""

from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
_MOMENT = sa.DateTime(timezone=True)
_written = sa.table(
    "charter_yields", sa.column("first"), sa.column("second"), sa.column("yields"), sa.column("reason"),
    sa.column("decided_by"), sa.column("decided_at", _MOMENT),
)
_proposals = sa.table(
    "charter_proposals", sa.column("subject"), sa.column("content", sa.JSON), sa.column("proposed_at", _MOMENT),
    sa.column("proposed_by"), sa.column("reason"), sa.column("due_at", _MOMENT), sa.column("state"),
)
_LONGEST = 80  # of a subject; two longer names are decided anew, under shorter ones


def upgrade() -> None:
    """Propose what was written down; its deadline is over, so that delegates may answer too."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_written)).all():
        subject, at = f"yield:{row.first}:{row.second}", row.decided_at.replace(tzinfo=row.decided_at.tzinfo or UTC)
        if len(subject) <= _LONGEST:
            connection.execute(sa.insert(_proposals).values(
                subject=subject, content={"yields": row.yields}, proposed_at=at, proposed_by=row.decided_by,
                reason=row.reason, due_at=at, state="waits",
            ))
    op.drop_table("charter_yields")


def downgrade() -> None:
    """Make the table again, empty: an earlier program takes back what waits, and never acted on it."""
    op.create_table(
        "charter_yields",
        sa.Column("first", sa.String(64), primary_key=True),
        sa.Column("second", sa.String(64), primary_key=True),
        sa.Column("yields", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
    )

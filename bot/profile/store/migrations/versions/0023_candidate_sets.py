"""What decisions considered, kept once where it is the same for many; rows that hold it themselves stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make the table, and the column that points there."""
    op.create_table(
        "candidate_sets",
        sa.Column("set_id", sa.String(32), primary_key=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_candidate_sets_used_at", "candidate_sets", ["used_at"])
    op.add_column("decisions", sa.Column("candidate_set", sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    """Put into every row what it points at, and take both away."""
    op.execute(
        "UPDATE decisions SET candidates = (SELECT s.candidates FROM candidate_sets AS s "
        "WHERE s.set_id = decisions.candidate_set) WHERE candidate_set <> ''"
    )
    op.drop_column("decisions", "candidate_set")
    op.drop_table("candidate_sets")

"""Drafts: what the shop's people write in the console, until it is proposed to the charter."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; nobody has drafted anything yet."""
    op.create_table(
        "drafts",
        sa.Column("draft_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("base", sa.String(32), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("proposal_id", _ID, sa.ForeignKey("charter_proposals.proposal_id")),
    )
    op.create_index("ix_drafts_state_kind_name", "drafts", ["state", "kind", "name"])
    op.create_index("ix_drafts_proposal_id", "drafts", ["proposal_id"])


def downgrade() -> None:
    """Take it away; what was agreed stays in the charter."""
    op.drop_table("drafts")

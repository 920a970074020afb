"""The charter: changes that wait for three parts, what each said, who answers, and who yields to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; a shop without charter.toml writes nothing into them."""
    op.create_table(
        "charter_proposals",
        sa.Column("proposal_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("settled_at", _MOMENT),
    )
    op.create_index("ix_charter_proposals_state_subject", "charter_proposals", ["state", "subject"])
    op.create_table(
        "charter_answers",
        sa.Column("answer_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("proposal_id", _ID, sa.ForeignKey("charter_proposals.proposal_id"), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_charter_answers_proposal_id", "charter_answers", ["proposal_id"])
    op.create_table(
        "charter_owners",
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("part", sa.String(16), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("delegate", sa.String(64), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "charter_yields",
        sa.Column("first", sa.String(64), primary_key=True),
        sa.Column("second", sa.String(64), primary_key=True),
        sa.Column("yields", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Take them away with what they hold."""
    for table in ("charter_yields", "charter_owners", "charter_answers", "charter_proposals"):
        op.drop_table(table)

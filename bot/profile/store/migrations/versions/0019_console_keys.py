"""The console: second factors with their recovery codes, tokens for programs, and who comes by a company's sign-in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _person(**how: Any) -> sa.Column[int]:
    return sa.Column("person_id", _ID, sa.ForeignKey("console_people.person_id"), **how)


def upgrade() -> None:
    """Make the tables; everybody comes in as before until they add a factor."""
    op.create_table(
        "console_factors",
        _person(primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "console_recovery_codes",
        sa.Column("code_hash", sa.String(64), primary_key=True),
        _person(nullable=False),
    )
    op.create_index("ix_console_recovery_codes_person_id", "console_recovery_codes", ["person_id"])
    op.create_table(
        "console_tokens",
        sa.Column("token_id", _ID, primary_key=True, autoincrement=True),
        _person(nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.UniqueConstraint("token_hash", name="uq_console_tokens_token_hash"),
    )
    op.create_index("ix_console_tokens_person_id", "console_tokens", ["person_id"])
    op.create_table(
        "console_subjects",
        sa.Column("issuer", sa.String(200), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        _person(nullable=False),
    )


def downgrade() -> None:
    """Take them away with what they hold."""
    for table in ("console_subjects", "console_tokens", "console_recovery_codes", "console_factors"):
        op.drop_table(table)

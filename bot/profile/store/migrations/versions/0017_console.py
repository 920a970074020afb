"""The console: who of the shop's people may sign in, who is signed in, what they did, and figures counted before."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; nobody can sign in before somebody is added."""
    op.create_table(
        "console_people",
        sa.Column("person_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("name", name="uq_console_people_name"),
    )
    op.create_table(
        "console_sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("console_people.person_id"), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_console_sessions_person_id", "console_sessions", ["person_id"])
    op.create_table(
        "console_trail",
        sa.Column("entry_id", _ID, primary_key=True, autoincrement=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
    )
    op.create_table(
        "console_figures",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("counted_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Take them away with what they hold."""
    for table in ("console_figures", "console_trail", "console_sessions", "console_people"):
        op.drop_table(table)

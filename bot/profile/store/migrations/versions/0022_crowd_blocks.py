"""What a campaign reads of everybody, kept as columns; the database itself notes whom a change made them wrong about.

Triggers, not the code that writes: what notes a change is then what makes it, whoever does. They note nothing while
nothing is kept. On SQLite alone, where one writes at a time: on PostgreSQL a writer could be overtaken by the reader
that takes its note away, and campaigns go on reading tables there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_OWNED: dict[str, tuple[str, tuple[str, ...]]] = {  # a table with a customer_id: the column and words that count
    "identities": ("kind", ("customer_id", "email", "phone")), "traits": ("name", ("timezone", "language", "locale")),
    "consents": ("", ()), "conversations": ("", ()), "conversation_states": ("", ()),
}
_NOTE = "INSERT INTO crowd_changes (root_id) SELECT {who} ON CONFLICT DO NOTHING"
_ROOT = "root_id FROM customers WHERE customer_id = {row}.customer_id"


def upgrade() -> None:
    """Make the tables, and on SQLite the triggers."""
    op.create_table(
        "crowd_blocks",
        sa.Column("after", sa.String(32), primary_key=True),
        sa.Column("upto", sa.String(32), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
    )
    op.create_table("crowd_changes", sa.Column("root_id", sa.String(32), primary_key=True), sqlite_with_rowid=False)
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, (column, words) in _OWNED.items():
        for what, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            # Not IN: SQLite would make a table of the words for every row.
            counts = " OR ".join(f"{row}.{column} = '{word}'" for row in rows for word in words)
            _note(table, what, counts or "1", [_ROOT.format(row=row) for row in rows])
    _note("customers", "INSERT", "1", ["NEW.root_id WHERE 1"])
    _note("customers", "UPDATE", "OLD.root_id <> NEW.root_id OR OLD.is_holdout <> NEW.is_holdout",
          ["OLD.root_id WHERE 1", "NEW.root_id WHERE 1"])
    _note("customers", "DELETE", "1", ["OLD.root_id WHERE 1"])
    for what in ("INSERT", "UPDATE", "DELETE"):  # an erased address silences whoever has it: only hashes say whom
        _react("tombstones", what, "BEGIN DELETE FROM crowd_blocks; DELETE FROM crowd_changes; END")


def downgrade() -> None:
    """Take them away."""
    if op.get_bind().dialect.name == "sqlite":
        for table in (*_OWNED, "customers", "tombstones"):
            for what in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER crowd_{table}_{what}")
    op.drop_table("crowd_changes")
    op.drop_table("crowd_blocks")


def _note(table: str, what: str, counts: str, whom: list[str]) -> None:
    notes = "; ".join(_NOTE.format(who=each) for each in whom)
    _react(table, what, f"WHEN ({counts}) AND EXISTS (SELECT 1 FROM crowd_blocks) BEGIN {notes}; END")  # noqa: S608


def _react(table: str, what: str, reaction: str) -> None:
    op.execute(f"CREATE TRIGGER crowd_{table}_{what.lower()} AFTER {what} ON {table} {reaction}")

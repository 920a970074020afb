"""On SQLite customers lie in the order of their keys: nearly every join looks one up, by one tree instead of two.

A million customers' segments took a third less. PostgreSQL keeps tables in no order, and is left alone.
"""

from alembic import op

revision = "0016"
down_revision = "0015"

_COLUMNS = """(
    customer_id VARCHAR(32) NOT NULL,
    root_id VARCHAR(32) NOT NULL,
    is_holdout BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (customer_id)
)"""


def upgrade() -> None:
    """Write the table anew, in order."""
    _write_anew("WITHOUT ROWID")


def downgrade() -> None:
    """And back."""
    _write_anew("")


def _write_anew(how: str) -> None:
    """Others refer to the table by its name: `migrate` has SQLite check that after the last step, not meanwhile."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(f"CREATE TABLE customers_anew {_COLUMNS} {how}")
    op.execute("INSERT INTO customers_anew SELECT customer_id, root_id, is_holdout, created_at FROM customers "
               "ORDER BY customer_id")
    op.execute("DROP TABLE customers")
    op.execute("ALTER TABLE customers_anew RENAME TO customers")
    op.create_index("ix_customers_root_id", "customers", ["root_id"])

"""Who was asked for consent, links in letters, opt-outs without their persons, and erasures under way."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "consent_requests",
        sa.Column("request_id", _id, primary_key=True),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("asked_at", _moment, nullable=False),
    )
    op.create_index("ix_consent_requests_customer_id", "consent_requests", ["customer_id"])
    op.create_table(
        "privacy_links",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
    )
    op.create_index("ix_privacy_links_customer_id", "privacy_links", ["customer_id"])
    op.create_table(
        "tombstones",
        sa.Column("address_hash", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(32), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("erased_at", _moment, nullable=False),
    )
    op.create_index("ix_tombstones_key_id", "tombstones", ["key_id"])
    op.create_table(
        "erasures",
        sa.Column("erasure_id", _id, primary_key=True),
        sa.Column("root_id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("keeps_account", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("lease_until", _moment),
        sa.Column("asked_at", _moment, nullable=False),
        sa.Column("finished_at", _moment),
    )
    op.create_index("ix_erasures_root_id", "erasures", ["root_id"])
    op.create_index("ix_erasures_state", "erasures", ["state"])


def downgrade() -> None:
    """Take the tables away with what they hold."""
    for name in ("erasures", "tombstones", "privacy_links", "consent_requests"):
        op.drop_table(name)
